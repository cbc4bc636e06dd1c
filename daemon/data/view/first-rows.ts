// The first rows of a dataset, read without an index: there at once, however large its files are.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import { isRow } from '../align/row.ts';
import type { SourceOptions } from '../source/files.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { readRows } from '../source/source.ts';

/** A row, or the error of one that cannot be read. */
export type ReadRow = SourceRow | BrokenRowError;

export const numberOf = (row: ReadRow): number => (row instanceof BrokenRowError ? (row.place.row ?? 0) : row.row);

export interface EntryPlace {
  readonly entry: DatasetEntry;
  /** Where the entry's files are looked for. */
  readonly folder: string;
  readonly source: SourceOptions;
}

/** As many rows as there are, up to `count`. */
export async function readFirst({ entry, folder, source }: EntryPlace, count: number): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  const onBroken = (error: BrokenRowError): void => void rows.push(error);
  try {
    for await (const row of readRows(entry, folder, { ...source, onBroken })) {
      rows.push(row);
      if (rows.length >= count) break;
    }
  } catch (error) {
    if (!(error instanceof BrokenRowError)) throw error;
    rows.push(error);
  }
  return rows.slice(0, count).sort((a, b) => numberOf(a) - numberOf(b));
}

export interface Head {
  readonly rows: readonly ReadRow[];
  /** Names of their columns, in the order in which they come. */
  readonly columns: readonly string[];
  /** Of a row as it is written; 0 where that is not known. */
  readonly meanBytes: number;
}

/** Rows that tell what columns there are. */
const HEAD = 200;

export async function readHead(place: EntryPlace): Promise<Head> {
  const rows = await readFirst(place, HEAD);
  const columns = new Set(valuesOf(rows).flatMap((value) => (isRow(value) ? Object.keys(value) : [])));
  const last = rows.findLast((row) => !(row instanceof BrokenRowError));
  const end = last && !(last instanceof BrokenRowError) ? (last.offset ?? 0) + (last.length ?? 0) : 0;
  const isOneFile = new Set(rows.map((row) => (row instanceof BrokenRowError ? row.place.file : row.file))).size === 1;
  return { rows, columns: [...columns], meanBytes: isOneFile && last ? end / (numberOf(last) + 1) : 0 };
}

export const valuesOf = (rows: readonly ReadRow[]): unknown[] =>
  rows.flatMap((row) => (row instanceof BrokenRowError ? [] : [row.value]));
