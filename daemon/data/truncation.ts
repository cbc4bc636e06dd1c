// How one turn is cut to the room that is left, as LLaMA-Factory's infer_seqlen does.

/** Tokens that stay of a source and a target in `room` tokens: [source, target]. Both are cut at their end. */
export function truncateTurn(source: number, target: number, room: number): [number, number] {
  let limit: number;
  if (target * 2 < room) limit = room;
  else if (source * 2 < room) limit = room - source;
  else limit = Math.floor(room * (target / (source + target)));
  const keptTarget = Math.min(limit, target);
  const keptSource = Math.min(Math.max(room - keptTarget, 0), source);
  return [keptSource, keptTarget];
}
