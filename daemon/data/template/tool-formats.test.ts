// Every example of the tool formats' facts: tools and calls as they are written, and calls read back.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCalls } from './parse-calls.ts';
import { dumpPython, parsePython, toPython } from './python-json.ts';
import { toolFormats } from './tool-formats.ts';
import { renderCalls, renderTools } from './tools.ts';

interface Example {
  case: string;
  text: string;
  tools?: unknown;
  calls?: { name: string; arguments: unknown }[];
  content?: string;
  roundTrip?: boolean;
  returnsText?: boolean;
  error?: string;
}

const { formats } = JSON.parse(
  readFileSync(new URL('../fixtures/facts/tool-formats.json', import.meta.url), 'utf8'),
) as { formats: { name: string; examples: Record<'system' | 'call' | 'parse' | 'functionMessage', Example[]> }[] };

test('the formats are those of the facts', () => {
  expect(Object.keys(toolFormats).sort()).toEqual(formats.map(({ name }) => name).sort());
});

describe.each(formats)('$name', ({ name, examples }) => {
  test.each(examples.system)('writes tools: $case', ({ tools, text, error }) => {
    const written = (): string => renderTools(name, dumpPython(toPython(tools)), '15 Jan 2025');
    if (error === undefined) expect(written()).toBe(text);
    else expect(written).toThrow(/^A row has/);
  });

  test.each(examples.call)('writes calls: $case', ({ calls, text, error }) => {
    const written = (): string => renderCalls(name, dumpPython(toPython(calls)));
    if (error === undefined) expect(written()).toBe(text);
    else expect(written).toThrow(/^A row has/);
  });

  test.each(examples.functionMessage)('writes a function message: $case', ({ content = '', text }) => {
    expect(renderCalls(name, content)).toBe(text);
  });

  // where upstream stops with an error the text is taken as words
  test.each(examples.parse)('reads back: $case', ({ case: title, text, calls, roundTrip, returnsText, error }) => {
    const written = roundTrip ? examples.call.find((each) => `back-${each.case}` === title)?.calls : calls;
    const expected = returnsText || error !== undefined ? undefined : written;
    const read = parseCalls(name, text);
    const values = read?.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) as unknown }));
    expect(values).toEqual(expected);
  });
});

test('calls come back with the numbers and the order they were written with', () => {
  const args = '{"10": 1.0, "2": 12345678901234567890, "b": -0.0}';
  const written = renderCalls('qwen', `{"name": "f", "arguments": ${args}}`);
  expect(parseCalls('qwen', written)).toEqual([{ name: 'f', arguments: args }]);
});

test('arguments that are text stay text in JSON formats and are refused where keys are needed', () => {
  const content = String.raw`{"name": "f", "arguments": "{\"a\": 1}"}`;
  expect(renderCalls('mistral', content)).toBe(String.raw`[{"name": "f", "arguments": "{\"a\": 1}"}]`);
  expect(() => renderCalls('qwen3_5', content)).toThrow('a call of f whose arguments are not an object');
});

test.each(['NaN', '[Infinity, -Infinity]', '{"a": 1, "a": 2}', ' [1]\n'])('JSON as Python reads it: %s', (text) => {
  expect(dumpPython(parsePython(text))).toBe(text.trim().replace('"a": 1, ', ''));
});

test.each(['01', "{'a': 1}", '[1,]', '{"a" 1}', '"\u0001"', String.raw`"\x"`, '', '[1] 2', '\uFEFF[]', '-'])(
  'no JSON to Python: %s',
  (text) => {
    expect(() => parsePython(text)).toThrow(SyntaxError);
  },
);
