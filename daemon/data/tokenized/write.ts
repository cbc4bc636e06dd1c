// Arrow streams as the datasets library writes them: its names of the features lie in the schema's metadata.
import { Field, Float32, Int32, Int64, Int8, List, makeData, RecordBatch, Schema, Struct, Table, tableToIPC, type Data } from 'apache-arrow'; // prettier-ignore
import type { SavedRow } from './columns.ts';

type Name = keyof SavedRow;

interface Feature {
  readonly feature: { readonly dtype: string; readonly _type: 'Value' };
  readonly _type: 'List';
}

export type Features = Readonly<Partial<Record<Name, Feature>>>;

/** The library's types of the columns: as LLaMA-Factory's own, a neat mask is wider than bytes. */
const dtypes = { input_ids: 'int32', attention_mask: 'int8', labels: 'int64', position_ids: 'int64', loss_weights: 'float32' } as const; // prettier-ignore

export function featuresOf(row: SavedRow): Features {
  const isNeat = row.attention_mask.some((value) => value > 1);
  const names = Object.keys(row) as Name[];
  return Object.fromEntries(
    names.map((name): [Name, Feature] => {
      const dtype = name === 'attention_mask' && isNeat ? 'int32' : dtypes[name];
      return [name, { feature: { dtype, _type: 'Value' }, _type: 'List' }];
    }),
  );
}

export function encodeExamples(rows: readonly SavedRow[], features: Features): Uint8Array {
  const names = Object.keys(features) as Name[];
  const children = names.map((name) => column(rows, name, features[name]?.feature.dtype ?? ''));
  const fields = names.map((name, i) => new Field(name, (children[i] as Data).type, true));
  const metadata = new Map([['huggingface', JSON.stringify({ info: { features } })]]);
  const schema = new Schema(fields, metadata);
  const data = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream');
}

function column(rows: readonly SavedRow[], name: Name, dtype: string): Data {
  const valueOffsets = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + (row[name]?.length ?? 0);
  const length = valueOffsets.at(-1) ?? 0;
  const values = valuesOf(rows, name, dtype, length);
  const type = new List(new Field('item', values.type, true));
  return makeData({ type, length: rows.length, nullCount: 0, valueOffsets, child: values });
}

function valuesOf(rows: readonly SavedRow[], name: Name, dtype: string, length: number): Data {
  const numbers = new Float64Array(length);
  let at = 0;
  for (const row of rows) {
    const values = row[name];
    if (!values) continue;
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
