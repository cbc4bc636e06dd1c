// Some hundred tokenised rows of a dataset as one Arrow stream: ids and labels of each, nothing where a row is left out. A shard
// knows no row numbers: it is the same wherever in a file its rows stand.
import { createHash } from 'node:crypto';
import {
  Field,
  Float32,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Uint16,
  type Data,
} from 'apache-arrow';
import { z } from 'zod';
import type { DroppedRow } from '../conversation.ts';
import { IGNORED, type Example, type Origin } from '../example.ts';
import type { TokenisedRow } from '../row-table.ts';
import { readRuns, writeRuns } from './label-runs.ts';

const headSchema = z.object({
  rows: z.number().int().nonnegative(),
  truncated: z.number().int().nonnegative(),
  /** Some label has a token before it that predicts it. */
  trains: z.boolean(),
  /** SHA-256 over ids and labels. */
  hash: z.string(),
  /** Rows that are left out, by their number in the shard, and why. */
  dropped: z.array(z.tuple([z.number(), z.string(), z.string(), z.array(z.union([z.string(), z.number()]))])),
});

type Head = z.infer<typeof headSchema>;

const KEY = 'anneal';

/** Lists of numbers, one a row, in one array. */
class Lists {
  readonly ends: number[] = [0];
  readonly values: number[] = [];

  endRow(): void {
    this.ends.push(this.values.length);
  }
}

/** The Arrow stream of rows in order. The same rows give the same bytes. */
export function encodeShard(rows: readonly (TokenisedRow | DroppedRow)[]): Uint8Array {
  const hash = createHash('sha256');
  const head: Omit<Head, 'hash'> = { rows: rows.length, truncated: 0, trains: false, dropped: [] };
  const runs = new Lists();
  const ends = new Int32Array(rows.length + 1);
  const examples: (Example | undefined)[] = [];
  for (const [i, row] of rows.entries()) {
    const example = 'dropped' in row ? undefined : row.example;
    if ('dropped' in row) head.dropped.push([i, row.code, row.dropped, [...row.at]]);
    else if (row.truncated) head.truncated += 1;
    examples.push(example);
    ends[i + 1] = (ends[i] ?? 0) + (example?.ids.length ?? 0);
    if (example) {
      hash.update(example.ids).update(example.labels);
      if (example.weights) hash.update(example.weights);
      head.trains ||= example.labels.some((label, at) => at > 0 && label !== IGNORED);
      writeRuns(example.ids, example.labels, runs.values);
    }
    runs.endRow();
  }
  const valid = bitsOf(examples.map((example) => example !== undefined));
  const columns = new Map<string, Data<List>>([
    ['ids', listOf(idValues(examples, ends.at(-1) ?? 0), ends, valid, head.dropped.length)],
    ['labels', listOf(int32(Int32Array.from(runs.values)), Int32Array.from(runs.ends), valid, head.dropped.length)],
  ]);
  if (examples.some((example) => example?.weights)) columns.set('weights', weightsOf(examples));
  const metadata = new Map([[KEY, JSON.stringify({ ...head, hash: hash.digest('hex') })]]);
  const schema = new Schema(
    [...columns].map(([name, { type }]) => new Field(name, type, true)),
    metadata,
  );
  const children = [...columns.values()];
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream');
}

const int32 = (data: Int32Array): Data => makeData({ type: new Int32(), length: data.length, nullCount: 0, data });

/** Ids of all rows, in 16 bits where they fit. */
function idValues(examples: readonly (Example | undefined)[], length: number): Data {
  const isSmall = examples.every((example) => example === undefined || fits16(example.ids));
  const data = isSmall ? new Uint16Array(length) : new Int32Array(length);
  let at = 0;
  for (const example of examples) {
    if (!example) continue;
    data.set(example.ids, at);
    at += example.ids.length;
  }
  return data instanceof Uint16Array ? makeData({ type: new Uint16(), length, nullCount: 0, data }) : int32(data);
}

function fits16(ids: Int32Array): boolean {
  let bits = 0;
  for (let i = 0; i < ids.length; i++) bits |= ids[i] ?? 0;
  return bits >>> 16 === 0;
}

/** Weights of the rows that have some. */
function weightsOf(examples: readonly (Example | undefined)[]): Data<List> {
  const ends = new Int32Array(examples.length + 1);
  for (const [i, example] of examples.entries()) ends[i + 1] = (ends[i] ?? 0) + (example?.weights?.length ?? 0);
  const data = new Float32Array(ends.at(-1) ?? 0);
  for (const [i, example] of examples.entries()) if (example?.weights) data.set(example.weights, ends[i]);
  const has = examples.map((example) => example?.weights !== undefined);
  const values = makeData({ type: new Float32(), length: data.length, nullCount: 0, data });
  return listOf(values, ends, bitsOf(has), has.filter((present) => !present).length);
}

function listOf(child: Data, valueOffsets: Int32Array, nullBitmap: Uint8Array, nullCount: number): Data<List> {
  const type = new List(new Field('item', child.type, false));
  return makeData({ type, length: valueOffsets.length - 1, nullCount, nullBitmap, valueOffsets, child });
}

function bitsOf(values: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}

interface Column {
  readonly ends: Int32Array;
  readonly values: Int32Array | Uint16Array | Float32Array;
}

/** A shard in memory, its numbers views of the bytes it came from. */
export class Shard {
  readonly head: Head;
  readonly #ids: Column;
  readonly #labels: Column;
  readonly #weights: Column | undefined;
  readonly #isLeftOut: ReadonlySet<number>;

  constructor(stream: Uint8Array) {
    const table = tableFromIPC(stream);
    this.head = headSchema.parse(JSON.parse(table.schema.metadata.get(KEY) ?? ''));
    this.#ids = columnOf(table, 'ids');
    this.#labels = columnOf(table, 'labels');
    this.#weights = table.getChild('weights') ? columnOf(table, 'weights') : undefined;
    this.#isLeftOut = new Set(this.head.dropped.map(([row]) => row));
  }

  /** Tokens of a row; -1 where it is left out. */
  length(row: number): number {
    if (this.#isLeftOut.has(row)) return -1;
    return (this.#ids.ends[row + 1] ?? 0) - (this.#ids.ends[row] ?? 0);
  }

  /** A row that is not left out. */
  example(row: number, origin: Origin): Example {
    const ids = Int32Array.from(listAt(this.#ids, row));
    const labels = readRuns(ids, listAt(this.#labels, row) as Int32Array);
    const weights = this.#weights && (listAt(this.#weights, row) as Float32Array);
    return { origins: [origin], ids, labels, ...(weights?.length ? { weights: weights.slice() } : {}) };
  }
}

function columnOf(table: Table, name: string): Column {
  const data = table.getChild(name)?.data[0];
  const values: unknown = data?.children[0]?.values;
  if (!data || !(values instanceof Int32Array || values instanceof Uint16Array || values instanceof Float32Array))
    throw new Error(`the shard has no column ${name}`);
  return { ends: data.valueOffsets as Int32Array, values };
}

const listAt = ({ ends, values }: Column, row: number): Column['values'] => values.subarray(ends[row], ends[row + 1]);
