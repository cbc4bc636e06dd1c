// Rows of an Arrow record batch as plain objects, type by type.
import { DataType, StructRow, type Data, type RecordBatch } from 'apache-arrow';
import { integer } from './plain.ts';

type Convert = (value: unknown) => unknown;

const asIs: Convert = (value) => value;
const asInteger: Convert = (value) => (typeof value === 'bigint' ? integer(value) : value);
const asDate: Convert = (value) => new Date(Number(value));

function entriesOf(value: unknown): [string, unknown][] {
  return value instanceof StructRow ? Object.entries(value.toJSON()) : [];
}

/** How values of a type are read. Lists, structs and maps are taken apart. */
function converter(type: DataType): Convert {
  if (DataType.isDictionary(type)) return nullable(converter(type.dictionary as DataType));
  if (DataType.isTimestamp(type) || DataType.isDate(type)) return nullable(asDate);
  if (DataType.isDecimal(type)) return nullable((value) => decimal(value as Uint32Array, type.scale));
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) {
    const item = converter((type.children[0] as { type: DataType }).type);
    return nullable((value) => Array.from(value as Iterable<unknown>, item));
  }
  if (DataType.isStruct(type)) {
    const fields = new Map(type.children.map((field) => [field.name, converter(field.type as DataType)]));
    return nullable((value) =>
      Object.fromEntries(entriesOf(value).map(([name, entry]) => [name, (fields.get(name) ?? asIs)(entry)])),
    );
  }
  if (DataType.isMap(type)) {
    const values = converter(type.valueType as DataType);
    return nullable((value) =>
      Object.fromEntries(
        [...(value as Iterable<[unknown, unknown]>)].map(([key, item]) => [String(key), values(item)]),
      ),
    );
  }
  return nullable(asInteger);
}

const nullable =
  (convert: Convert): Convert =>
  (value) =>
    value === null || value === undefined ? null : convert(value);

/** Little-endian two's complement words. */
function decimal(words: Uint32Array, scale: number): number {
  let value = 0n;
  for (const [i, word] of words.entries()) value |= BigInt(word) << BigInt(32 * i);
  return Number(BigInt.asIntN(32 * words.length, value)) / 10 ** scale;
}

/**
 * Throws an Error where texts or lists do not follow each other within what the batch has: a damaged file would have lists of
 * thousands of millions.
 */
export function checkBatch(batch: RecordBatch): void {
  for (const child of batch.data.children) checkOffsets(child);
}

function checkOffsets(data: Data): void {
  const { valueOffsets: offsets, children, values } = data as Omit<Data, 'valueOffsets'> & { valueOffsets?: Int32Array | BigInt64Array }; // prettier-ignore
  if (offsets && !DataType.isUnion(data.type)) {
    const end = children[0]?.length ?? (values as Uint8Array).length;
    let before = 0;
    for (let i = 0; i <= data.length; i++) {
      const at = Number(offsets[i] ?? 0);
      if (at < before || at > end) throw new Error('its values do not follow each other');
      before = at;
    }
  }
  for (const child of children) checkOffsets(child);
}

/** Rows [from, to) of a batch. */
export function rowsOf(batch: RecordBatch, from: number, to: number): unknown[] {
  const columns = batch.schema.fields.map((field, i) => ({
    name: field.name,
    vector: batch.getChildAt<DataType>(i),
    convert: converter(field.type as DataType),
  }));
  return Array.from({ length: to - from }, (_, i) =>
    Object.fromEntries(columns.map(({ name, vector, convert }) => [name, convert(vector?.get(from + i))])),
  );
}
