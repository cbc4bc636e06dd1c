// Every format through the reader and back: real files, written here.
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { BrokenRowError } from './row.ts';
import { DataFolder } from './testing.ts';

const folder = new DataFolder();
afterAll(() => folder.remove());

const write = folder.write.bind(folder);
const read = folder.read.bind(folder);
const values = folder.values.bind(folder);
const failure = folder.failure.bind(folder);

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

describe('what cannot be read names file and line', () => {
  test.each([
    ['cut.jsonl', '{"a": 1}\n{"a": 2', "…/cut.jsonl, line 2, column 8: Expected ',' or '}' after property value."],
    ['string.jsonl', '{"a": 1}\n\n{"a": "x\n{"a": 2}\n', '…/string.jsonl, line 3, column 9: Unterminated string.'],
    ['comma.jsonl', '{"a": 1,}\n', '…/comma.jsonl, line 1, column 9: Expected double-quoted property name.'],
    ['word.jsonl', '{"a": 1}\nhello\n', '…/word.jsonl, line 2: Unexpected token \'h\', "hello" is not valid JSON.'],
    ['open.jsonl', '{"a": 1\n{"a": 2}\n', "…/open.jsonl, line 1, column 8: Expected ',' or '}' after property value."],
    ['nul.jsonl', '{"a": "\u0000"}\n', '…/nul.jsonl, line 1, column 8: Bad control character in string literal.'],
    ['between.json', '[\n{"a": 1}\n{"a": 2}\n]', '…/between.json, line 3: a comma is missing in front of this row.'],
    ['last.json', '[\n{"a": 1},\n]', '…/last.json, line 3: the list of rows ends in a comma: remove it.'],
    ['two.json', '[{"a": 1},,{"a": 2}]', '…/two.json, line 1: there is a comma without a row in front of it.'],
    ['after.json', '[{"a": 1}]\n{"a": 2}', '…/after.json, line 2: there is text after the end of the list of rows.'],
    ['unclosed.json', '[\n{"a": 1},\n{"a": 2}\n', '…/unclosed.json, line 4: the list of rows is not closed with ].'],
    ['deep.json', '[{"a": {\n"b": [1, 2}\n}\n]', /^…\/deep\.json, line 2, column 11: Expected ',' or ']'/],
    ['half.jsonl', '{"a": "\\ud83d"}\n', /^…\/half\.jsonl, line 1, column 8: half a character/],
    ['quote.csv', 'a,b\n1,"x\ny,2\n', /^…\/quote\.csv, line 2: a field of this record opens a quote/],
    [
      'extra.csv',
      'a,b\n1,2\n"1\n",2,3\n',
      /^…\/extra\.csv, line 3: the record has 3 fields, but the header names 2 columns/,
    ],
  ])('%s', async (name, text, message) => {
    const told = await failure(write(name, text));
    if (typeof message === 'string') expect(told).toBe(message);
    else expect(told).toMatch(message);
  });

  test('bytes that are not UTF-8', async () => {
    const latin1 = Buffer.from('{"a": "é"}\n', 'latin1');
    const whole = Buffer.concat([Buffer.from('{"a": "ü"}\n'), latin1]);
    const message = 'there are bytes that are not UTF-8: save the file as UTF-8.';
    expect(await failure(write('latin1.jsonl', whole))).toBe(`…/latin1.jsonl, line 2, column 8: ${message}`);
    expect(await failure(write('latin1.txt', whole))).toBe(`…/latin1.txt, line 2, column 8: ${message}`);
    const table = Buffer.concat([Buffer.from('a\n"x\ny\n'), Buffer.from('é"\n', 'latin1')]);
    expect(await failure(write('latin1.csv', table))).toBe(`…/latin1.csv, line 4, column 1: ${message}`);
    expect(await failure(write('utf16.json', Buffer.from('\uFEFF[]', 'utf16le')))).toBe(
      '…/utf16.json, line 1: the file is UTF-16: save it as UTF-8.',
    );
  });

  test('a file that ends before gzip says it does', async () => {
    const packed = gzipSync('{"a": 1}\n'.repeat(1000));
    expect(await failure(write('short.jsonl.gz', packed.subarray(0, -20)))).toBe(
      '…/short.jsonl.gz cannot be read: unexpected end of file.',
    );
  });

  test('reading may go on behind it', async () => {
    const broken: BrokenRowError[] = [];
    const name = write('many.jsonl', '{"a": 1}\n{"a": 2\n{"a": 3}\n{"a": 4}}\n"text"\n{"a": 6}\n');
    const rows = await read(name, { onBroken: (error: BrokenRowError) => broken.push(error) });
    expect(rows.map(({ row, value }) => [row, value])).toEqual([
      [0, { a: 1 }],
      [2, { a: 3 }],
      [4, 'text'],
      [5, { a: 6 }],
    ]);
    expect(broken.map(({ place }) => [place.row, place.line, place.column])).toEqual([
      [1, 2, 8],
      [3, 4, 9],
    ]);
  });
});

describe('files', () => {
  test('a folder: sorted, without what is hidden', async () => {
    write('shards/b.jsonl', '{"a": 2}');
    write('shards/a.jsonl', '{"a": 1}');
    write('shards/.DS_Store', 'x');
    expect((await read('shards')).map(({ row, value }) => [row, value])).toEqual([
      [0, { a: 1 }],
      [1, { a: 2 }],
    ]);
    write('shards/README.md', 'text');
    expect(await failure('shards')).toMatch(/^…\/shards\/README\.md is of a type that cannot be read/);
    write('mixed/a.csv', 'a\n1\n');
    write('mixed/b.json', '[]');
    expect(await failure('mixed')).toBe(
      'The dataset set has files of several types (csv, json): keep one type, or make an entry for each.',
    );
  });

  test('a pattern', async () => {
    write('globbed/train-2.jsonl', '{"a": 2}');
    write('globbed/train-1.jsonl.gz', gzipSync('{"a": 1}'));
    write('globbed/deep/train-3.jsonl', '{"a": 3}');
    write('globbed/test-1.jsonl', '{"a": 9}');
    expect(await values('globbed/train-*')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await values('globbed/**/train-*.jsonl')).toEqual([{ a: 3 }, { a: 2 }]);
    expect(await values('globbed/train-[12]*')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await failure('globbed/dev-*')).toBe('The dataset set: no file in … fits globbed/dev-*.');
    expect(await failure('nowhere/*.json')).toBe('The dataset set: no file in … fits nowhere/*.json.');
  });

  test('none, and of no type', async () => {
    expect(await failure('absent.json')).toBe('The dataset set names the file absent.json, which is not in ….');
    expect(await failure(write('rows', '{}'))).toMatch(/^…\/rows is of a type that cannot be read/);
    expect(await failure(write('rows.parquet.gz', '{}'))).toMatch(/is of a type that cannot be read/);
  });
});
