// What a run refuses or leaves out, the checks call an error: on rows of every layout with anything in any place.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../errors.ts';
import { parseEntry, type DatasetEntry } from '../../recipe/dataset-info.ts';
import { alignRow } from '../align/align.ts';
import { checkMedia } from '../encoding/check-media.ts';
import { unusable } from '../supervised/encode.ts';
import { findTemplate } from '../template/registry.ts';
import { renderTurns } from '../template/renderer.ts';
import { RowsCheck } from './check-rows.ts';
import { roles } from './testing/check-text.ts';

const oddity = fc.constantFrom<unknown>(null, '', 7, true, [], {}, ['x'], { a: 1 }, undefined);
const orOdd = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: oddity });
const text = fc.constantFrom('Hi', 'What is a jib?', 'A sail.', '<image>x');
const row = (columns: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(columns, { requiredKeys: [] }).map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);

const tools = orOdd(fc.constantFrom<unknown>('[]', '', '[{"name": "f", "parameters": {"properties": {}}}]', '[{', '{}', '[{}]', [{ name: 'f' }])); // prettier-ignore
const images = orOdd(fc.constantFrom<unknown>(null, [], ['a.png'], 'a.png'));
const call = fc.constantFrom('{"name": "f", "arguments": {}}', '[{"name": "f", "arguments": {}}]', '{"name": "f"}', 'f()', '<think>x</think>{"name": "f", "arguments": {}}'); // prettier-ignore

function messages(roleTag: string, contentTag: string, authors: readonly string[]): fc.Arbitrary<unknown> {
  const message = fc
    .record(
      {
        [roleTag]: orOdd(fc.constantFrom(...authors)),
        [contentTag]: orOdd(fc.oneof(text, call)),
        tool_calls: orOdd(
          fc.constantFrom<unknown>(null, [{ function: { name: 'f', arguments: '{}' } }], [{ id: 1 }], {}),
        ),
        weight: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(1, 'x', -1, false) }), // prettier-ignore
      },
      { requiredKeys: [roleTag, contentTag] },
    )
    .map((value) => value as unknown);
  // mostly in turn, so that more than the order is met
  const turns = fc
    .array(message, { maxLength: 5 })
    .map((list) =>
      list.map((each, i) => (i % 2 === 0 || typeof each !== 'object' ? each : { ...each, [roleTag]: authors[1] })),
    );
  return fc.oneof({ weight: 8, arbitrary: turns }, { weight: 3, arbitrary: fc.array(orOdd(message), { maxLength: 4 }) }, { weight: 1, arbitrary: oddity }); // prettier-ignore
}

const columns = { system: 'system', tools: 'tools', images: 'images', kto_tag: 'label' };
const shared = { system: orOdd(text), tools, images, label: orOdd(fc.boolean()) };
const history = orOdd(fc.constantFrom<unknown>([['a', 'b']], [['a']], [['a', 3]], 'x', [[]]));
const flat = row({ instruction: orOdd(text), input: orOdd(text), output: orOdd(text), history, chosen: orOdd(text), rejected: orOdd(text), ...shared }); // prettier-ignore
const answer = (role: string, content: string): fc.Arbitrary<unknown> =>
  orOdd(fc.record({ [role]: orOdd(fc.constantFrom('gpt', 'human', 'assistant')), [content]: orOdd(text) }));

const layouts = {
  alpaca: { entry: { columns: { prompt: 'instruction', query: 'input', response: 'output', history: 'history', chosen: 'chosen', rejected: 'rejected', ...columns } }, rows: flat },
  sharegpt: {
    entry: { formatting: 'sharegpt', columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected', ...columns } },
    rows: row({ conversations: messages('from', 'value', ['human', 'gpt', 'observation', 'function_call', 'system', 'user']), chosen: answer('from', 'value'), rejected: answer('from', 'value'), ...shared }),
  },
  openai: {
    entry: { formatting: 'openai', ...roles, columns: { ...roles.columns, chosen: 'chosen', rejected: 'rejected', ...columns } },
    rows: row({ messages: messages('role', 'content', ['user', 'assistant', 'tool', 'function', 'system', 'gpt']), chosen: answer('role', 'content'), rejected: answer('role', 'content'), ...shared }),
  },
} as const; // prettier-ignore

const template = findTemplate('qwen');

/** Why a run does not take a row; undefined where it does. */
function refusal(value: Record<string, unknown>, entry: DatasetEntry, stage: string): string | undefined {
  try {
    const aligned = alignRow(value, entry, { dataset: 'mine', row: 0 });
    if ('dropped' in aligned) return aligned.dropped;
    const pair = stage === 'dpo' || stage === 'rm';
    if (pair && !aligned.preference) return 'no pair';
    if (stage === 'kto' && aligned.desirable === undefined) return 'no tag';
    if (stage === 'sft') {
      const dropped = unusable(aligned);
      if (dropped) return dropped.dropped;
    }
    const all = aligned.preference ? [...aligned.messages, aligned.preference.chosen] : aligned.messages;
    checkMedia(aligned, all, template);
    renderTurns(template, { ...aligned, messages: all }, { enableThinking: true, discardHistoryThoughts: false, today: '01 Jan 2025' }); // prettier-ignore
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

describe.each(Object.entries(layouts))('%s', (_name, { entry, rows }) => {
  test.each(['sft', 'kto', 'dpo'])('stage %s', async (stage) => {
    const whole = parseEntry('mine', { file_name: 'rows.jsonl', ...entry, ranking: stage === 'dpo' }, 'dataset_info.json'); // prettier-ignore
    const parsed = stage === 'dpo' ? { ...whole, columns: { ...whole.columns, kto_tag: undefined } } : whole;
    await fc.assert(
      fc.asyncProperty(rows, async (value) => {
        const why = refusal(value, parsed, stage);
        if (why === undefined) return;
        const use = {
          entry: parsed,
          stage,
          template,
          templateName: 'qwen',
          cutoffLength: 4096,
          mediaExists: undefined,
        };
        const source = { path: 'rows.jsonl', text: `${JSON.stringify(value)}\n` };
        const errors: string[] = [];
        for await (const { severity, code } of new RowsCheck('rows.jsonl', source, use).run())
          if (severity === 'error') errors.push(code);
        expect([why, errors.length > 0]).toEqual([why, true]);
      }),
      { numRuns: 600 },
    );
  });
});
