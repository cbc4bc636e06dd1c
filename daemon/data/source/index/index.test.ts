// Rows by number: the same as in order, from every format, found again without reading the file, never from a stale index.
import { appendFileSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, test } from 'vitest';
import type { SourceRow } from '../row.ts';
import { DataFolder, entryOf } from '../testing.ts';
import { byteFile, openTextFile } from '../text/layout.ts';
import { readTextRows } from '../text/read-text.ts';
import { openDataset, type OpenDataset } from './open-dataset.ts';
import { entryBefore, indexRows } from './row-index.ts';

const folder = new DataFolder();
const cacheFolder = new DataFolder();
const cache = cacheFolder.path;
afterAll(() => {
  folder.remove();
  cacheFolder.remove();
});

const open = (name: string, options = {}): Promise<OpenDataset> =>
  openDataset(entryOf(name), folder.path, { cache, ...options });

async function everyRow(dataset: OpenDataset, from = 0, to = Infinity): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const row of dataset.readRows(from, to)) rows.push(row);
  return rows;
}

const table = (count: number): { id: number; text: string }[] =>
  Array.from({ length: count }, (_, id) => ({ id, text: `row ${id} ü "quoted", ${'x'.repeat(id % 50)}` }));

const jsonl = (count: number): string => table(count).map((row) => `${JSON.stringify(row)}\n`).join(''); // prettier-ignore

const csv = (count: number): string =>
  `id,text\n${table(count).map(({ id, text }) => `${id},"${text.replaceAll('"', '""')}\n"\n`).join('')}`; // prettier-ignore

const parquet = (count: number): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: table(count).map(({ id }) => id), type: 'INT32' },
        { name: 'text', data: table(count).map(({ text }) => text), type: 'STRING' },
      ],
      rowGroupSize: 100,
    }),
  );

describe('rows by number are the rows in order', () => {
  test.each([
    ['rows.jsonl', jsonl(1000)],
    ['list.json', JSON.stringify(table(1000))],
    ['pretty.json', JSON.stringify(table(1000), null, 2)],
    ['close.json', table(1000).map((row) => JSON.stringify(row)).join('')], // prettier-ignore
    ['rows.csv', csv(1000)],
    ['rows.txt', `\uFEFF${'line\r\n\r\n'.repeat(500)}`],
    ['rows.jsonl.gz', gzipSync(jsonl(1000))],
    ['rows.parquet', parquet(1000)],
  ])('%s', async (name, content) => {
    folder.write(name, content);
    const inOrder = await folder.read(name);
    expect(inOrder.length).toBe(1000);
    const dataset = await open(name);
    expect([dataset.rows, dataset.files]).toEqual([1000, [{ path: join(folder.path, name), firstRow: 0, rows: 1000 }]]);
    expect(await everyRow(dataset)).toEqual(inOrder);
    for (const row of [0, 1, 255, 256, 257, 511, 512, 700, 999])
      expect(await dataset.readRow(row)).toEqual(inOrder[row]);
    expect(await everyRow(dataset, 250, 520)).toEqual(inOrder.slice(250, 520));
    expect(await everyRow(dataset, 990, 2000)).toEqual(inOrder.slice(990));
    expect(await everyRow(dataset, 5, 5)).toEqual([]);
    await expect(dataset.readRow(1000)).rejects.toThrow(
      'The dataset set has 1000 rows, counted from 0; there is no row 1000.',
    );
    await dataset.close();
  });

  test('any layout, any distance of entries', async () => {
    const row = fc.record({
      a: fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', 'ü', ' ', '\n'), maxLength: 6 }),
    });
    const gap = fc.constantFrom('\n', ' ', '', '\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(row, gap), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 9 }), fc.boolean(), async (rows, rowsApart, isList) => {
        const texts = rows.map(([row, gap]) => gap + JSON.stringify(row));
        const name = folder.write('any.json', isList ? `[${texts.join(',')}\n]` : texts.join(''));
        const file = await openTextFile(await byteFile(join(folder.path, name)), { kind: 'json' });
        const index = await indexRows(file, { rowsApart });
        expect([index.rows, index.numbers.length]).toEqual([rows.length, Math.ceil(rows.length / rowsApart)]);
        const all = await folder.read(name);
        for (const [i, whole] of all.entries()) {
          const entry = entryBefore(index, { row: i });
          for await (const found of readTextRows(file, { from: entry.place, skip: i - entry.row, chunk: 16 })) {
            expect({ ...found, row: i }).toEqual(whole);
            break;
          }
        }
      }),
      { numRuns: 60 },
    ); // prettier-ignore
  });

  test('several files are one dataset', async () => {
    folder.write('parts/a.jsonl', jsonl(300));
    folder.write('parts/b.jsonl.gz', gzipSync(jsonl(10)));
    folder.write('parts/c.jsonl', '');
    folder.write('parts/d.jsonl', jsonl(5));
    const dataset = await open('parts');
    expect(dataset.files.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
      [0, 300],
      [300, 10],
      [310, 0],
      [310, 5],
    ]);
    expect(await everyRow(dataset)).toEqual(await folder.read('parts'));
    expect((await everyRow(dataset, 298, 312)).map(({ row, value }) => [row, (value as { id: number }).id])).toEqual([
      [298, 298], [299, 299], ...Array.from({ length: 10 }, (_, i) => [300 + i, i]), [310, 0], [311, 1],
    ]); // prettier-ignore
  });
});

describe('places', () => {
  test('from a row to its place and back', async () => {
    const text = `\n${jsonl(600)}`;
    const path = join(folder.path, folder.write('places.jsonl', text));
    const dataset = await open('places.jsonl');
    const place = await dataset.placeOf(500);
    expect(place).toEqual({ file: path, line: 502, offset: Buffer.from(text).indexOf('{"id":500,'), length: JSON.stringify(table(600)[500]).length + 1 }); // prettier-ignore
    const { offset = 0, length = 0 } = place ?? {};
    expect(await dataset.rowAt(path, { offset })).toBe(500);
    expect(await dataset.rowAt(path, { offset: offset + length - 1 })).toBe(500);
    expect(await dataset.rowAt(path, { offset: offset + length })).toBe(501);
    expect(await dataset.rowAt(path, { line: 1 })).toBe(0);
    expect(await dataset.rowAt(path, { line: 502 })).toBe(500);
    expect(await dataset.rowAt(path, { line: 601 })).toBe(599);
    expect(await dataset.rowAt(path, { line: 602 })).toBe(undefined);
    expect(await dataset.rowAt(`${path}x`, { line: 1 })).toBe(undefined);
  });

  test('a row over several lines', async () => {
    const path = join(folder.path, folder.write('lines.json', JSON.stringify(table(3), null, 2)));
    const dataset = await open('lines.json');
    expect([await dataset.rowAt(path, { line: 2 }), await dataset.rowAt(path, { line: 5 })]).toEqual([0, 0]);
    expect(await dataset.rowAt(path, { line: 6 })).toBe(1);
  });

  test('a parquet file has none', async () => {
    folder.write('some.parquet', parquet(3));
    const dataset = await open('some.parquet');
    expect(await dataset.placeOf(1)).toBe(undefined);
    expect(await dataset.rowAt(join(folder.path, 'some.parquet'), { line: 1 })).toBe(undefined);
    await dataset.close();
  });
});

describe('the index on disk', () => {
  const large = jsonl(130_000);
  const isRead = async (name: string): Promise<boolean> => {
    let read = false;
    const dataset = await open(name, { progress: () => (read = true) });
    expect((await dataset.readRow(100_000)).value).toEqual(table(100_001)[100_000]);
    return read;
  };

  test('is kept for a large file, and used until the file changes', async () => {
    folder.write('large.jsonl', large);
    expect([await isRead('large.jsonl'), await isRead('large.jsonl')]).toEqual([true, false]);
    appendFileSync(join(folder.path, 'large.jsonl'), '{"id": "new"}\n');
    expect([await isRead('large.jsonl'), await isRead('large.jsonl')]).toEqual([true, false]);
    // the same size and time, other bytes at the end
    const path = join(folder.path, 'large.jsonl');
    utimesSync(path, 1000, 1000);
    expect([await isRead('large.jsonl'), await isRead('large.jsonl')]).toEqual([true, false]);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"new"', '"NEW"'));
    utimesSync(path, 1000, 1000);
    expect([await isRead('large.jsonl'), await isRead('large.jsonl')]).toEqual([true, false]);
  });

  test('is made again where it is damaged', async () => {
    folder.write('damaged.jsonl', large);
    const before = new Set(readdirSync(join(cache, 'index')));
    await isRead('damaged.jsonl');
    const [name = ''] = readdirSync(join(cache, 'index')).filter((file) => !before.has(file));
    const path = join(cache, 'index', name);
    const bytes = readFileSync(path);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect([await isRead('damaged.jsonl'), await isRead('damaged.jsonl')]).toEqual([true, false]);
    truncateSync(path, 10);
    expect([await isRead('damaged.jsonl'), await isRead('damaged.jsonl')]).toEqual([true, false]);
  });

  test('cannot be written: nothing but time is lost', async () => {
    folder.write('unwritable.jsonl', large);
    // a file in the place of the folder
    const blocked = join(folder.path, folder.write('blocked', 'x'));
    const dataset = await open('unwritable.jsonl', { cache: blocked });
    expect(dataset.rows).toBe(130_000);
  });

  test('an unpacked copy is made anew where the packed file changes', async () => {
    folder.write('packed.jsonl.gz', gzipSync(jsonl(3)));
    expect((await open('packed.jsonl.gz')).rows).toBe(3);
    folder.write('packed.jsonl.gz', gzipSync(jsonl(4)));
    expect((await open('packed.jsonl.gz')).rows).toBe(4);
    folder.write('packed.jsonl.gz', gzipSync(jsonl(5)).subarray(0, 60));
    await expect(open('packed.jsonl.gz')).rejects.toThrow(
      /packed\.jsonl\.gz cannot be unpacked into .*: unexpected end of file\.$/,
    );
  });
});

test('a file that changes while it is open is not read wrongly', async () => {
  const path = join(folder.path, folder.write('changing.jsonl', jsonl(10)));
  const dataset = await open('changing.jsonl');
  writeFileSync(path, jsonl(11));
  await expect(dataset.readRow(3)).rejects.toThrow(`${path} has changed since it was opened: open it again.`);
});

test('indexing stops when it is told to', async () => {
  folder.write('stopped.jsonl', jsonl(10));
  await expect(open('stopped.jsonl', { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
});
