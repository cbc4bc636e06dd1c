// Random rows through every format and back, and the same bytes read in pieces of every size.
import type { DataType } from 'apache-arrow';
import { Field, List, Struct, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, test } from 'vitest';
import { knownFormat } from './formats.ts';
import { DataFolder } from './testing.ts';
import { byteFile, openTextFile, type TextKind } from './text/layout.ts';
import { readTextRows } from './text/read-text.ts';

const folder = new DataFolder();
afterAll(() => folder.remove());

const text = fc.string({ unit: fc.oneof(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ' ', '\n', ':'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), maxLength: 30 }); // prettier-ignore
const wellFormed = text.filter((value) => value.isWellFormed());
const jsonRow = fc.dictionary(
  fc.constantFrom('instruction', 'input', 'output', 'messages'),
  fc.oneof(wellFormed, fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.record({ from: wellFormed, value: wellFormed }), { maxLength: 3 })), // prettier-ignore
);
const rows = fc.array(jsonRow, { maxLength: 12 });
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\n\n', '\t ');

/** Value by value with any space between them, or as a list. */
const written = fc.tuple(rows, fc.array(space, { minLength: 13, maxLength: 13 }), fc.constantFrom(undefined, 2), fc.boolean()).map(
  ([rows, spaces, indent, isList]) => {
    const texts = rows.map((row) => JSON.stringify(row, null, indent));
    const joined = texts.map((row, i) => `${spaces[i]}${row}`).join(isList ? ',' : '');
    return { rows, content: isList ? `${spaces[12]}[${joined}${spaces[12]}]${spaces[12]}` : `${joined}${spaces[12]}` };
  },
); // prettier-ignore

async function valuesOf(name: string, chunk: number): Promise<unknown[]> {
  const path = `${folder.path}/${name}`;
  const file = await openTextFile(await byteFile(path), knownFormat(name) as TextKind);
  const values: unknown[] = [];
  for await (const row of readTextRows(file, { chunk })) values.push(row?.value);
  return values;
}

const chunks = [1, 2, 7, 64, 1 << 20];

describe('text formats', () => {
  test('JSON and JSONL in any layout, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.constantFrom(...chunks), async ({ rows, content }, chunk) => {
        expect(await valuesOf(folder.write('any.jsonl', content), chunk)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  test('CSV, as another parser reads it', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', ',', '"', '\n', '\r\n', '😀'), maxLength: 8 });
    const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
    const record = fc.tuple(cell, cell, cell);
    const end = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 8 }),
        end,
        fc.constantFrom(...chunks),
        async (records, end, chunk) => {
          // the first column keeps every column text and no record blank
          const all = records.map(([a, b, c]) => ['x' + a, b, c] as const);
          const content = `a,b,c${end}${all.map((record) => record.map(quoted).join(',')).join(end)}`;
          const expected = parse<Record<string, string>>(content, { columns: true, record_delimiter: [end] });
          const nulls = expected.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value === '' ? null : value]))); // prettier-ignore
          expect(await valuesOf(folder.write('any.csv', content), chunk)).toEqual(nulls);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('CSV with quotes in any place is cut alike in pieces of any size', async () => {
    const junk = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '1'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(junk, fc.constantFrom(1, 2, 3, 7), async (content, chunk) => {
        const name = folder.write('junk.csv', `a,b\n${content}`);
        const outcome = async (size: number): Promise<unknown> =>
          valuesOf(name, size).catch((error: unknown) => (error as Error).message);
        expect(await outcome(chunk)).toEqual(await outcome(1 << 20));
      }),
      { numRuns: 300 },
    );
  });

  test('lines of a text file', async () => {
    const content = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\r\n', 'ü', ' '), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(content, fc.constantFrom(...chunks), async (content, chunk) => {
        const lines = content.split(/\r\n|\n|\r/);
        if (lines.at(-1) === '') lines.pop();
        const values = await valuesOf(folder.write('any.txt', content), chunk);
        expect(values).toEqual(lines.map((text) => ({ text })));
      }),
      { numRuns: 200 },
    );
  });
});

describe('column formats', () => {
  const nullable = fc.option(wellFormed);
  const message = fc.record({ from: nullable, value: nullable });
  const columns = fc.array(fc.record({ text: nullable, messages: fc.option(fc.array(message, { maxLength: 3 })) }), { minLength: 1, maxLength: 20 }); // prettier-ignore

  test('parquet', async () => {
    await fc.assert(
      fc.asyncProperty(columns, fc.integer({ min: 1, max: 7 }), async (rows, rowGroupSize) => {
        const buffer = parquetWriteBuffer({
          columnData: [
            { name: 'text', data: rows.map(({ text }) => text), type: 'STRING' },
            { name: 'messages', data: rows.map(({ messages }) => messages), type: 'JSON' },
          ],
          rowGroupSize,
        });
        expect(await folder.values(folder.write('any.parquet', new Uint8Array(buffer)))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  test('arrow', async () => {
    const fields: Field<DataType>[] = ['from', 'value'].map((name) => new Field(name, new Utf8(), true));
    await fc.assert(
      fc.asyncProperty(columns, fc.constantFrom('file' as const, 'stream' as const), async (rows, kind) => {
        const table = new Table({
          text: vectorFromArray(rows.map(({ text }) => text), new Utf8()), // prettier-ignore
          messages: vectorFromArray(rows.map(({ messages }) => messages), new List(new Field('item', new Struct(fields)))), // prettier-ignore
        });
        expect(await folder.values(folder.write('any.arrow', tableToIPC(table, kind)))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });
});
