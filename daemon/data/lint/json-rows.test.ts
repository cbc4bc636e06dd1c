// Rows of JSON in every state of repair: what is read, what is told, and where; cut anywhere, the outcome is the same.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Range } from '../../recipe/finding.ts';
import { JsonRows } from './json-rows.ts';

interface Outcome {
  rows: [line: number, value: unknown][];
  told: string[];
}

function read(text: string, jsonl = true, cuts: readonly number[] = []): Outcome {
  const outcome: Outcome = { rows: [], told: [] };
  const reader = new JsonRows(
    {
      row: (row) => outcome.rows.push([row.line, row.value]),
      trouble: ({ line, column, endLine, endColumn }: Range, severity, code) =>
        outcome.told.push(`${line}:${column}-${endLine}:${endColumn} ${severity} ${code}`),
    },
    jsonl,
  );
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    reader.push(text.slice(from, cut));
    from = cut;
  }
  reader.end();
  return outcome;
}

const a = '{"a": 1}';
const b = '{"b": "x"}';

describe('lines', () => {
  test.each([
    ['one a line', `${a}\n${b}\n`, [1, 2]],
    ['no line break at the end', `${a}\n${b}`, [1, 2]],
    ['CRLF', `${a}\r\n${b}\r\n`, [1, 2]],
    ['blank lines', `\n\n${a}\n  \n${b}\n\n`, [3, 5]],
    ['spread over lines', `{\n "a": 1\n}\n{\n "b": {\n  "c": [1]\n }\n}\n`, [1, 4]],
    ['spread after a line of its own', `${a}\n{\n "b": 2\n}\n${b}`, [1, 2, 5]],
    ['brackets in texts', '{"a": "}{][\\""}\n{"b": "\\\\"}', [1, 2]],
  ])('%s', (_name, text, lines) => {
    const { rows, told } = read(text, false);
    expect([rows.map(([line]) => line), told]).toEqual([lines, []]);
  });

  test.each([
    ['a comma at the end', `${a},\n${b}\n`, 2, ['1:9-1:10 error json-syntax']],
    ['two rows on a line', `${a}${b}\n${a}`, 3, ['1:9-1:19 error json-syntax']],
    ['text after a row', `${a} # no\n${b}`, 2, ['1:10-1:14 error json-syntax']],
    ['cut off in a text', `${a}\n{"b": "x`, 1, ['2:7-2:9 error json-syntax']],
    ['cut off after a value', `${a}\n{"b": 2`, 1, ['2:8-2:9 error json-syntax']],
    ['not closed, and the next line is sound', `{"a": 1,\n${b}\n${b}`, 2, ['1:8-1:9 error json-syntax']],
    ['no value', `{"a": }\n${b}`, 1, ['1:7-1:8 error json-syntax']],
    ['single quotes', `{'a': 1}\n${b}`, 1, ['1:2-1:5 error json-syntax']],
    ['a word', `{"a": NaN}\n${b}`, 1, ['1:7-1:10 error json-syntax']],
    ['a comment', `// rows\n${a}`, 1, ['1:1-1:8 error json-syntax']],
    ['a raw tab', `{"a": "x\ty"}\n${a}`, 1, ['1:9-1:10 error control-character']],
    ['a raw NUL', `${a}\n{"a": "x\0y"}`, 1, ['2:9-2:10 error control-character']],
    ['plain text', `hello\n${a}`, 1, ['1:1-1:6 error json-syntax']],
    ['a bracket too many', `${a}}\n${b}`, 2, ['1:9-1:10 error json-syntax']],
  ])('%s', (_name, text, rows, told) => {
    const outcome = read(text);
    expect([outcome.rows.length, outcome.told]).toEqual([rows, told]);
  });
});

describe('lists', () => {
  test.each([
    ['on one line', `[${a}, ${b}]`, [1, 1]],
    ['on lines of their own', `[\n  ${a},\n  ${b}\n]\n`, [2, 3]],
    ['spread over lines', `\n[\n {\n  "a": 1\n },\n {\n  "b": [\n   {"c": 1},\n   {"d": 2}\n  ]\n }\n]`, [3, 6]],
    ['nothing in it', '[\n]\n', []],
    ['words and numbers', '["x, ]", 1, null, [2]]', [1, 1, 1, 1]],
  ])('%s', (_name, text, lines) => {
    const { rows, told } = read(text, false);
    expect([rows.map(([line]) => line), told]).toEqual([lines, []]);
  });

  test.each([
    ['a comma missing', `[\n${a}\n${b}\n]`, 2, ['3:1-3:11 error json-syntax']],
    ['a comma at the end', `[${a},\n]`, 1, ['2:1-2:2 error json-syntax']],
    ['two commas', `[${a},,${b}]`, 2, ['1:11-1:12 error json-syntax']],
    ['not closed', `[${a},\n${b}\n`, 2, ['3:1-3:2 error json-syntax']],
    ['a row not closed, then another', `[\n {"a": 1\n ,\n ${b},\n ${a}\n]`, 2, ['3:2-3:3 error json-syntax']],
    ['the last row not closed', `[\n${a},\n{"b": 1`, 1, ['3:8-3:9 error json-syntax']],
    ['a text not closed on its line', `[\n {"a": "x\n },\n ${b}\n]`, 1, ['2:8-2:10 error json-syntax']],
    ['a brace too many', `[${a}}, ${b}]`, 2, ['1:10-1:11 error json-syntax']],
    ['a brace missing in front', `[\n "a": 1,\n "b": 2\n },\n ${b}\n]`, 1, ['2:2-2:9 error json-syntax']],
    [
      'a brace too many within',
      `[\n {\n "a": 1,}\n "b": 2\n },\n ${b}\n]`,
      1,
      ['3:8-3:9 error json-syntax', '4:2-4:8 error json-syntax'],
    ],
    [
      'a blank that is none',
      `[\u00A0${a},\n\u3000${b}]`,
      2,
      ['1:2-1:3 error json-syntax', '2:1-2:2 error json-syntax'],
    ],
    ['more after it', `[${a}]\n${b}`, 1, ['2:1-2:2 error json-syntax']],
    ['no value', `[{"a": }, ${b}]`, 1, ['1:8-1:9 error json-syntax']],
  ])('%s', (_name, text, rows, told) => {
    const outcome = read(text, false);
    expect([outcome.rows.length, outcome.told]).toEqual([rows, told]);
  });

  test('a list in .jsonl is told, a list a line are rows', () => {
    expect(read(`[${a},\n${b}]`).told).toEqual(['1:1-1:2 warning json-array-in-jsonl']);
    expect(read(`[${a}]\n[${b}]\n`)).toEqual({
      rows: [
        [1, [{ a: 1 }]],
        [2, [{ b: 'x' }]],
      ],
      told: [],
    });
  });
});

describe('any text, cut anywhere', () => {
  const piece = fc.constantFrom(a, b, '{', '}', '[', ']', ',', '"', '\\', '\n', '\r\n', ' ', '"k": ', '"v"', ': ', 'null', 'é🙂', '{"m": [{"r": "u"},\n {"r": "g"}]}'); // prettier-ignore
  const texts = fc.array(piece, { maxLength: 24 }).map((parts) => parts.join(''));

  test('the outcome does not depend on the cuts', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(120), { maxLength: 6 }), fc.boolean(), (text, cuts, jsonl) => {
        const inside = cuts.map((cut) => Math.min(cut, text.length)).sort((x, y) => x - y);
        expect(read(text, jsonl, inside)).toEqual(read(text, jsonl));
      }),
      { numRuns: 1000 },
    );
  });

  test('a text that is JSON, or JSON a line, has no syntax findings', () => {
    const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.boolean(), fc.constantFrom(undefined, 1, '\t'), (values, list, indent) => {
        const text = list ? JSON.stringify(values, null, indent) : values.map((value) => JSON.stringify(value, null, indent)).join('\n'); // prettier-ignore
        const outcome = read(text, false);
        expect([outcome.told, outcome.rows.map(([, value]) => value)]).toEqual([
          [],
          JSON.parse(JSON.stringify(values)),
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
