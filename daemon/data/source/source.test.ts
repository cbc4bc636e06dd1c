// Every format through the reader and back: real files, written here.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import type { SourceRow } from './row.ts';
import { readRows } from './source.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-source-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return name;
}

async function read(fileName: string, options = {}): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  const entry = parseEntry('set', { file_name: fileName }, 'dataset_info.json');
  for await (const row of readRows(entry, folder, options)) rows.push(row);
  return rows;
}

const values = async (fileName: string): Promise<unknown[]> => (await read(fileName)).map(({ value }) => value);

const failure = async (fileName: string): Promise<string> => {
  try {
    await read(fileName);
  } catch (error) {
    return (error as Error).message.replaceAll(folder, '…');
  }
  return 'no error';
};

const someRows = [
  { instruction: 'a', output: 'with "quotes", commas,\nlines and \\ back\\\\' },
  { instruction: 'ü😀', output: '} {', input: null, list: [1, 2.5, { deep: [true, 'x'] }] },
  { instruction: '', output: '[]{}' },
];

describe('JSON', () => {
  test.each([
    ['a line each', someRows.map((row) => JSON.stringify(row)).join('\n')],
    ['with a last newline, CRLF and blank lines', someRows.map((row) => `${JSON.stringify(row)}\r\n  \r\n`).join('')],
    ['several on a line', someRows.map((row) => JSON.stringify(row)).join(' ')],
    ['several on a line, close together', someRows.map((row) => JSON.stringify(row)).join('')],
    ['spread over lines', someRows.map((row) => JSON.stringify(row, null, 2)).join('\n')],
    ['a list on one line', JSON.stringify(someRows)],
    ['a list over lines', `\n${JSON.stringify(someRows, null, 4)}\n`],
    ['a list, a line each', `[\n${someRows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`],
  ])('%s', async (name, text) => {
    expect(await values(write(`${name}.json`, text))).toEqual(someRows);
    expect(await values(write(`${name}-bom.jsonl`, `\uFEFF${text}`))).toEqual(someRows);
    expect(await values(write(`${name}.json.gz`, gzipSync(text)))).toEqual(someRows);
  });
});

describe('CSV as pandas reads it', () => {
  test('types of columns, missing cells, quotes', async () => {
    const text = [
      'question,count,share,known,answer,empty',
      '"He said ""no"", then',
      'left",1,0.5,True,007,',
      '5" pipe,,2,,NA,',
      '"abc"def, 3 ,1e2,false,x,',
      '',
      'short,4',
    ].join('\r\n');
    expect(await values(write('types.csv', `\uFEFF${text}`))).toEqual([
      { question: 'He said "no", then\r\nleft', count: 1, share: 0.5, known: true, answer: '007', empty: null },
      { question: '5" pipe', count: null, share: 2, known: null, answer: null, empty: null },
      { question: 'abcdef', count: 3, share: 100, known: false, answer: 'x', empty: null },
      { question: 'short', count: 4, share: null, known: null, answer: null, empty: null },
    ]);
  });

  test('names of columns', async () => {
    expect(await values(write('names.csv', 'a,a,,a\n1,2,3,4\n'))).toEqual([
      { a: 1, 'a.1': 2, 'Unnamed: 2': 3, 'a.2': 4 },
    ]);
  });

  test('a header alone has no rows, a file without one is refused', async () => {
    expect(await values(write('header.csv', 'a,b\n'))).toEqual([]);
    expect(await failure(write('nothing.csv', ''))).toBe(
      '…/nothing.csv is empty: its first line must name the columns.',
    );
  });
});

test('a text file has a row a line', async () => {
  expect(await values(write('lines.txt', '\uFEFFone\r\n\r\ntwo\rthree\n'))).toEqual([
    { text: 'one' },
    { text: '' },
    { text: 'two' },
    { text: 'three' },
  ]);
});

describe('places', () => {
  test('line, offset and text of a row', async () => {
    const text = '\n{"a": "ü"}\n\n  {"a":\n 2} {"a": 3}\n';
    const rows = await read(write('places.jsonl', text));
    expect(rows.map(({ row, line, text }) => ({ row, line, text }))).toEqual([
      { row: 0, line: 2, text: '{"a": "ü"}' },
      { row: 1, line: 4, text: '{"a":\n 2}' },
      { row: 2, line: 5, text: '{"a": 3}' },
    ]);
    const bytes = Buffer.from(text);
    for (const { offset = 0, length = 0, text } of rows)
      expect(bytes.subarray(offset, offset + length).toString()).toBe(text);
  });
});
