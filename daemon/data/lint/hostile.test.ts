// Files that nobody would write on purpose: nothing throws, and findings lie inside of the text.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { checkDatasetInfo } from '../../recipe/dataset-info/check.ts';
import type { Finding } from '../../recipe/finding.ts';
import { RowsCheck } from './check-rows.ts';
import { rowsUse } from './check-datasets.ts';
import { jsonl, roles } from './testing/check-text.ts';

const entries = [{}, { formatting: 'sharegpt', columns: { messages: 'conversations', tools: 'tools' } }, { formatting: 'openai', ...roles }].map((entry) => parseEntry('mine', { file_name: 'rows.jsonl', ...entry }, 'dataset_info.json')); // prettier-ignore

async function check(text: string, entry = entries[0]): Promise<Finding[]> {
  const whole = entry ?? parseEntry('mine', { file_name: 'rows.jsonl' }, 'dataset_info.json');
  const use = rowsUse(whole, { datasetDir: '.', stage: 'sft', templateName: 'qwen', cutoffLength: 64 });
  const found: Finding[] = [];
  for await (const finding of new RowsCheck('rows.jsonl', { path: 'rows.jsonl', text }, use).run()) found.push(finding);
  return found;
}

const rows = jsonl(
  { instruction: 'Say "hi" \\ <|im_end|>', input: '', output: '<think>é🙂</think>\n' },
  { conversations: [{ from: 'human', value: 'a' }, { from: 'gpt', value: 'b' }], tools: '[{"name": "f"}]' },
  { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }] },
); // prettier-ignore

describe('rows', () => {
  const places = fc.tuple(fc.nat(rows.length), fc.constantFrom('', '"', '{', '}', '[', ']', ',', '\n', '\\', '\0', '\ud800', 'x'), fc.nat(12)); // prettier-ignore

  test('cut, changed and put together anyhow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(places, { maxLength: 6 }), fc.nat(2), async (edits, which) => {
        const text = edits.reduce((rest, [at, added, removed]) => rest.slice(0, at) + added + rest.slice(at + removed), rows); // prettier-ignore
        const lines = text.split('\n');
        for (const { line, column, endLine, endColumn } of await check(text, entries[which])) {
          expect(line).toBeLessThanOrEqual(endLine);
          expect(endLine).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(endColumn).toBeLessThanOrEqual((lines[endLine - 1] ?? '').length + 2);
        }
      }),
      { numRuns: 800 },
    );
  });

  test.each([
    ['nested a hundred thousand deep', `{"instruction": "a", "input": ${'['.repeat(1e5)}${']'.repeat(1e5)}, "output": ""}`, 'empty-response'],
    ['opened a hundred thousand times', '['.repeat(1e5), 'json-syntax'],
    ['a name of objects', '{"__proto__": {"output": "x"}, "instruction": "a", "input": "", "output": ""}', 'empty-response'],
    ['names of methods', '{"constructor": 1, "toString": "a", "hasOwnProperty": null}', 'missing-field'],
  ])('%s', async (_name, text, code) => {
    expect((await check(text)).map((finding) => finding.code)).toContain(code);
  }); // prettier-ignore
});

test('every beginning of a dataset_info.json, and every one without a character', () => {
  const text = JSON.stringify({ a: { file_name: 'a.json', formatting: 'sharegpt', columns: { messages: 'm', tools: 't' }, tags: { role_tag: 'r' }, ranking: true } }, null, 1); // prettier-ignore
  for (let at = 0; at <= text.length; at++) {
    for (const part of [text.slice(0, at), text.slice(0, at) + text.slice(at + 1)]) {
      const lines = part.split('\n').length;
      expect(checkDatasetInfo(part, 'dataset_info.json').every(({ line }) => line <= lines)).toBe(true);
    }
  }
});
