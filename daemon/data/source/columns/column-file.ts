// What parquet and arrow files have in common: groups of rows, each read at once, any of them by itself.

import type { FileRow } from '../row.ts';

/** A file whose rows lie in groups. Throws UserError while opening where it is broken. */
export interface ColumnFile {
  readonly path: string;
  readonly rows: number;
  /** First row of each group, and at the end the number of all rows. */
  readonly starts: readonly number[];
  /** How many rows of a group should be asked for at once, so that memory stays small. */
  rowsAtOnce(group: number): number;
  /** Rows [from, to) of the file, which must lie in one group. Throws UserError where they cannot be read. */
  read(from: number, to: number): Promise<unknown[]>;
  close(): Promise<void>;
}

/** The group that has a row. */
export function groupOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, starts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Rows [from, to) of a file, a few in memory at a time. */
export async function* columnRows(
  file: ColumnFile,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<FileRow> {
  for await (const rows of columnBlocks(file, from, to, signal)) yield* rows;
}

/** The same, as many at a time as are read at once. */
export async function* columnBlocks(
  file: ColumnFile,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly FileRow[]> {
  for (let start = from; start < to;) {
    signal?.throwIfAborted();
    const group = groupOf(file.starts, start);
    const end = Math.min(to, file.starts[group + 1] ?? to, start + file.rowsAtOnce(group));
    const values = await file.read(start, end);
    yield values.map((value) => ({ value, file: file.path, line: undefined, offset: undefined, length: undefined, text: undefined })); // prettier-ignore
    start = end;
  }
}
