// Types of CSV columns as pandas infers them, because a number is not text to the alignment: a column whose cells are all numbers
// has numbers, one cell that is none makes the column text. Cells that pandas takes for missing are null.

export type ColumnKind = 'integer' | 'number' | 'boolean' | 'text' | 'empty';

export interface CsvLayout {
  readonly kind: 'csv';
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly kinds: readonly ColumnKind[];
}

/** Rows that decide about types: the datasets library reads this many at once, and the first group sets the schema. */
export const TYPED_ROWS = 10_000;

/** pandas' default for missing values. */
const missing = new Set([
  '', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL',
  'NaN', 'None', 'n/a', 'nan', 'null',
]); // prettier-ignore

const trueWords = new Set(['True', 'TRUE', 'true']);
const falseWords = new Set(['False', 'FALSE', 'false']);

const INTEGER = /^\s*[+-]?\d+\s*$/;
const NUMBER = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?)\s*$/i;

const LARGEST = 2n ** 63n - 1n;

function fitsInteger(text: string): boolean {
  if (text.length <= 18) return true;
  const value = BigInt(text.trim());
  return value <= LARGEST && value >= -LARGEST - 1n;
}

function kindOf(text: string): ColumnKind {
  if (missing.has(text)) return 'empty';
  if (INTEGER.test(text)) return fitsInteger(text) ? 'integer' : 'text';
  if (NUMBER.test(text)) return 'number';
  return trueWords.has(text) || falseWords.has(text) ? 'boolean' : 'text';
}

/** The kind of a column that has cells of both. */
function joined(one: ColumnKind, other: ColumnKind): ColumnKind {
  if (one === other || other === 'empty') return one;
  if (one === 'empty') return other;
  const numeric = (kind: ColumnKind): boolean => kind === 'integer' || kind === 'number';
  return numeric(one) && numeric(other) ? 'number' : 'text';
}

/** Kinds of the columns of some records. */
export class KindCounter {
  readonly kinds: ColumnKind[];

  constructor(columns: number) {
    this.kinds = Array.from({ length: columns }, () => 'empty');
  }

  add(fields: readonly string[]): void {
    for (const [i, kind] of this.kinds.entries()) {
      if (kind !== 'text') this.kinds[i] = joined(kind, kindOf(fields[i] ?? ''));
    }
  }
}

/** A cell's value. One that does not fit its column (far down, where no type was inferred any more) stays text. */
export function cellValue(text: string | undefined, kind: ColumnKind): unknown {
  if (text === undefined || missing.has(text)) return null;
  switch (kind) {
    case 'integer':
    case 'number': {
      if (!NUMBER.test(text)) return text;
      const value = Number(text.replace(/inf(?:inity)?/i, 'Infinity'));
      return kind === 'integer' && !Number.isSafeInteger(value) && INTEGER.test(text) ? BigInt(text.trim()) : value;
    }
    case 'boolean':
      return trueWords.has(text) ? true : falseWords.has(text) ? false : text;
    case 'text':
    case 'empty':
      return text;
  }
}

/** Names of the columns: empty ones are numbered, and so are those that stand twice, as pandas does. */
export function columnNames(header: readonly string[]): string[] {
  const names = header.map((name, i) => (name === '' ? `Unnamed: ${i}` : name));
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let i = 1; taken.has(free); i++) free = `${name}.${i}`;
    taken.add(free);
    return free;
  });
}
