// A dataset whose rows are read by number, at once, however large its files are. What the preview, the daemon and the dataset
// view look at data with; training reads in order (readRows in source.ts).
import { stat } from 'node:fs/promises';
import { UserError } from '../../../errors.ts';
import type { DatasetEntry } from '../../../recipe/dataset-info.ts';
import { cacheFolder } from '../cache-folder.ts';
import { openArrow } from '../columns/arrow.ts';
import { columnRows, type ColumnFile } from '../columns/column-file.ts';
import { openParquet } from '../columns/parquet.ts';
import { filesOf, type SourceOptions } from '../files.ts';
import { knownFormat } from '../formats.ts';
import { BrokenRowError, type SourceRow } from '../row.ts';
import { readTextRows } from '../text/read-text.ts';
import { openIndex, type IndexedFile } from './index-cache.ts';
import { entryBefore } from './row-index.ts';

/** Bytes read at a time for a few rows. */
const SMALL_CHUNK = 1 << 16;

export interface FilePart {
  readonly path: string;
  /** Number of its first row in the dataset. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Where a row stands in its file. Offsets of a gzip file count what it unpacks to. */
export interface RowPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly line: number;
}

export interface OpenDataset {
  readonly rows: number;
  readonly files: readonly FilePart[];
  /** Throws UserError where there is no such row, or the file has changed, BrokenRowError where the row cannot be read. */
  readRow(row: number): Promise<SourceRow>;
  /** Rows [from, to), as far as there are that many. */
  readRows(from: number, to: number): AsyncGenerator<SourceRow>;
  /** Undefined for files without lines (parquet, arrow). */
  placeOf(row: number): Promise<RowPlace | undefined>;
  /** The row at a byte or a 1-based line of a file: the one it lies in, or the next. Undefined where there is none. */
  rowAt(file: string, place: { readonly offset: number } | { readonly line: number }): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface OpenOptions extends SourceOptions {
  /** Told of the bytes that were looked at, of all files together. */
  readonly progress?: ((bytes: number, total: number) => void) | undefined;
}

type Part = FilePart & { readonly state: string } & ({ readonly text: IndexedFile } | { readonly columns: ColumnFile });

/** Opens an entry: reads its files once where no index of them is kept. Throws UserError where there is nothing to read. */
export async function openDataset(
  entry: DatasetEntry,
  folder: string,
  options: OpenOptions = {},
): Promise<OpenDataset> {
  const paths = await filesOf(entry, folder, options);
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const parts: Part[] = [];
  let before = 0;
  try {
    for (const [i, path] of paths.entries()) {
      const progress = options.progress && ((bytes: number): void => options.progress?.(before + bytes, total));
      parts.push(await openPart(path, lastRow(parts), { ...options, progress }));
      before += sizes[i] ?? 0;
    }
  } catch (error) {
    await closeAll(parts);
    throw error;
  }
  return new IndexedDataset(entry.name, parts);
}

const lastRow = (parts: readonly FilePart[]): number => {
  const last = parts.at(-1);
  return last ? last.firstRow + last.rows : 0;
};

const closeAll = async (parts: readonly Part[]): Promise<void> => {
  for (const part of parts) if ('columns' in part) await part.columns.close();
};

async function stateOf(path: string): Promise<string> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return `${size} ${mtimeNs}`;
}

async function openPart(
  path: string,
  firstRow: number,
  {
    cache = cacheFolder(),
    progress,
    signal,
  }: Omit<OpenOptions, 'progress'> & { progress?: ((bytes: number) => void) | undefined },
): Promise<Part> {
  const format = knownFormat(path);
  const state = await stateOf(path);
  if (format.kind === 'parquet' || format.kind === 'arrow') {
    const columns = await (format.kind === 'parquet' ? openParquet(path) : openArrow(path));
    return { path, firstRow, rows: columns.rows, state, columns };
  }
  const text = await openIndex(path, format, cache, { progress, signal });
  return { path, firstRow, rows: text.index.rows, state, text };
}

class IndexedDataset implements OpenDataset {
  readonly rows: number;
  readonly files: readonly FilePart[];
  readonly #name: string;
  readonly #parts: readonly Part[];

  constructor(name: string, parts: readonly Part[]) {
    this.#name = name;
    this.#parts = parts;
    this.rows = lastRow(parts);
    this.files = parts.map(({ path, firstRow, rows }) => ({ path, firstRow, rows }));
  }

  async readRow(row: number): Promise<SourceRow> {
    for await (const found of this.readRows(row, row + 1)) return found;
    throw new UserError(
      'row-missing',
      `The dataset ${this.#name} has ${this.rows} rows, counted from 0; there is no row ${row}.`,
    );
  }

  async *readRows(from: number, to: number): AsyncGenerator<SourceRow> {
    for (const part of this.#parts) {
      const start = Math.max(0, from - part.firstRow);
      const end = Math.min(part.rows, to - part.firstRow);
      if (start >= end) continue;
      if ((await stateOf(part.path)) !== part.state) {
        throw new UserError('dataset-changed', `${part.path} has changed since it was opened: open it again.`);
      }
      let row = part.firstRow + start;
      try {
        for await (const found of partRows(part, start, end)) yield { ...found, row: row++ };
      } catch (error) {
        throw error instanceof BrokenRowError ? error.at(row) : error;
      }
    }
  }

  async placeOf(row: number): Promise<RowPlace | undefined> {
    const { file, offset, length, line } = await this.readRow(row);
    return offset === undefined || length === undefined || line === undefined
      ? undefined
      : { file, offset, length, line };
  }

  async rowAt(
    file: string,
    place: { readonly offset: number } | { readonly line: number },
  ): Promise<number | undefined> {
    const part = this.#parts.find(({ path }) => path === file);
    if (!part || !('text' in part) || part.rows === 0) return undefined;
    const entry = entryBefore(part.text.index, place);
    let row = entry.row;
    for await (const found of readTextRows(part.text.file, { from: entry.place, chunk: SMALL_CHUNK })) {
      const isBefore =
        'offset' in place
          ? (found?.offset ?? 0) + (found?.length ?? 0) <= place.offset
          : (found?.line ?? 0) + (found?.text ?? '').split('\n').length <= place.line;
      if (!isBefore) return part.firstRow + row;
      row += 1;
    }
    return undefined;
  }

  close(): Promise<void> {
    return closeAll(this.#parts);
  }
}

/** Rows [start, end) of one file, numbers within the file. */
async function* partRows(part: Part, start: number, end: number): AsyncGenerator<Omit<SourceRow, 'row'>> {
  if ('columns' in part) {
    yield* columnRows(part.columns, start, end);
    return;
  }
  const entry = entryBefore(part.text.index, { row: start });
  let left = end - start;
  const options = { from: entry.place, skip: start - entry.row, chunk: SMALL_CHUNK };
  for await (const found of readTextRows(part.text.file, options)) {
    if (found) yield found;
    left -= 1;
    if (left === 0) return;
  }
}
