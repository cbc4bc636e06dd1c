// Lengths of rows counted as they come, in memory that does not grow with the rows: how often there is which length.
import type { DropCode, DroppedRow } from '../conversation.ts';
import type { Measured } from '../preview/measure.ts';

export interface LengthFigures {
  /** Rows that all figures are of; those that are left out are among them. */
  readonly looked: number;
  /** Tokens after cutting. */
  readonly tokens: number;
  readonly trained: number;
  /** Lengths before cutting. */
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
  /** Bars of one width; the last one has all that is longer, and its `to` is null where it is open. */
  readonly histogram: readonly { readonly from: number; readonly to: number | null; readonly rows: number }[];
  readonly truncated: number;
  readonly lostTokens: number;
  readonly untrained: number;
  readonly dropped: readonly { readonly code: DropCode; readonly reason: string; readonly rows: number; readonly first: number }[];
} // prettier-ignore

/** Most bars; the width is the least round one that makes do with them. */
const BARS = 28;

export class LengthCounter {
  readonly #lengths = new Map<number, number>();
  readonly #dropped = new Map<DropCode, { reason: string; rows: number; first: number }>();
  #measured = 0;
  #looked = 0;
  #tokens = 0;
  #trained = 0;
  #truncated = 0;
  #lost = 0;
  #untrained = 0;

  add(one: Measured | DroppedRow): void {
    this.#looked += 1;
    if ('dropped' in one) {
      const known = this.#dropped.get(one.code);
      if (known) known.rows += 1;
      else this.#dropped.set(one.code, { reason: one.dropped, rows: 1, first: one.row });
      return;
    }
    this.#measured += 1;
    this.#lengths.set(one.length, (this.#lengths.get(one.length) ?? 0) + 1);
    this.#tokens += one.tokens;
    this.#trained += one.trained;
    this.#lost += one.lost;
    if (one.lost > 0) this.#truncated += 1;
    if (one.trained === 0) this.#untrained += 1;
  }

  figures(): LengthFigures {
    const sorted = [...this.#lengths].sort(([a], [b]) => a - b);
    const at = (share: number): number => {
      let left = Math.ceil(share * this.#measured);
      return sorted.find(([, rows]) => (left -= rows) <= 0)?.[0] ?? 0;
    };
    return {
      looked: this.#looked,
      tokens: this.#tokens,
      trained: this.#trained,
      median: at(0.5),
      p95: at(0.95),
      longest: sorted.at(-1)?.[0] ?? 0,
      histogram: barsOf(sorted, at(0.99)),
      truncated: this.#truncated,
      lostTokens: this.#lost,
      untrained: this.#untrained,
      dropped: [...this.#dropped].map(([code, found]) => ({ code, ...found })),
    };
  }
}

/** Bars from 0 to the length that 99 of 100 rows keep to, and one for the rest. */
function barsOf(sorted: readonly (readonly [length: number, rows: number])[], usual: number): LengthFigures['histogram'] {
  if (sorted.length === 0) return [];
  const width = roundWidth((usual + 1) / (BARS - 1));
  const last = Math.floor(usual / width);
  const rows = Array.from({ length: last + 1 }, () => 0);
  let beyond = 0;
  for (const [length, count] of sorted) {
    const bar = Math.floor(length / width);
    if (bar > last) beyond += count;
    else rows[bar] = (rows[bar] ?? 0) + count;
  }
  const bars = rows.map((count, i) => ({ from: i * width, to: (i + 1) * width, rows: count }));
  return beyond === 0 ? bars : [...bars, { from: (last + 1) * width, to: null, rows: beyond }];
} // prettier-ignore

/** Widths that a person can read: 1, 2, 5, 10, 20, 50 … */
function roundWidth(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
}
