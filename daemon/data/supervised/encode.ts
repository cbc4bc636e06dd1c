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

export interface Encoded {
  readonly example: Example;
  /** Why each token is or is not trained. */
  readonly reasons: readonly MaskReason[];
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
  const rendered = rows.map((row) => unusable(row) ?? renderTurns(template, row, rendering));
  const texts = new Set<string>();
  for (const turns of rendered) {
    if (typeof turns === 'string') continue;
    for (const { source, target } of turns)
      for (const element of [...source, ...target]) if ('text' in element) texts.add(element.text);
  }
  const list = [...texts];
  const encoded = await tokenizer.encodeAll(list);
  const idsOf = new Map(list.map((text, i) => [text, encoded[i] ?? new Int32Array()]));
  const own = ownTokens(tokenizer);
  const pieces = (elements: readonly Element[]): Piece[] =>
    elements.map((element) => {
      if ('text' in element) return { ids: idsOf.get(element.text) ?? new Int32Array(), kind: element.kind };
      return {
        ids: 'token' in element ? Int32Array.of(tokenizer.idOf(element.token)) : own[element.own],
        kind: element.kind,
      };
    });
  return rows.map((row, i) => {
    const turns = rendered[i];
    if (turns === undefined || typeof turns === 'string')
      return { dataset: row.dataset, row: row.row, dropped: turns ?? 'it has no messages' };
    return assemble(row, turns, pieces, template, own, options);
  });
}

/** bos and eos as id lists; a token the tokenizer has not is written as nothing. */
function ownTokens(tokenizer: Tokenizer): { bos: Int32Array; eos: Int32Array } {
  const list = (id: number | undefined): Int32Array => (id === undefined ? new Int32Array() : Int32Array.of(id));
  return { bos: list(tokenizer.bosId), eos: list(tokenizer.eosId) };
}

const lengthOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { ids }) => sum + ids.length, 0);

class Tokens {
  readonly ids: number[] = [];
  readonly labels: number[] = [];
  readonly reasons: MaskReason[] = [];

  add(id: number, label: number, reason: MaskReason): void {
    this.ids.push(id);
    this.labels.push(label);
    this.reasons.push(reason);
  }
}

function assemble(
  row: Conversation,
  turns: readonly Turn[],
  pieces: (elements: readonly Element[]) => Piece[],
  template: Template,
  own: { eos: Int32Array },
  options: SupervisedOptions,
): Encoded {
  const { cutoffLength, maskHistory, trainOnPrompt } = options;
  // with mask_history the last turn is served first, so that cutoff_len drops the oldest
  const order = maskHistory ? [...turns].reverse() : turns;
  const taken: Tokens[] = [];
  let used = template.efficient_eos ? 1 : 0;
  let truncated = false;
  for (const [index, turn] of order.entries()) {
    const source = pieces(turn.source);
    const target = pieces(turn.target);
    if (used >= cutoffLength) {
      truncated = true;
      break;
    }
    const [keptSource, keptTarget] = truncateTurn(lengthOf(source), lengthOf(target), cutoffLength - used);
    truncated ||= keptSource < lengthOf(source) || keptTarget < lengthOf(target);
    used += keptSource + keptTarget;
    const tokens = new Tokens();
    // a turn's first source token stands for the end of the answer before it
    const eosLabel = template.efficient_eos && index > 0 ? own.eos[0] : undefined;
    addSource(tokens, source, keptSource, trainOnPrompt, eosLabel);
    addTarget(tokens, target, keptTarget, maskHistory && index > 0);
    taken.push(tokens);
  }
  if (maskHistory) taken.reverse();
  const ids = taken.flatMap((tokens) => tokens.ids);
  const labels = taken.flatMap((tokens) => tokens.labels);
  const reasons = taken.flatMap((tokens) => tokens.reasons);
  if (template.efficient_eos && own.eos[0] !== undefined) {
    ids.push(own.eos[0]);
    labels.push(own.eos[0]);
    reasons.push('response');
  }
  const example = {
    origins: [{ dataset: row.dataset, row: row.row }],
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
  };
  return { example, reasons, truncated };
}

const reasonOf = (kind: Element['kind']): MaskReason => (kind === 'response' ? 'prompt' : kind);

function addSource(
  tokens: Tokens,
  pieces: readonly Piece[],
  kept: number,
  trained: boolean,
  eosLabel: number | undefined,
): void {
  let count = 0;
  for (const { ids, kind } of pieces) {
    for (const id of ids) {
      if (count === kept) return;
      const first = count === 0 && eosLabel !== undefined;
      tokens.add(id, first ? eosLabel : trained ? id : IGNORED, first || trained ? 'response' : reasonOf(kind));
      count += 1;
    }
  }
}

function addTarget(tokens: Tokens, pieces: readonly Piece[], kept: number, masked: boolean): void {
  let count = 0;
  for (const { ids } of pieces) {
    for (const id of ids) {
      if (count === kept) return;
      tokens.add(id, masked ? IGNORED : id, masked ? 'history' : 'response');
      count += 1;
    }
  }
}
