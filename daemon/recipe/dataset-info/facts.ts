// What is known of the data behind an entry. Whoever can read files gathers it and hands it in; nothing here reads.

export type ValueKind = 'text' | 'number' | 'boolean' | 'object' | 'list' | 'null';

/** A key inside the objects of a column (the fields of messages). */
export interface KeyFacts {
  readonly count: number;
  readonly kinds: ReadonlySet<ValueKind>;
  /** The different short texts under it; undefined where there are too many to be names. */
  readonly texts: ReadonlySet<string> | undefined;
}

export interface ColumnFacts {
  readonly kinds: ReadonlySet<ValueKind>;
  /** Rows in which it holds something: not null, not empty. */
  readonly filled: number;
  /** Of objects, and of the objects in lists. */
  readonly keys: ReadonlyMap<string, KeyFacts>;
}

export interface DataFacts {
  readonly state: 'file' | 'folder' | 'missing';
  /** An existing name that is nearly the one asked for. */
  readonly near?: string;
  /** File endings with the dot; of a folder, those of everything in it. */
  readonly endings: readonly string[];
  /** Columns of the rows that were read; undefined where nothing could be read. */
  readonly columns?: ReadonlyMap<string, ColumnFacts>;
  /** Rows that were read. */
  readonly rows: number;
  readonly allRows: boolean;
  /** Whether as many rows were read as LLaMA-Factory takes the columns from: what is not among them is not there. */
  readonly allColumns: boolean;
}

/** Facts of a file or folder, by its name in dataset_info.json; undefined where nobody has looked. */
export type FactsOf = (fileName: string) => DataFacts | undefined;
