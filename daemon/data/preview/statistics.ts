// Figures over a dataset as a run would see it: how long rows are, what cutoff_len takes away, what is trained, what is left out.
import type { DropCode, DroppedRow } from '../conversation.ts';
import { mix } from '../order.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { everyRow } from '../source/index/every-row.ts';
import type { OpenDataset } from '../source/index/open-dataset.ts';
import { histogramOf, type Bar } from './histogram.ts';
import { measureRows, type Measured } from './measure.ts';
import { brokenRow, type AlignedRow, type DataPreview } from './preview.ts';

/** Rows that are looked at where not all are asked for. */
export const SAMPLE = 2000;

/** Rows that are tokenised at once. */
const GROUP = 256;

export interface StatisticsOptions {
  /** Every row, however long it takes. */
  readonly all?: boolean;
  /** Rows to look at otherwise; default 2,000. They are spread evenly over the dataset, the same ones each time. */
  readonly sample?: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((dataset: string, done: number, total: number) => void) | undefined;
}

export interface DroppedRows {
  readonly code: DropCode;
  /** Of the first of them. */
  readonly reason: string;
  readonly rows: number;
  readonly first: number;
}

export interface DatasetStatistics {
  readonly dataset: string;
  readonly files: readonly { readonly path: string; readonly rows: number }[];
  /** Rows in the files, and how many a run takes: the first ones (max_samples), or any (num_samples, which may repeat some). */
  readonly rows: number;
  readonly used: number;
  readonly isDrawn: boolean;
  /** Rows that all figures below are of: those that a run takes or may draw from, or a sample of them. */
  readonly looked: number;
  readonly isSample: boolean;
  readonly tokens: {
    /** Of all rows that were looked at, after cutting. */
    readonly total: number;
    readonly trained: number;
    /** Lengths of rows before cutting. */
    readonly shortest: number;
    readonly median: number;
    readonly mean: number;
    readonly p95: number;
    readonly p99: number;
    readonly longest: number;
  };
  readonly histogram: readonly Bar[];
  readonly cutoffLength: number;
  readonly truncated: { readonly rows: number; readonly share: number; readonly lostTokens: number };
  readonly dropped: readonly DroppedRows[];
  /** Rows none of whose tokens is trained, and the first of them. */
  readonly untrained: { readonly rows: number; readonly first: number | undefined };
}

/** Throws UserError for a dataset that the recipe does not use, or that cannot be read. */
export async function datasetStatistics(
  preview: DataPreview,
  name: string,
  { all = false, sample = SAMPLE, signal, progress }: StatisticsOptions = {},
): Promise<DatasetStatistics> {
  const entry = preview.entry(name);
  const dataset = await preview.dataset(name);
  const isDrawn = entry.numSamples !== undefined;
  const used = Math.min(entry.numSamples ?? dataset.rows, preview.data.maxSamples ?? Infinity);
  const reach = isDrawn ? dataset.rows : used;
  const isSample = !all && reach > sample;
  const looked = isSample ? sample : reach;
  const counter = new Counter(looked);
  let group: AlignedRow[] = [];
  let done = 0;
  const measure = async (): Promise<void> => {
    for (const one of await measureRows(preview, group)) counter.add(one);
    done += group.length;
    group = [];
    progress?.(name, done, looked);
  };
  for await (const row of isSample ? spreadRows(dataset, reach, sample) : everyRow(dataset, 0, reach)) {
    signal?.throwIfAborted();
    group.push(
      row instanceof BrokenRowError ? () => brokenRow(name, row.place.row ?? 0, row) : preview.align(entry, row),
    );
    if (group.length === GROUP) await measure();
  }
  await measure();
  const files = dataset.files.map(({ path, rows }) => ({ path, rows }));
  return {
    dataset: name,
    files,
    rows: dataset.rows,
    used,
    isDrawn,
    looked,
    isSample,
    ...counter.result(preview.data.cutoffLength),
  };
}

/** One row out of each of `count` equal stretches; which one is a function of the stretch. */
export async function* spreadRows(
  dataset: OpenDataset,
  rows: number,
  count: number,
): AsyncGenerator<SourceRow | BrokenRowError> {
  for (let i = 0; i < count; i++) {
    const start = Math.floor((rows * i) / count);
    const length = Math.floor((rows * (i + 1)) / count) - start;
    const row = start + Math.floor((mix(0, i) / 2 ** 32) * length);
    yield await dataset.readRow(row).catch((error: unknown) => {
      if (error instanceof BrokenRowError) return error;
      throw error;
    });
  }
}

class Counter {
  readonly #lengths: Int32Array;
  #rows = 0;
  #tokens = 0;
  #trained = 0;
  #truncated = 0;
  #lost = 0;
  readonly #dropped = new Map<DropCode, { reason: string; rows: number; first: number }>();
  #untrained = 0;
  #firstUntrained: number | undefined;

  constructor(capacity: number) {
    this.#lengths = new Int32Array(capacity);
  }

  add(one: Measured | DroppedRow): void {
    if ('dropped' in one) {
      const known = this.#dropped.get(one.code);
      if (known) known.rows += 1;
      else this.#dropped.set(one.code, { reason: one.dropped, rows: 1, first: one.row });
      return;
    }
    this.#lengths[this.#rows++] = one.length;
    this.#tokens += one.tokens;
    this.#trained += one.trained;
    this.#lost += one.lost;
    if (one.lost > 0) this.#truncated += 1;
    if (one.trained === 0) {
      this.#untrained += 1;
      this.#firstUntrained ??= one.row;
    }
  }

  result(
    cutoffLength: number,
  ): Pick<DatasetStatistics, 'tokens' | 'histogram' | 'cutoffLength' | 'truncated' | 'dropped' | 'untrained'> {
    const lengths = this.#lengths.subarray(0, this.#rows).sort();
    const at = (share: number): number => lengths[Math.ceil(share * lengths.length) - 1] ?? 0;
    const sum = lengths.reduce((total, length) => total + length, 0);
    return {
      tokens: {
        total: this.#tokens,
        trained: this.#trained,
        shortest: lengths[0] ?? 0,
        median: at(0.5),
        mean: lengths.length === 0 ? 0 : sum / lengths.length,
        p95: at(0.95),
        p99: at(0.99),
        longest: lengths.at(-1) ?? 0,
      },
      histogram: histogramOf(lengths),
      cutoffLength,
      truncated: {
        rows: this.#truncated,
        share: lengths.length === 0 ? 0 : this.#truncated / lengths.length,
        lostTokens: this.#lost,
      },
      dropped: [...this.#dropped].map(([code, { reason, rows, first }]) => ({ code, reason, rows, first })),
      untrained: { rows: this.#untrained, first: this.#firstUntrained },
    };
  }
}
