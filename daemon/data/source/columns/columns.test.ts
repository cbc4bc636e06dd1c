// Parquet and Arrow files, written here, read back row by row.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Bool,
  DateDay,
  Field,
  Int32,
  Int64,
  List,
  Struct,
  Table,
  tableToIPC,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { asyncBufferFromFile, parquetMetadataAsync, readOffsetIndex } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArrow } from './arrow.ts';
import type { ColumnFile } from './column-file.ts';
import { findPages } from './parquet-pages.ts';
import { openParquet } from './parquet.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-columns-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function all(file: ColumnFile): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const [group, start] of file.starts.slice(0, -1).entries())
    rows.push(...(await file.read(start, file.starts[group + 1] ?? 0)));
  await file.close();
  return rows;
}

const texts = Array.from({ length: 7 }, (_, i) => (i === 2 ? null : `text ${i} ü😀`));

test('parquet: row groups, missing cells, big integers, dates, lists of structs', async () => {
  const path = join(folder, 'rows.parquet');
  const messages = texts.map((text, i) => (i === 3 ? null : i === 4 ? [] : [{ from: 'human', value: text }]));
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'text', data: texts, type: 'STRING' },
      { name: 'count', data: texts.map((_, i) => (i === 1 ? 2n ** 60n : BigInt(i))), type: 'INT64' },
      { name: 'at', data: texts.map((_, i) => new Date(Date.UTC(2024, 0, i + 1))), type: 'TIMESTAMP' },
      { name: 'messages', data: messages, type: 'JSON' },
    ],
    rowGroupSize: 3,
  });
  writeFileSync(path, Buffer.from(buffer));
  const file = await openParquet(path);
  expect([file.rows, file.starts]).toEqual([7, [0, 3, 6, 7]]);
  expect(await file.read(4, 5)).toEqual([
    { text: 'text 4 ü😀', count: 4, at: new Date(Date.UTC(2024, 0, 5)), messages: [] },
  ]);
  expect(await all(file)).toEqual(
    texts.map((text, i) => ({
      text,
      count: i === 1 ? 2n ** 60n : i,
      at: new Date(Date.UTC(2024, 0, i + 1)),
      messages: messages[i] ?? null,
    })),
  );
});

const message = new Struct([new Field('from', new Utf8(), true), new Field('value', new Utf8(), true)]);

function arrowTable(rows: readonly (string | null)[]): Table {
  return new Table({
    text: vectorFromArray(rows, new Utf8()),
    label: vectorFromArray(rows.map((_, i) => (i % 2 ? 'odd' : 'even'))),
    count: vectorFromArray(rows.map((_, i) => BigInt(i)), new Int64()), // prettier-ignore
    small: vectorFromArray(rows.map((_, i) => i), new Int32()), // prettier-ignore
    known: vectorFromArray(rows.map((_, i) => i % 2 === 0), new Bool()), // prettier-ignore
    day: vectorFromArray(rows.map((_, i) => new Date(Date.UTC(2024, 0, i + 1))), new DateDay()), // prettier-ignore
    at: vectorFromArray(rows.map((_, i) => new Date(Date.UTC(2024, 0, i + 1))), new TimestampMillisecond()), // prettier-ignore
    messages: vectorFromArray(
      rows.map((text) => [{ from: 'human', value: text }]),
      new List(new Field('item', message)),
    ),
  });
}

test.each(['file', 'stream'] as const)('arrow: %s with several batches', async (kind) => {
  const path = join(folder, `${kind}.arrow`);
  const whole = arrowTable(texts);
  const table = new Table([...whole.slice(0, 4).batches, ...whole.slice(4).batches]);
  writeFileSync(path, tableToIPC(table, kind));
  const file = await openArrow(path);
  expect([file.rows, file.starts]).toEqual([7, [0, 4, 7]]);
  const expected = texts.map((text, i) => {
    const date = new Date(Date.UTC(2024, 0, i + 1));
    return {
      text,
      label: i % 2 ? 'odd' : 'even',
      count: i,
      small: i,
      known: i % 2 === 0,
      day: date,
      at: date,
      messages: [{ from: 'human', value: text }],
    };
  });
  expect(await file.read(5, 6)).toEqual(expected.slice(5, 6));
  expect(await all(file)).toEqual(expected);
});

// written by pyarrow: chunks of 24 rows (the stream's: 40), and texts that take several blocks, each referring to those before
test.each(['lz4', 'zstd', 'lz4-stream'])('arrow: compressed buffers, %s', async (name) => {
  const file = await openArrow(new URL(`fixtures/${name}.arrow`, import.meta.url).pathname);
  expect([...file.starts]).toEqual(name === 'lz4-stream' ? [0, 40, 64] : [0, 24, 48, 64]);
  const expected = Array.from({ length: 64 }, (_, i) => ({
    instruction: `Question ${i} ${'abc '.repeat(i % 9)}`,
    output: i % 7 === 3 ? null : `${'Answer '.repeat(1 + (i % 5))}世界é`,
    n: i,
    kind: ['a', 'b', 'a', 'c'][i % 4],
    history: Array.from({ length: i % 3 }, () => ['q', 'a']),
  }));
  expect(await all(file)).toEqual(expected);
});

test('arrow: a compressed buffer of several blocks', async () => {
  const file = await openArrow(new URL('fixtures/lz4-blocks.arrow', import.meta.url).pathname);
  const expected = Array.from({ length: 40 }, (_, i) => ({ text: `${'The quick brown fox '.repeat(200)}${i}` }));
  expect(await all(file)).toEqual(expected);
});

test.each(['lz4', 'zstd'])('arrow: damaged compressed buffers are told, %s', async (name) => {
  const bytes = readFileSync(new URL(`fixtures/${name}.arrow`, import.meta.url));
  const path = join(folder, 'damaged.arrow');
  let told = 0;
  for (let at = 1000; at < bytes.length - 800; at += 97) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    writeFileSync(path, damaged);
    try {
      const file = await openArrow(path);
      try {
        await all(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      expect((error as Error).message).toContain(`${path} cannot be read as Arrow: `);
      told += 1;
    }
  }
  // texts may be changed without anybody noticing, as in files that are not compressed
  expect(told).toBeGreaterThan(0);
});

test('files that are something else', async () => {
  const path = join(folder, 'text.parquet');
  writeFileSync(path, 'not a column file at all');
  await expect(openParquet(path)).rejects.toThrow(`${path} cannot be read as parquet: `);
  await expect(openArrow(path)).rejects.toThrow(`${path} cannot be read as Arrow: `);
  await expect(openArrow(join(folder, 'absent.arrow'))).rejects.toThrow('cannot be read: ENOENT');
});

const nested = Array.from({ length: 120 }, (_, i) => ({
  text: i % 7 === 0 ? null : `text ${i} ${'ü'.repeat(i % 5)}`,
  messages:
    i % 11 === 0
      ? null
      : Array.from({ length: i % 6 }, (_, j) => ({
          from: j % 2 === 0 ? 'human' : 'gpt',
          value: (i + j) % 5 === 0 ? null : `${i}.${j}`,
        })),
}));

describe('pages of a parquet file', () => {
  // written by another library, with many small pages and an index of them
  const path = (version: number): string =>
    fileURLToPath(new URL(`fixtures/pages-v${version}.parquet`, import.meta.url));

  test.each([1, 2])('version %i: walking finds what the index of the file says', async (version) => {
    const file = await asyncBufferFromFile(path(version));
    const metadata = await parquetMetadataAsync(file);
    const [group] = metadata.row_groups;
    if (!group) throw new Error('no group');
    const found = await findPages(file, metadata, group, compressors);
    let pages = 0;
    for (const { meta_data: column, offset_index_offset: offset, offset_index_length: length } of group.columns) {
      const start = Number(offset);
      const view = new DataView(await file.slice(start, start + (length ?? 0)));
      const known = readOffsetIndex({ view, offset: 0 }).page_locations;
      expect(found[column?.path_in_schema.join('.') ?? '']).toEqual(known);
      pages += known.length;
    }
    expect(pages).toBeGreaterThan(8);
  });

  test.each([1, 2])('version %i: rows read page by page are the rows', async (version) => {
    const file = await openParquet(path(version));
    expect(await file.read(0, 120)).toEqual(nested);
    for (const row of [0, 1, 19, 20, 59, 60, 119]) expect(await file.read(row, row + 1)).toEqual([nested[row]]);
    await file.close();
  });

  test('a large group without an index', async () => {
    const texts = Array.from({ length: 12_000 }, (_, i) => `${i} ${String(i * 7919).repeat(60)}`);
    const plain = { type: 'STRING', encoding: 'PLAIN', offsetIndex: false } as const;
    const path = join(folder, 'large.parquet');
    const buffer = parquetWriteBuffer({ columnData: [{ name: 'text', data: texts, ...plain }], rowGroupSize: 12_000, pageSize: 100_000 }); // prettier-ignore
    writeFileSync(path, new Uint8Array(buffer));
    const file = await openParquet(path);
    expect([file.starts, file.rowsAtOnce(0) < 12_000]).toEqual([[0, 12_000], false]);
    for (const row of [11_999, 0, 6_000]) expect(await file.read(row, row + 1)).toEqual([{ text: texts[row] }]);
    expect((await all(file)).length).toBe(12_000);
  });
});
