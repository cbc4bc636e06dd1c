// A row of every stage as it is shown: texts, tokens and reasons that fit each other, what was cut, what is left out or stops a run.
import { describe, expect, test } from 'vitest';
import { RowError } from '../align/row.ts';
import type { Conversation, Message } from '../conversation.ts';
import type { DataOptions, Stage } from '../options.ts';
import { previewRow, type PreviewedTokens } from './row.ts';
import { prepareTemplate } from '../template/prepare.ts';
import { newTokenizer, optionsOf } from '../testing/goldens.ts';

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string, weight?: number): Message =>
  weight === undefined ? { role: 'assistant', content } : { role: 'assistant', content, weight };
const rowOf = (messages: Message[], more: Partial<Conversation> = {}): Conversation => ({
  dataset: 'rows', row: 2, messages, system: '', tools: '', ...more,
}); // prettier-ignore

async function shown(
  stage: Stage,
  row: Conversation,
  more: Partial<DataOptions> = {},
  name = 'chatml',
): Promise<PreviewedTokens> {
  const tokenizer = newTokenizer();
  const template = prepareTemplate(name, tokenizer);
  const data = { ...optionsOf({}), stage, templateName: name, ...more } as DataOptions;
  const found = await previewRow(() => row, data, template, tokenizer);
  if ('dropped' in found) throw new Error(found.dropped);
  expect(found.tokens).toHaveLength(found.ids.length);
  expect(found.tokens.map(({ text }) => text).join('')).toBe(found.text);
  expect(found.tokens.map(({ trained }) => trained)).toEqual(found.labels.map((label) => label !== -100));
  return found;
}

/** Text by reason: neighbours of the same one together. */
function byReason({ tokens }: Pick<PreviewedTokens, 'tokens'>): [string, string][] {
  const runs: [string, string][] = [];
  for (const { reason, text } of tokens) {
    const last = runs.at(-1);
    if (last?.[0] === reason) last[1] += text;
    else runs.push([reason, text]);
  }
  return runs;
}

test('sft: the template\u2019s words, the row\u2019s, and why', async () => {
  const found = await shown('sft', rowOf([user('Hi'), assistant('Yes', 0), user('And?'), assistant('No')], { system: 'S' })); // prettier-ignore
  expect(byReason(found)).toEqual([
    ['template', '<|im_start|>system\n'],
    ['system', 'S'],
    ['template', '<|im_end|>\n<|im_start|>user\n'],
    ['prompt', 'Hi'],
    ['template', '<|im_end|>\n<|im_start|>assistant\n'],
    ['loss-off', 'Yes'],
    ['template', '<|im_end|>\n<|im_start|>user\n'],
    ['prompt', 'And?'],
    ['template', '<|im_end|>\n<|im_start|>assistant\n'],
    ['response', 'No<|im_end|>\n'],
  ]);
});

test('sft: history, tool results, thoughts, weights', async () => {
  const history = await shown('sft', rowOf([user('a'), assistant('b'), user('c'), assistant('d')]), {
    maskHistory: true,
  });
  expect(byReason(history)).toContainEqual(['history', 'b']);
  const tools = await shown('sft', rowOf([user('a'), { role: 'function', content: '{"name": "f", "arguments": {}}' }, { role: 'observation', content: '42' }, assistant('d', 0.5)])); // prettier-ignore
  expect(byReason(tools)).toContainEqual(['tool-result', '42']);
  expect(tools.tokens.findLast(({ trained }) => trained)).toMatchObject({ weight: 0.5 });
  const trained = await shown('sft', rowOf([user('a'), assistant('b')]), {}, 'qwen3');
  expect(byReason(trained)).toContainEqual(['thought', '<think>\n\n</think>\n\n']);
  expect(trained.tokens.find(({ reason }) => reason === 'thought')).toMatchObject({ trained: true });
  const off = await shown('sft', rowOf([user('a'), assistant('b')]), { enableThinking: false }, 'qwen3');
  expect(off.tokens.find(({ reason }) => reason === 'thought')).toMatchObject({ trained: false });
});

test('system text inside a question keeps its reason', async () => {
  const found = await shown('sft', rowOf([user('Hi'), assistant('Yes')], { system: 'Be kind.' }), {}, 'gemma');
  expect(byReason(found).slice(1, 3)).toEqual([
    ['system', 'Be kind.\n\n'],
    ['prompt', 'Hi'],
  ]);
});

test('what is cut is told with its place', async () => {
  const found = await shown('sft', rowOf([user('Hi'), assistant('x'.repeat(60))]), { cutoffLength: 60 });
  expect(found.truncated).toBe(true);
  expect(found.cut).toEqual([{ at: 60, text: `${'x'.repeat(21)}<|im_end|>\n` }]);
  expect(found.text + (found.cut?.[0]?.text ?? '')).toContain(`${'x'.repeat(60)}<|im_end|>`);
});

test('turns without room are told, too', async () => {
  const messages = [user('Hi'), assistant('x'.repeat(60)), user('More'), assistant('Bye')];
  const lost = async (more: Partial<DataOptions>): Promise<[number, string]> => {
    const { cut = [] } = await shown('sft', rowOf(messages), { cutoffLength: 40, ...more });
    return [cut[0]?.at ?? -1, cut.map(({ text }) => text).join('')];
  };
  const [at, text] = await lost({});
  expect(text.slice(text.indexOf('<|im_end|>'))).toMatch(
    /^<\|im_end\|>\n<\|im_start\|>user\nMore<.*assistant\nBye<\|im_end\|>\n$/s,
  );
  expect(at).toBeGreaterThan(0);
  // the last turn is served first, what is in front of it is lost
  const [front, first] = await lost({ maskHistory: true });
  expect(front).toBeLessThan(at);
  expect(first).toContain('x');
});

test('dpo: chosen and rejected behind one prompt', async () => {
  const preference = { chosen: assistant('good'), rejected: assistant('bad') };
  const found = await shown('dpo', rowOf([user('Hi')], { preference }));
  expect(found.messages).toEqual([user('Hi'), assistant('good')]);
  expect(found.rejected?.message).toEqual(assistant('bad'));
  expect(byReason(found).at(-1)).toEqual(['response', 'good<|im_end|>\n']);
  expect(found.rejected && byReason(found.rejected).at(-1)).toEqual(['response', 'bad<|im_end|>\n']);
  expect(found.rejected?.text.replace('bad', 'good')).toBe(found.text);
});

test('kto: what the answer counts as', async () => {
  expect((await shown('kto', rowOf([user('Hi'), assistant('x')], { desirable: true }))).desirable).toBe(true);
  // an empty desirable answer counts as undesirable
  expect((await shown('kto', rowOf([user('Hi'), assistant('')], { desirable: true }))).desirable).toBe(false);
});

test('ppo: the prompt alone; earlier answers are history', async () => {
  const found = await shown('ppo', rowOf([user('Hi'), assistant('Yes'), user('And?'), assistant('No')]));
  expect(found.text).toMatch(/And\?<\|im_end\|>\n<\|im_start\|>assistant\n$/);
  expect(found.labels.every((label) => label === -100)).toBe(true);
  expect(byReason(found)).toContainEqual(['history', 'Yes']);
});

test('pt: all of the text', async () => {
  const found = await shown('pt', rowOf([user('Some text')]));
  expect(byReason(found)).toEqual([['response', 'Some text<|im_end|>']]);
});

describe('rows that are not trained', () => {
  async function reason(stage: Stage, align: () => Conversation): Promise<unknown> {
    const tokenizer = newTokenizer();
    const template = prepareTemplate('chatml', tokenizer);
    return previewRow(align, { ...optionsOf({}), stage, templateName: 'chatml' } as DataOptions, template, tokenizer);
  }

  test.each([
    ['sft', rowOf([user('a')]), 'response-not-string'],
    ['sft', rowOf([]), 'empty-conversation'],
    ['sft', rowOf([user('a'), assistant('b')], { desirable: true }), 'kto-row'],
    ['kto', rowOf([user('a'), assistant('b')]), 'kto-tag-invalid'],
    ['dpo', rowOf([user('a'), assistant('b')]), 'missing-field'],
    ['pt', rowOf([]), 'no-text'],
  ] as const)('%s %#', async (stage, row, code) => {
    expect(await reason(stage, () => row)).toMatchObject({ dataset: 'rows', row: 2, code });
  });

  test('one that stops a run says with what, and where', async () => {
    const origin = { dataset: 'rows', row: 2 };
    const broken = (): never => {
      throw new RowError(origin, 'content-not-string', ['p'], 'has a list in the column "p", which must be text');
    };
    expect(await reason('sft', broken)).toMatchObject({ code: 'broken', at: ['p'], dropped: expect.stringContaining('has a list') }); // prettier-ignore
    const call = rowOf([user('a'), { role: 'function', content: 'no JSON' }]);
    expect(await reason('sft', () => call)).toMatchObject({ code: 'broken', dropped: expect.stringContaining('not JSON') });
  });
}); // prettier-ignore
