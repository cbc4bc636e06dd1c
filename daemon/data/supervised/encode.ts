// Conversations become Examples: rendered turn by turn, tokenised element by element, cut to the room that is left, labelled.
import { UserError } from '../../errors.ts';
import type { Conversation, DroppedRow } from '../conversation.ts';
import { IGNORED, type Example, type MaskReason } from '../example.ts';
import type { Template } from '../template/registry.ts';
import { renderTurns, type Element, type RenderOptions, type Turn } from '../template/render.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { truncateTurn } from '../truncation.ts';

export interface SupervisedOptions extends Omit<RenderOptions, 'discardHistoryThoughts'> {
  readonly cutoffLength: number;
  readonly trainOnPrompt: boolean;
  readonly maskHistory: boolean;
  /** Reasoning templates keep the thoughts of earlier answers even with mask_history. */
  readonly preserveThinking: boolean;
}

export interface Stretch {
  readonly reason: MaskReason;
  readonly length: number;
}

export interface Encoded {
  readonly example: Example;
  /** Why the tokens are or are not trained: stretches that cover them in order. */
  readonly reasons: readonly Stretch[];
  readonly truncated: boolean;
}

/** What sft leaves out without a word: rows whose prompt part is not odd, or that have not exactly one answer. */
export function unusable(row: Conversation): string | undefined {
  const last = row.messages.at(-1);
  if (row.messages.length === 0) return 'it has no messages';
  if (row.messages.length % 2 !== 0 || (last?.role !== 'assistant' && last?.role !== 'function'))
    return 'it has no answer';
  return undefined;
}

interface Piece {
  readonly ids: Int32Array;
  readonly kind: Element['kind'];
}

/** Tokenises many rows at once: one call of the tokenizer for all their texts. */
export async function encodeSupervised(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: SupervisedOptions,
): Promise<(Encoded | DroppedRow)[]> {
  if (options.trainOnPrompt && template.efficient_eos) {
    throw new UserError(
      'train-on-prompt-with-efficient-eos',
      `train_on_prompt cannot be used with the template ${template.name}, whose turns end without a token of their own.`,
    );
  }
  const rendering: RenderOptions = {
    ...options,
    discardHistoryThoughts: options.maskHistory && !options.preserveThinking,
  };
  const rendered = rows.map((row): string | Turn[] => unusable(row) ?? renderTurns(template, row, rendering));
  const texts: string[] = [];
  for (const turns of rendered) {
    if (typeof turns === 'string') continue;
    for (const { source, target } of turns) {
      for (const element of source) if ('text' in element) texts.push(element.text);
      for (const element of target) if ('text' in element) texts.push(element.text);
    }
  }
  const encoded = await tokenizer.encodeAll(texts);
  const own = ownTokens(tokenizer);
  let next = 0;
  // asked for in the order in which the texts were gathered
  const tokenised = (elements: readonly Element[]): Piece[] =>
    elements.map((element) => {
      if ('text' in element) return { ids: encoded[next++] ?? new Int32Array(), kind: element.kind };
      return {
        ids: 'token' in element ? Int32Array.of(tokenizer.idOf(element.token)) : own[element.own],
        kind: element.kind,
      };
    });
  return rows.map((row, i) => {
    const turns = rendered[i];
    if (turns === undefined || typeof turns === 'string')
      return { dataset: row.dataset, row: row.row, dropped: turns ?? 'it has no messages' };
    const pieces = turns.map(({ source, target }) => ({ source: tokenised(source), target: tokenised(target) }));
    return assemble(row, pieces, template.efficient_eos ? own.eos[0] : undefined, options);
  });
}

/** bos and eos as id lists; a token the tokenizer has not is written as nothing. */
function ownTokens(tokenizer: Tokenizer): { bos: Int32Array; eos: Int32Array } {
  const list = (id: number | undefined): Int32Array => (id === undefined ? new Int32Array() : Int32Array.of(id));
  return { bos: list(tokenizer.bosId), eos: list(tokenizer.eosId) };
}

const lengthOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { ids }) => sum + ids.length, 0);

interface TokenisedTurn {
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
): Encoded {
  const { kept, truncated } = cut(turns, options, eos === undefined ? 0 : 1);
  const length = kept.reduce((sum, { keptSource, keptTarget }) => sum + keptSource + keptTarget, 0);
  const out = new Writer(length + (eos === undefined ? 0 : 1));
  for (const { source, target, keptSource, keptTarget, index } of kept) {
    const start = out.length;
    out.write(source, keptSource, options.trainOnPrompt, 'prompt');
    // a turn's first source token stands for the end of the answer before it
    if (eos !== undefined && index > 0 && keptSource > 0) out.relabelFirst(start, keptSource, eos);
    out.write(target, keptTarget, !(options.maskHistory && index > 0), 'history');
  }
  if (eos !== undefined) out.write([{ ids: Int32Array.of(eos), kind: 'response' }], 1, true, 'response');
  return {
    example: { origins: [{ dataset: row.dataset, row: row.row }], ids: out.ids, labels: out.labels },
    reasons: out.reasons,
    truncated,
  };
}

/** Turns with room for them, in their own order. With mask_history the last is served first, so that the oldest are dropped. */
function cut(
  turns: readonly TokenisedTurn[],
  { cutoffLength, maskHistory }: SupervisedOptions,
  reserved: number,
): { kept: KeptTurn[]; truncated: boolean } {
  const kept: KeptTurn[] = [];
  let used = reserved;
  let truncated = false;
  for (const [index, turn] of (maskHistory ? [...turns].reverse() : turns).entries()) {
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
  return { kept: maskHistory ? kept.reverse() : kept, truncated };
}

class Writer {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  readonly reasons: Stretch[] = [];
  length = 0;

  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
    this.labels = new Int32Array(capacity).fill(IGNORED);
  }

  /** The first `kept` tokens. `why` they are masked, where their kind does not say it. */
  write(pieces: readonly Piece[], kept: number, trained: boolean, why: MaskReason): void {
    let room = kept;
    for (const { ids, kind } of pieces) {
      if (room === 0) return;
      const part = ids.length > room ? ids.subarray(0, room) : ids;
      this.ids.set(part, this.length);
      if (trained) this.labels.set(part, this.length);
      this.length += part.length;
      room -= part.length;
      const masked = kind === 'response' || why === 'history' ? why : kind;
      if (part.length > 0) this.reasons.push({ reason: trained ? 'response' : masked, length: part.length });
    }
  }

  /** Trains one token at the place of another, and says so. */
  relabelFirst(start: number, length: number, label: number): void {
    this.labels[start] = label;
    const at = this.#stretchAt(start);
    const first = this.reasons[at];
    if (!first || length === 0) return;
    this.reasons.splice(at, 1, { reason: 'response', length: 1 });
    if (first.length > 1) this.reasons.splice(at + 1, 0, { ...first, length: first.length - 1 });
  }

  #stretchAt(place: number): number {
    let start = 0;
    return this.reasons.findIndex(({ length }) => {
      start += length;
      return start > place;
    });
  }
}
