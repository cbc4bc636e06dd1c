// The rows that a run takes of a dataset: all of them, the first max_samples, or num_samples drawn at random.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import { mix, permutation } from '../order.ts';
import { openDataset } from './index/open-dataset.ts';
import type { SourceRow } from './row.ts';
import { readBlocks, type RowOptions } from './source.ts';

export interface TakeOptions extends RowOptions {
  readonly maxSamples?: number | undefined;
  readonly seed: number;
}

/** Rows that are passed over rather than entering the file anew. */
const NEAR = 256;

/**
 * In the order of the files. num_samples draws without repetition as long as there are rows, then with; upstream's choice is not
 * repeatable, this one is a function of the seed. max_samples takes the first of what was drawn. A row that was drawn twice comes
 * twice. Throws what readRows throws.
 */
export async function* takenRows(entry: DatasetEntry, folder: string, options: TakeOptions): AsyncGenerator<SourceRow> {
  for await (const rows of takenBlocks(entry, folder, options)) yield* rows;
}

/** The same, as many rows at a time as are read at once. */
export async function* takenBlocks(
  entry: DatasetEntry,
  folder: string,
  options: TakeOptions,
): AsyncGenerator<readonly SourceRow[]> {
  const { maxSamples = Infinity, seed } = options;
  if (entry.numSamples === undefined) {
    let left = maxSamples;
    if (left <= 0) return;
    for await (const rows of readBlocks(entry, folder, options)) {
      yield rows.length > left ? rows.slice(0, left) : rows;
      left -= rows.length;
      if (left <= 0) return;
    }
    return;
  }
  const dataset = await openDataset(entry, folder, options);
  try {
    const drawn = drawRows(dataset.rows, Math.min(entry.numSamples, maxSamples), seed);
    for (let i = 0; i < drawn.length;) {
      for await (const row of dataset.readRows(drawn[i] ?? 0, dataset.rows)) {
        while (drawn[i] === row.row) {
          yield [row];
          i += 1;
        }
        const next = drawn[i];
        if (next === undefined || next > row.row + NEAR) break;
      }
    }
  } finally {
    await dataset.close();
  }
}

/** `count` rows of 0 … rows−1, sorted. */
export function drawRows(rows: number, count: number, seed: number): Int32Array {
  if (rows === 0) return new Int32Array();
  const order = permutation(rows, seed, 0);
  const again = Array.from({ length: Math.max(0, count - rows) }, (_, i) => Math.floor((mix(seed, rows + i) / 2 ** 32) * rows)); // prettier-ignore
  return Int32Array.from([...order.subarray(0, count), ...again]).sort();
}
