// Conversations become Examples: rendered turn by turn, tokenised element by element, cut to the room that is left, labelled.
import { UserError } from '../../errors.ts';
import { answersOf, promptOf, type Conversation, type DropCode, type DroppedRow } from '../conversation.ts';
import { checkMedia } from '../encoding/check-media.ts';
import { lengthOf, tokenise, type Piece } from '../encoding/tokenise.ts';
import { truncateTurn } from '../truncation.ts';
import { NO_WEIGHT, TokenRoom, Writer, type Masking, type Stretch } from '../encoding/writer.ts';
import type { Example } from '../example.ts';
import type { Template } from '../template/registry.ts';
import { ofRow } from '../template/render-error.ts';
import type { RenderNote, RenderOptions, Turn } from '../template/render.ts';
import { rendererOf } from '../template/renderer.ts';
import type { Element } from '../template/slot.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface SupervisedOptions extends Omit<RenderOptions, 'discardHistoryThoughts'> {
  readonly cutoffLength: number;
  readonly trainOnPrompt: boolean;
  readonly maskHistory: boolean;
  /** Reasoning templates keep the thoughts of earlier answers even with mask_history. */
  readonly preserveThinking: boolean;
}

export interface Encoded {
  readonly example: Example;
  /** Why the tokens are or are not trained: stretches that cover them in order. */
  readonly reasons: readonly Stretch[];
  readonly truncated: boolean;
  /** What a person should know of how the row was rendered; absent where nothing. */
  readonly notes?: readonly RenderNote[];
}

/** What sft leaves out without a word: rows whose prompt part is not odd, or that have not exactly one answer. */
export function unusable(row: Conversation): DroppedRow | undefined {
  const drop = (code: DropCode, why: string): DroppedRow => ({ dataset: row.dataset, row: row.row, code, dropped: why, at: [] }); // prettier-ignore
  if (row.messages.length === 0) return drop('empty-conversation', 'it has no messages');
  if (row.preference) return drop('kto-row', 'it has two answers, which only the stages rm and dpo read');
  if (row.desirable !== undefined) return drop('kto-row', 'it has a kto_tag, which only the stage kto reads');
  if (promptOf(row).length % 2 === 0 || answersOf(row).length !== 1)
    return drop('response-not-string', 'it has no answer that is text');
  return undefined;
}

/** Tokenises many rows at once: one call of the tokenizer for all their texts. `explains`: with the reasons of each token. */
export async function encodeSupervised(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: SupervisedOptions,
  explains = true,
): Promise<(Encoded | DroppedRow)[]> {
  if (options.trainOnPrompt && template.efficient_eos) {
    throw new UserError(
      'train-on-prompt-with-efficient-eos',
      `train_on_prompt cannot be used with the template ${template.name}, whose turns end without a token of their own.`,
    );
  }
  const renderer = rendererOf(template, {
    ...options,
    discardHistoryThoughts: options.maskHistory && !options.preserveThinking,
  });
  const lists: (readonly Element[])[] = [];
  const rendered = rows.map((row): DroppedRow | Turn[] => {
    const reason = unusable(row);
    if (reason) return reason;
    checkMedia(row, row.messages, template);
    const turns = ofRow(row, () => renderer.turns(row));
    for (const { source, target } of turns) lists.push(source, target);
    return turns;
  });
  const pieces = await tokenise(lists, tokenizer);
  const eos = template.efficient_eos ? tokenizer.eosId : undefined;
  const tokens = pieces.reduce((sum, list) => sum + lengthOf(list), rows.length);
  const room = explains ? undefined : new TokenRoom(2 * tokens);
  let next = 0;
  return rendered.map((turns, i) => {
    if (!Array.isArray(turns)) return turns;
    const tokenised = turns.map((turn) => ({ turn, source: pieces[next++] ?? [], target: pieces[next++] ?? [] }));
    return assemble(rows[i] as Conversation, tokenised, eos, options, room);
  });
}

interface TokenisedTurn {
  readonly turn: Turn;
  readonly source: readonly Piece[];
  readonly target: readonly Piece[];
}

/** A turn with the number of tokens that stay of both sides; `index` in the order of serving. */
interface KeptTurn extends TokenisedTurn {
  readonly index: number;
  readonly keptSource: number;
  readonly keptTarget: number;
}

/** `eos` for templates with efficient_eos: it ends the row and is the label of the first token of later questions. */
function assemble(
  row: Conversation,
  turns: readonly TokenisedTurn[],
  eos: number | undefined,
  options: SupervisedOptions,
  room: TokenRoom | undefined,
): Encoded {
  const { kept, lost, truncated } = cut(turns, options, eos === undefined ? 0 : 1);
  let length = eos === undefined ? 0 : 1;
  for (const { keptSource, keptTarget } of kept) length += keptSource + keptTarget;
  const out = new Writer(length, room);
  if (options.maskHistory) for (const { source, target } of lost) out.lose([...source, ...target]);
  /** Of the answer before: its end is the eos that is trained in the next question's place. */
  let before = 1;
  for (const { turn, source, target, keptSource, keptTarget, index } of kept) {
    const start = out.length;
    const usual = options.trainOnPrompt ? 1 : 0;
    const asked = turn.sourceWeight ?? usual;
    out.write(source, keptSource, asked, asked <= NO_WEIGHT && usual === 1 ? 'loss-off' : undefined, usual);
    if (eos !== undefined && index > 0 && keptSource > 0 && before > NO_WEIGHT) out.relabel(start, eos, before);
    before = turn.targetWeight ?? 1;
    const why: Masking = options.maskHistory && index > 0 ? 'history' : 'loss-off';
    out.write(target, keptTarget, why === 'history' ? 0 : before, why);
  }
  if (!options.maskHistory) for (const { source, target } of lost) out.lose([...source, ...target]);
  if (eos !== undefined) out.add(eos, kept.length > 0 ? before : (turns.at(-1)?.turn.targetWeight ?? 1), 'loss-off');
  const notes = kept.flatMap(({ turn }) => turn.note ?? []);
  const encoded = { example: out.example(row), reasons: out.reasons, truncated };
  return notes.length > 0 ? { ...encoded, notes } : encoded;
}

/** Turns with room for them, in their own order. With mask_history the last is served first, so that the oldest are dropped. */
function cut(
  turns: readonly TokenisedTurn[],
  { cutoffLength, maskHistory }: SupervisedOptions,
  reserved: number,
): { kept: KeptTurn[]; lost: readonly TokenisedTurn[]; truncated: boolean } {
  const kept: KeptTurn[] = [];
  let used = reserved;
  let truncated = false;
  for (let index = 0; index < turns.length; index++) {
    const turn = turns[maskHistory ? turns.length - 1 - index : index] as TokenisedTurn;
    if (used >= cutoffLength) {
      truncated = true;
      break;
    }
    const [source, target] = [lengthOf(turn.source), lengthOf(turn.target)];
    const [keptSource, keptTarget] = truncateTurn(source, target, cutoffLength - used);
    truncated ||= keptSource < source || keptTarget < target;
    used += keptSource + keptTarget;
    kept.push({ ...turn, index, keptSource, keptTarget });
  }
  const lost = maskHistory ? turns.slice(0, turns.length - kept.length) : turns.slice(kept.length);
  return { kept: maskHistory ? kept.reverse() : kept, lost, truncated };
}
