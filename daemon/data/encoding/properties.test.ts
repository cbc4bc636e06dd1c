// What holds for every row, template and flag: examples fit, labels are what they may be, reasons cover all tokens, and what is
// tokenised in parts is what the whole would be.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Conversation, Message } from '../conversation.ts';
import { IGNORED, type Example } from '../example.ts';
import { encodePairs } from '../pairs/encode.ts';
import { encodePrompts } from '../prediction/encode.ts';
import { encodeSupervised, type SupervisedOptions } from '../supervised/encode.ts';
import { prepareTemplate } from '../template/prepare.ts';
import { templateNames, type Template } from '../template/registry.ts';
import { newTokenizer } from '../testing/goldens.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { toSegments } from './segments.ts';
import type { Stretch } from './writer.ts';

const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\n\nx',
    '<think>\na\n</think>\n\nb',
    '<|im_end|>',
    '{{content}}',
    '日本語のテキスト',
    'x'.repeat(90),
  ),
);
const call = fc.constantFrom('{"name": "f", "arguments": {"a": 1}}', '[{"name": "g", "arguments": {}}]');
const weight = fc.option(fc.constantFrom(0, 0.5, 1, 2), { nil: undefined });

const message = (role: Message['role'], content: string, value: number | undefined): Message =>
  value === undefined ? { role, content } : { role, content, weight: value };
const asked = fc
  .tuple(fc.constantFrom('user' as const, 'observation' as const), words, weight)
  .map((of) => message(...of));
const answered = fc.oneof(
  fc.tuple(fc.constant('assistant' as const), words, weight).map((of) => message(...of)),
  fc.tuple(fc.constant('function' as const), call, weight).map((of) => message(...of)),
);

const rows = fc.record({
  dataset: fc.constant('made up'),
  row: fc.nat(),
  messages: fc.array(fc.tuple(asked, answered), { minLength: 1, maxLength: 4 }).map((turns) => turns.flat()),
  system: fc.oneof(fc.constant(''), words),
  tools: fc.constantFrom('', '[]', '[{"name": "f", "parameters": {"type": "object", "properties": {}}}]'),
});

/** Templates that take no media, so that no word of a row means one. */
const names = fc.constantFrom(...templateNames);
const flags = fc.record({
  cutoffLength: fc.constantFrom(1, 7, 40, 200, 4096),
  maskHistory: fc.boolean(),
  trainOnPrompt: fc.boolean(),
  preserveThinking: fc.boolean(),
  enableThinking: fc.constantFrom(true, false, null),
});

interface Prepared {
  readonly template: Template;
  readonly tokenizer: Tokenizer;
}

const prepared = new Map<string, Prepared>();
function prepare(name: string): Prepared {
  const known = prepared.get(name);
  if (known) return known;
  const tokenizer = newTokenizer();
  const made = { tokenizer, template: prepareTemplate(name, tokenizer) };
  prepared.set(name, made);
  return made;
}

function optionsFor({ template }: Prepared, given: Omit<SupervisedOptions, 'today'>): SupervisedOptions {
  const trainOnPrompt = given.trainOnPrompt && !given.maskHistory && !template.efficient_eos;
  return { ...given, trainOnPrompt, today: '15 Jan 2025' };
}

function checkExample({ ids, labels, weights }: Example, { template, tokenizer }: Prepared): void {
  expect(labels).toHaveLength(ids.length);
  labels.forEach((label, i) => {
    const allowed = label === IGNORED || label === ids[i] || (template.efficient_eos && label === tokenizer.eosId);
    expect(allowed, `label ${label} at ${i}`).toBe(true);
    if (weights) expect((weights[i] ?? 0) > 0).toBe(label !== IGNORED);
  });
}

const whyTrained: ReadonlySet<string> = new Set(['response', 'thought']);

function checkReasons(example: Example, reasons: readonly Stretch[]): void {
  expect(reasons.reduce((sum, { length }) => sum + length, 0)).toBe(example.ids.length);
  let at = 0;
  for (const { reason, length } of reasons) {
    for (let i = at; i < at + length; i++) {
      const trained = example.labels[i] !== IGNORED;
      // an empty thought is trained or not, the rest says which by its name
      if (reason !== 'thought') expect([reason, trained]).toEqual([reason, whyTrained.has(reason)]);
    }
    at += length;
  }
}

test('supervised rows', async () => {
  await fc.assert(
    fc.asyncProperty(rows, names, flags, async (row, name, given) => {
      const ready = prepare(name);
      const [encoded] = await encodeSupervised([row], ready.template, ready.tokenizer, optionsFor(ready, given));
      if (!encoded || 'dropped' in encoded) throw new Error('a whole row was left out');
      const { example, reasons, truncated } = encoded;
      expect(example.ids.length).toBeLessThanOrEqual(given.cutoffLength);
      checkExample(example, ready);
      if (!optionsFor(ready, given).trainOnPrompt && row.messages.every((each) => each.role === 'assistant' || !each.weight))
        checkReasons(example, reasons);
      const lost = reasons.some(({ cut }) => (cut?.length ?? 0) > 0);
      if (lost) expect(truncated).toBe(true);
    }),
    { numRuns: 400 },
  ); // prettier-ignore
});

test('a loss of 0 everywhere trains nothing', async () => {
  await fc.assert(
    fc.asyncProperty(rows, names, flags, async (row, name, given) => {
      const ready = prepare(name);
      const silent = { ...row, messages: row.messages.map((each) => ({ ...each, weight: 0 })) };
      const options = { ...optionsFor(ready, given), trainOnPrompt: false };
      const [encoded] = await encodeSupervised([silent], ready.template, ready.tokenizer, options);
      if (!encoded || 'dropped' in encoded) throw new Error('a whole row was left out');
      // upstream trains eos at the start of the first turn, too, with mask_history and efficient_eos
      const odd = ready.template.efficient_eos && given.maskHistory;
      expect(encoded.example.labels.filter((label) => label !== IGNORED).length).toBeLessThanOrEqual(odd ? 1 : 0);
      expect(encoded.example.weights).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

test('mask_history trains the end of a row alone', async () => {
  await fc.assert(
    fc.asyncProperty(rows, names, async (row, name) => {
      const ready = prepare(name);
      if (ready.template.efficient_eos) return;
      const plain = { ...row, messages: row.messages.map(({ role, content }) => ({ role, content })) };
      const given = { cutoffLength: 4096, maskHistory: true, trainOnPrompt: false, preserveThinking: false, enableThinking: true }; // prettier-ignore
      const [encoded] = await encodeSupervised([plain], ready.template, ready.tokenizer, optionsFor(ready, given));
      if (!encoded || 'dropped' in encoded) throw new Error('a whole row was left out');
      const { labels } = encoded.example;
      const first = labels.findIndex((label) => label !== IGNORED);
      if (first >= 0) expect(labels.subarray(first).every((label) => label !== IGNORED)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('pairs and prompts', async () => {
  await fc.assert(
    fc.asyncProperty(rows, answered, names, flags, async (row, other, name, given) => {
      const ready = prepare(name);
      const { template, tokenizer } = ready;
      const options = optionsFor(ready, given);
      const [chosen, messages] = [row.messages.at(-1) as Message, row.messages.slice(0, -1)];
      const ranked: Conversation = { ...row, messages, preference: { chosen, rejected: other } };
      const [pair] = await encodePairs([ranked], template, tokenizer, options);
      if (!pair || 'dropped' in pair) throw new Error('a whole row was left out');
      const { promptLength } = pair.pair;
      for (const { example, reasons } of [pair.chosen, pair.rejected]) {
        expect(example.ids.length).toBeLessThanOrEqual(given.cutoffLength);
        expect(example.labels.subarray(0, promptLength).every((label) => label === IGNORED)).toBe(true);
        expect(example.labels.subarray(promptLength)).toEqual(example.ids.subarray(promptLength));
        checkReasons(example, reasons);
      }
      const prompt = pair.pair.chosen.ids.subarray(0, promptLength);
      expect(pair.pair.rejected.ids.subarray(0, promptLength)).toEqual(prompt);
      const [asPrompt] = await encodePrompts([row], template, tokenizer, { ...options, cutoffLength: 4096 });
      if (!asPrompt || 'dropped' in asPrompt) throw new Error('a whole row was left out');
      expect(asPrompt.prompt.prompt.subarray(0, promptLength)).toEqual(prompt);
    }),
    { numRuns: 200 },
  );
});

test('segments name every token, and join to the decoded text', async () => {
  await fc.assert(
    fc.asyncProperty(rows, names, async (row, name) => {
      const ready = prepare(name);
      const given = { cutoffLength: 120, maskHistory: false, trainOnPrompt: false, preserveThinking: false, enableThinking: true }; // prettier-ignore
      const [encoded] = await encodeSupervised([row], ready.template, ready.tokenizer, optionsFor(ready, given));
      if (!encoded || 'dropped' in encoded) throw new Error('a whole row was left out');
      const { ids, labels } = encoded.example;
      const segments = await toSegments(encoded, ready.tokenizer);
      expect(segments.map(({ trained }) => trained)).toEqual([...labels].map((label) => label !== IGNORED));
      const text = segments.map((segment) => segment.text).join('');
      const whole = await ready.tokenizer.decode([...ids]);
      // a character cut in two is shown as so many broken ones
      if (!whole.includes('\uFFFD')) expect(text).toBe(whole);
    }),
    { numRuns: 100 },
  );
});

describe('parts are tokenised as the whole', () => {
  const folder = new URL('../../../tests/goldens/models/llama', import.meta.url).pathname;
  // words that no tokenizer joins with what stands before or behind them
  const text = fc.array(fc.stringMatching(/^[a-zA-Z0-9]{1,8}$/), { minLength: 1, maxLength: 6 }).map((all) => all.join(' '));
  const turns = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 });

  test.each(['chatml', 'llama3', 'qwen', 'gemma', 'phi', 'deepseek3'])('%s', async (name) => {
    const tokenizer = await Tokenizer.load(folder);
    const template = prepareTemplate(name, tokenizer);
    const options: SupervisedOptions = { cutoffLength: 4096, maskHistory: false, trainOnPrompt: false, preserveThinking: false, enableThinking: true, today: '' }; // prettier-ignore
    await fc.assert(
      fc.asyncProperty(turns, text, async (pairs, system) => {
        const messages = pairs.flatMap(([question, answer]): Message[] => [
          { role: 'user', content: question },
          { role: 'assistant', content: answer },
        ]);
        const row = { dataset: 'made up', row: 0, messages, system, tools: '' };
        const [encoded] = await encodeSupervised([row], template, tokenizer, options);
        if (!encoded || 'dropped' in encoded) throw new Error('a whole row was left out');
        const written = await tokenizer.decode([...encoded.example.ids]);
        expect(await tokenizer.encodeAll([written])).toEqual([encoded.example.ids]);
      }),
      { numRuns: 30 },
    );
  });
}); // prettier-ignore
