// Arrow streams as the datasets library writes them: its names of the features lie in the schema's metadata.
import { Bool, Field, Float32, Int32, Int64, Int8, List, makeData, Null, RecordBatch, Schema, Struct, Table, tableToIPC, type Data } from 'apache-arrow'; // prettier-ignore
import type { SavedRow } from './columns.ts';

interface Value {
  readonly dtype: string;
  readonly _type: 'Value';
}

export type Features = Readonly<Record<string, Value | { readonly feature: Value; readonly _type: 'List' }>>;

/** The library's types of the columns by how their names end: as LLaMA-Factory's own, a neat mask is wider than bytes. */
const dtypes = { input_ids: 'int32', attention_mask: 'int8', labels: 'int64', position_ids: 'int64', loss_weights: 'float32' } as const; // prettier-ignore

export const featuresOf = (row: SavedRow): Features =>
  Object.fromEntries(
    Object.entries(row).map(([name, values]): [string, Features[string]] => {
      if (typeof values === 'boolean') return [name, { dtype: 'bool', _type: 'Value' }];
      if (values === null) return [name, { dtype: 'null', _type: 'Value' }];
      const kind = Object.entries(dtypes).find(([ending]) => name.endsWith(ending));
      const isNeat = name === 'attention_mask' && values.some((value) => value > 1);
      return [name, { feature: { dtype: isNeat ? 'int32' : (kind?.[1] ?? 'int32'), _type: 'Value' }, _type: 'List' }];
    }),
  );

export function encodeExamples(rows: readonly SavedRow[], features: Features): Uint8Array {
  const names = Object.keys(features);
  const children = Object.entries(features).map(([name, feature]) =>
    'feature' in feature
      ? column(rows, name, feature.feature.dtype)
      : feature.dtype === 'null'
        ? makeData({ type: new Null(), length: rows.length })
        : flags(rows, name),
  );
  const fields = names.map((name, i) => new Field(name, (children[i] as Data).type, true));
  const metadata = new Map([['huggingface', JSON.stringify({ info: { features } })]]);
  const schema = new Schema(fields, metadata);
  const data = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream');
}

function flags(rows: readonly SavedRow[], name: string): Data {
  const data = new Uint8Array(Math.ceil(rows.length / 8));
  for (const [i, row] of rows.entries()) if (row[name] === true) data[i >> 3] = (data[i >> 3] ?? 0) | (1 << (i & 7));
  return makeData({ type: new Bool(), length: rows.length, nullCount: 0, data });
}

const listOf = (row: SavedRow, name: string): ArrayLike<number> => {
  const values = row[name];
  return ArrayBuffer.isView(values) ? values : [];
};

function column(rows: readonly SavedRow[], name: string, dtype: string): Data {
  const valueOffsets = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + listOf(row, name).length;
  const length = valueOffsets.at(-1) ?? 0;
  const values = valuesOf(rows, name, dtype, length);
  const type = new List(new Field('item', values.type, true));
  return makeData({ type, length: rows.length, nullCount: 0, valueOffsets, child: values });
}

function valuesOf(rows: readonly SavedRow[], name: string, dtype: string, length: number): Data {
  const numbers = new Float64Array(length);
  let at = 0;
  for (const row of rows) {
    const values = listOf(row, name);
    numbers.set(values, at);
    at += values.length;
  }
  switch (dtype) {
    case 'int64':
      return makeData({ type: new Int64(), length, nullCount: 0, data: BigInt64Array.from(numbers, BigInt) });
    case 'int8':
      return makeData({ type: new Int8(), length, nullCount: 0, data: Int8Array.from(numbers) });
    case 'float32':
      return makeData({ type: new Float32(), length, nullCount: 0, data: Float32Array.from(numbers) });
    default:
      return makeData({ type: new Int32(), length, nullCount: 0, data: Int32Array.from(numbers) });
  }
}
