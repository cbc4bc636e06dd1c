// Which rows are longer than cutoff_len. With a tokenizer at hand lengths are exact; without one they are estimated.
import * as l10n from '@vscode/l10n';
import { UserError } from '../../errors.ts';
import { alignRow } from '../align/align.ts';
import type { Row } from '../align/row.ts';
import type { Conversation } from '../conversation.ts';
import { IGNORED } from '../example.ts';
import { encodeSupervised, type SupervisedOptions } from '../supervised/encode.ts';
import type { Template } from '../template/registry.ts';
import type { Turn } from '../template/render.ts';
import { renderTurns } from '../template/renderer.ts';
import type { Element } from '../template/slot.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { truncateTurn } from '../truncation.ts';
import type { RowsUse } from './checker.ts';
import type { Reporter } from './reporter.ts';
import type { LintRow } from './row.ts';

/** Loads what is needed to count tokens; asked for only once a row may be too long. */
export type LoadModel = () => Promise<{ readonly tokenizer: Tokenizer; readonly template: Template }>;

export class LengthCheck {
  readonly #use: RowsUse;
  readonly #report: Reporter;
  readonly #template: Template;
  readonly #options: SupervisedOptions;
  readonly #model: LoadModel | undefined;
  #waiting: { row: LintRow; conversation: Conversation }[] = [];

  /** `use.cutoffLength` must be known. `template` is for estimates. */
  constructor(use: RowsUse, report: Reporter, template: Template, model: LoadModel | undefined) {
    this.#use = use;
    this.#report = report;
    this.#template = template;
    this.#model = model;
    this.#options = {
      cutoffLength: use.cutoffLength ?? Number.POSITIVE_INFINITY,
      trainOnPrompt: false,
      maskHistory: false,
      preserveThinking: false,
      enableThinking: true,
      today: '01 Jan 2025',
    };
  }

  /** Looks at a row that has no error. Most are so short that nothing need be counted. */
  add(row: LintRow, value: Row): void {
    const { cutoffLength } = this.#options;
    // a token is hardly shorter than half a character, whatever the language
    if (row.raw !== undefined && row.raw.length < cutoffLength * 0.5) return;
    let conversation: ReturnType<typeof alignRow>;
    try {
      conversation = alignRow(value, this.#use.entry, { dataset: this.#use.entry.name, row: row.index });
    } catch {
      return;
    }
    if ('dropped' in conversation) return;
    const { preference } = conversation;
    const messages = preference ? [...conversation.messages, preference.chosen] : conversation.messages;
    if (messages.length < 2) return;
    const { dataset, row: number, system, tools } = conversation;
    const plain = { dataset, row: number, system, tools, messages };
    if (this.#model) this.#waiting.push({ row, conversation: plain });
    else this.#estimate(row, plain);
  }

  /** Counts what is waiting. To be awaited now and then, so that little is kept. */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!this.#model || waiting.length === 0) return;
    const { tokenizer, template } = await this.#model();
    for (const { row, conversation } of waiting) {
      const encoded = await encodeSupervised([conversation], template, tokenizer, this.#options).catch(ofUser);
      const [one] = encoded ?? [];
      if (!one || 'dropped' in one) continue;
      const { labels } = one.example;
      const trained = labels.some((label, at) => at > 0 && label !== IGNORED);
      if (!trained) this.#nothingTrained(row);
      else if (one.truncated) this.#truncated(row);
    }
  }

  #estimate(row: LintRow, conversation: Conversation): void {
    let turns: Turn[];
    try {
      turns = renderTurns(this.#template, conversation, { ...this.#options, discardHistoryThoughts: false });
    } catch {
      return;
    }
    const { cutoffLength } = this.#options;
    const lengths = turns.map(({ source, target }): [number, number] => [tokensOf(source), tokensOf(target)]);
    const total = lengths.reduce((sum, [source, target]) => sum + source + target, 0);
    if (total <= cutoffLength) return;
    // certain only where it is so with half and with double the tokens, too
    const nothing = [0.5, 1, 2].every((scale) => trainedTokens(lengths, cutoffLength, scale) === 0);
    if (nothing) this.#nothingTrained(row);
    else this.#truncated(row, total);
  }

  #truncated(row: LintRow, tokens?: number): void {
    const { cutoffLength } = this.#options;
    this.#report.row(row, 'row-truncated', [], () =>
      tokens === undefined
        ? l10n.t('The row is longer than cutoff_len ({0}) and loses its end: raise cutoff_len, or shorten the row.', cutoffLength) // prettier-ignore
        : l10n.t('The row has some {0} tokens, more than cutoff_len ({1}), and loses its end: raise cutoff_len, or shorten the row.', tokens, cutoffLength)); // prettier-ignore
  }

  #nothingTrained(row: LintRow): void {
    const { cutoffLength } = this.#options;
    this.#report.row(row, 'no-trained-tokens', [], () => l10n.t('With cutoff_len {0} nothing of the answer is left to learn: raise cutoff_len, or shorten the prompt.', cutoffLength)); // prettier-ignore
  }
}

/** What cannot be written in this template has findings of its own. */
function ofUser(cause: unknown): undefined {
  if (!(cause instanceof UserError)) throw cause;
}

function trainedTokens(turns: readonly (readonly [number, number])[], cutoffLength: number, scale: number): number {
  let [used, trained] = [0, 0];
  for (const [source, target] of turns) {
    if (used >= cutoffLength) break;
    const [keptSource, keptTarget] = truncateTurn(Math.round(source * scale), Math.round(target * scale), cutoffLength - used); // prettier-ignore
    used += keptSource + keptTarget;
    trained += keptTarget;
  }
  return trained;
}

const tokensOf = (elements: readonly Element[]): number =>
  elements.reduce((sum, element) => sum + ('text' in element ? estimateTokens(element.text) : 1), 0);

/**
 * About how many tokens a text has with the vocabularies of today's models: words of up to eight letters are one, digits go
 * in threes, other scripts have two tokens for three characters.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(
    /[A-Za-z]+|\d+|[^\S\n]+|\n+|[^\sA-Za-z\d\u0080-\u{10FFFF}]+|[\u0080-\u{10FFFF}]+/gu,
  )) {
    const code = part.charCodeAt(0);
    if (code > 127) tokens += part.length * 0.67;
    else if (code >= 48 && code <= 57) tokens += part.length / 2.5;
    else if (code === 10) tokens += 1;
    else if (code <= 32) tokens += part.length > 1 ? 1 : 0;
    else if ((code | 32) >= 97 && (code | 32) <= 122) tokens += 1 + Math.floor((part.length - 1) / 8);
    else tokens += Math.ceil(part.length / 2);
  }
  return Math.round(tokens);
}
