// A row as it comes out of a file, with the place where it stands, and the error of one that cannot be read.
import { UserError } from '../../errors.ts';

export interface SourceRow {
  /** JSON value, or an object of columns. Missing cells are null; dates are Date, integers beyond 2^53 bigint, bytes Uint8Array. */
  readonly value: unknown;
  readonly file: string;
  /** Zero-based row of the dataset, counted over all its files in reading order. */
  readonly row: number;
  /** 1-based line on which the row starts; undefined where a file has no lines (parquet, arrow). */
  readonly line: number | undefined;
  /** First byte of the row's text, and how many; in a gzip file, of what it unpacks to. Undefined as above. */
  readonly offset: number | undefined;
  readonly length: number | undefined;
  /** What is written in the file for this row; undefined as above. */
  readonly text: string | undefined;
}

/** What a file's reader knows of a row: everything but its number in the dataset. */
export type FileRow = Omit<SourceRow, 'row'>;

export interface BrokenPlace {
  readonly file: string;
  readonly line: number | undefined;
  /** 1-based, in UTF-16 units. */
  readonly column?: number | undefined;
  /** Zero-based row of the dataset, where it is known. */
  readonly row?: number | undefined;
}

/** A row that cannot be read. The message names file and line. */
export class BrokenRowError extends UserError {
  readonly place: BrokenPlace;
  /** The message without the place. */
  readonly what: string;

  constructor(code: string, place: BrokenPlace, what: string, cause?: unknown) {
    const line = place.line === undefined ? '' : `, line ${place.line}`;
    const column = place.column === undefined ? '' : `, column ${place.column}`;
    super(code, `${place.file}${line}${column}: ${what}`, { cause });
    this.place = place;
    this.what = what;
  }

  /** The same with the number of the row. */
  at(row: number): BrokenRowError {
    return new BrokenRowError(this.code, { ...this.place, row }, this.what, this.cause);
  }
}
