// One dataset's rows, tokenised each by itself: what mixing, splitting and packing choose from, and what the cache keeps.
import type { DroppedRow } from './conversation.ts';
import type { Example, Origin } from './example.ts';

/** Ids with their labels. */
export type Part = Pick<Example, 'ids' | 'labels' | 'weights'>;

/** A row as tokens; what depends on its neighbours (packing, joining, foreign answers) comes later. */
export interface TokenisedRow {
  /** What its stage's example is made of: one part for sft and pt, more for the others (stage-rows.ts). */
  readonly parts: readonly Part[];
  /** Numbers that the example needs besides. */
  readonly marks?: readonly number[];
  /** Tokens of the example (lengthOfExample). */
  readonly length: number;
  /** It lost tokens at cutoff_len. */
  readonly truncated: boolean;
}

/** A row that is left out. Parts of it may serve the row behind. */
export interface UnusedRow extends DroppedRow {
  readonly parts?: readonly Part[];
  readonly marks?: readonly number[];
}

/** A row as a table has it. */
export interface KeptRow {
  readonly origin: Origin;
  readonly parts: readonly Part[];
  readonly marks: readonly number[];
}

export interface RowTable {
  readonly dataset: string;
  /** Tokens of each row, -1 where it is left out: [rows]. Left-out rows count where sets are interleaved. */
  readonly lengths: Int32Array;
  readonly dropped: Dropped;
  readonly truncated: number;
  /** Whether any row has a label that a token before it predicts. */
  readonly trains: boolean;
  /** SHA-256 in hex over ids and labels of all rows. */
  readonly hash: string;
  /** Rows by number, in the order asked for; those that are left out may have parts all the same. */
  read(rows: ArrayLike<number>): Promise<KeptRow[]>;
}

/** Rows that were left out: how many, and for each reason how many and which was the first. */
export class Dropped {
  readonly #reasons = new Map<string, { count: number; readonly first: DroppedRow }>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Reasons, the most frequent first. */
  get reasons(): readonly { readonly count: number; readonly first: DroppedRow }[] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count);
  }

  add(row: DroppedRow, count = 1): void {
    this.#count += count;
    const known = this.#reasons.get(row.dropped);
    if (known) known.count += count;
    else this.#reasons.set(row.dropped, { count, first: row });
  }

  /** Adds all of another tally. */
  join(other: Dropped): void {
    for (const { count, first } of other.reasons) this.add(first, count);
  }
}
