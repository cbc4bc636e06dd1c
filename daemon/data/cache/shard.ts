// Some hundred tokenised rows of a dataset as one Arrow stream: the parts of each (ids and labels), nothing where a row is left out.
// A shard knows no row numbers: it is the same wherever in a file its rows stand.
import { createHash } from 'node:crypto';
import { Field, Float32, List, makeData, Uint16, type Data, type Table } from 'apache-arrow';
import { z } from 'zod';
import type { Origin } from '../example.ts';
import type { KeptRow, Part, TokenisedRow, UnusedRow } from '../row-table.ts';
import { readRuns, RunWriter } from './label-runs.ts';
import { decodeRecords, encodeRecords, int32 } from './record-stream.ts';

const headSchema = z.object({
  rows: z.number().int().nonnegative(),
  /** Parts that a row has. */
  parts: z.number().int().nonnegative(),
  truncated: z.number().int().nonnegative(),
  /** Some label has a token before it that predicts it. */
  trains: z.boolean(),
  /** SHA-256 over ids and labels. */
  hash: z.string(),
  /** Rows that are left out, by their number in the shard, and why. */
  dropped: z.array(z.tuple([z.number(), z.string(), z.string(), z.array(z.union([z.string(), z.number()]))])),
});

type Head = z.infer<typeof headSchema>;

/** The Arrow stream of rows in order. The same rows give the same bytes. */
export function encodeShard(rows: readonly (TokenisedRow | UnusedRow)[]): Uint8Array {
  const parts = rows.reduce((most, row) => Math.max(most, row.parts?.length ?? 0), 0);
  const dropped: Head['dropped'] = [];
  let truncated = 0;
  const lengths = new Int32Array(rows.length);
  for (const [i, row] of rows.entries()) {
    if ('dropped' in row) dropped.push([i, row.code, row.dropped, [...row.at]]);
    else if (row.truncated) truncated += 1;
    lengths[i] = 'dropped' in row ? -1 : row.length;
  }
  const columns = new Map<string, Data>([['length', int32(lengths)]]);
  const hash = createHash('sha256').update(lengths);
  let trains = false;
  for (let part = 0; part < parts; part++) {
    const { ids, labels, weights, learns } = partColumns(rows.map((row) => row.parts?.[part]));
    // the first label of a later part has a token before it
    trains ||= learns === 'some' || (learns === 'first' && part > 0);
    columns.set(`ids.${part}`, listOf(ids));
    columns.set(`labels.${part}`, listOf(labels));
    if (weights) columns.set(`weights.${part}`, listOf(weights));
    for (const list of [ids, labels, weights]) if (list) hash.update(list.ends).update(list.values);
  }
  if (rows.some(({ marks }) => marks)) {
    const marks = joined(rows.map((row) => row.marks ?? []), (length) => new Int32Array(length)); // prettier-ignore
    columns.set('marks', listOf(marks));
    hash.update(marks.ends).update(marks.values);
  }
  const head: Head = { rows: rows.length, parts, truncated, trains, hash: hash.digest('hex'), dropped };
  return encodeRecords(columns, head);
}

/** Lists of numbers, one a row, in one array. */
interface Lists {
  readonly ends: Int32Array;
  readonly values: Int32Array | Uint16Array | Float32Array;
}

interface PartColumns {
  readonly ids: Lists;
  readonly labels: Lists;
  readonly weights: Lists | undefined;
  readonly learns: RunWriter['learns'];
}

function partColumns(parts: readonly (Part | undefined)[]): PartColumns {
  const ends = new Int32Array(parts.length + 1);
  const runEnds = new Int32Array(parts.length + 1);
  const runs = new RunWriter();
  let bits = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    ends[i + 1] = (ends[i] ?? 0) + (part?.ids.length ?? 0);
    if (part) {
      runs.write(part.ids, part.labels);
      bits |= joinedBits(part.ids);
    }
    runEnds[i + 1] = runs.length;
  }
  const length = ends.at(-1) ?? 0;
  // in 16 bits where they fit
  const values = bits >>> 16 === 0 ? new Uint16Array(length) : new Int32Array(length);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part) values.set(part.ids, ends[i]);
  }
  return {
    ids: { ends, values },
    labels: { ends: runEnds, values: runs.values },
    weights: parts.some((part) => part?.weights) ? joinedWeights(parts) : undefined,
    learns: runs.learns,
  };
}

function joinedBits(ids: Int32Array): number {
  let bits = 0;
  for (let i = 0; i < ids.length; i++) bits |= ids[i] ?? 0;
  return bits;
}

/** Weights of the rows that have some. */
const joinedWeights = (parts: readonly (Part | undefined)[]): Lists =>
  joined(parts.map((part) => part?.weights ?? []), (length) => new Float32Array(length)); // prettier-ignore

function joined<T extends Int32Array | Float32Array>(
  lists: readonly ArrayLike<number>[],
  make: (length: number) => T,
): { ends: Int32Array; values: T } {
  const ends = new Int32Array(lists.length + 1);
  for (const [i, { length }] of lists.entries()) ends[i + 1] = (ends[i] ?? 0) + length;
  const values = make(ends.at(-1) ?? 0);
  for (const [i, list] of lists.entries()) values.set(list, ends[i]);
  return { ends, values };
}

function listOf({ ends, values: data }: Lists): Data<List> {
  const { length } = data;
  const child =
    data instanceof Uint16Array
      ? makeData({ type: new Uint16(), length, nullCount: 0, data })
      : data instanceof Float32Array
        ? makeData({ type: new Float32(), length, nullCount: 0, data })
        : int32(data);
  const type = new List(new Field('item', child.type, false));
  return makeData({ type, length: ends.length - 1, nullCount: 0, valueOffsets: ends, child });
}

/** A shard in memory, its numbers views of the bytes it came from. */
export class Shard {
  readonly head: Head;
  readonly #lengths: Int32Array;
  readonly #parts: readonly { readonly ids: Lists; readonly labels: Lists; readonly weights: Lists | undefined }[];
  readonly #marks: Lists | undefined;

  constructor(stream: Uint8Array) {
    const { table, head } = decodeRecords(stream, headSchema);
    this.head = head;
    const optional = (name: string): Lists | undefined => (table.getChild(name) ? columnOf(table, name) : undefined);
    this.#lengths = valuesOf(table.getChild('length')?.data[0], 'length') as Int32Array;
    this.#parts = Array.from({ length: this.head.parts }, (_, part) => ({
      ids: columnOf(table, `ids.${part}`),
      labels: columnOf(table, `labels.${part}`),
      weights: optional(`weights.${part}`),
    }));
    this.#marks = optional('marks');
  }

  /** Tokens of a row's example; -1 where it is left out. */
  length(row: number): number {
    return this.#lengths[row] ?? -1;
  }

  /** A row; one that is left out has parts without tokens, as a rule. */
  row(row: number, origin: Origin): KeptRow {
    const parts = this.#parts.map(({ ids: allIds, labels, weights: allWeights }): Part => {
      const ids = Int32Array.from(listAt(allIds, row));
      const weights = allWeights && (listAt(allWeights, row) as Float32Array);
      const part = { ids, labels: readRuns(ids, listAt(labels, row) as Int32Array) };
      return weights?.length ? { ...part, weights: weights.slice() } : part;
    });
    return { origin, parts, marks: this.#marks ? [...listAt(this.#marks, row)] : [] };
  }
}

function columnOf(table: Table, name: string): Lists {
  const data = table.getChild(name)?.data[0];
  return { ends: data?.valueOffsets as Int32Array, values: valuesOf(data?.children[0], name) };
}

function valuesOf(data: Data | undefined, name: string): Lists['values'] {
  const values: unknown = data?.values;
  if (values instanceof Int32Array || values instanceof Uint16Array || values instanceof Float32Array) return values;
  throw new Error(`the shard has no column ${name}`);
}

const listAt = ({ ends, values }: Lists, row: number): Lists['values'] => values.subarray(ends[row], ends[row + 1]);
