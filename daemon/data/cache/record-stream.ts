// Columns of plain numbers as an Arrow stream with a head of our own beside them, and back.
import { Field, Int32, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC, type Data } from 'apache-arrow'; // prettier-ignore
import type { z } from 'zod';

const KEY = 'anneal';

export const int32 = (data: Int32Array): Data<Int32> =>
  makeData({ type: new Int32(), length: data.length, nullCount: 0, data });

/** Columns of one length without missing values. The same columns give the same bytes. */
export function encodeRecords(columns: ReadonlyMap<string, Data>, head: object): Uint8Array {
  const fields = [...columns].map(([name, { type }]) => new Field(name, type, false));
  const schema = new Schema(fields, new Map([[KEY, JSON.stringify(head)]]));
  const children = [...columns.values()];
  const length = children[0]?.length ?? 0;
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream');
}

/** The columns, views of the stream, and its head. Throws where the stream is of another version of Anneal. */
export function decodeRecords<T>(stream: Uint8Array, head: z.ZodType<T>): { readonly table: Table; readonly head: T } {
  const table = tableFromIPC(stream);
  return { table, head: head.parse(JSON.parse(table.schema.metadata.get(KEY) ?? '')) };
}
