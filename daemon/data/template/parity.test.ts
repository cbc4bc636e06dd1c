// Named templates beside the model's own: equal where the formats are, else the place where the texts part, as a finding too.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../recipe/finding.ts';
import { checkRecipe } from '../../recipe/check.ts';
import { parseRecipe } from '../../recipe/parse.ts';
import { dataOptions } from '../recipe-options.ts';
import { chatTemplates } from '../testing/chat-templates.ts';
import { judgeTemplate } from './check-template.ts';
import { templateFinding } from './template-finding.ts';
import { compareTemplates, probeTemplates, type ChatSource, type TemplateDifference } from './parity.ts';
import { findTemplate } from './registry.ts';
import type { RenderOptions } from './render.ts';

type Own = keyof typeof chatTemplates;

const options: RenderOptions = { enableThinking: true, discardHistoryThoughts: false, today: '15 Jan 2025' };
const sourceOf = (own: Own | undefined, eosToken: string): ChatSource => ({
  chatTemplate: own && chatTemplates[own],
  bosToken: '<|bos|>',
  eosToken,
  padToken: undefined,
  unkToken: undefined,
});

function differ(named: string, own: Own | undefined, given = options): TemplateDifference | undefined {
  const template = findTemplate(named);
  const eos = template.replace_eos ? (template.stop_words[0] ?? '') : '<|eos|>';
  return probeTemplates(template, sourceOf(own, eos), given);
}

describe('the same format', () => {
  test.each([
    ['chatml', 'chatml'],
    ['llama3', 'llama3'],
    ['gemma', 'gemma'],
    ['chatml', undefined],
  ] as const)('%s beside %s', (named, own) => {
    expect(differ(named, own)).toBeUndefined();
  });

  test('thoughts are only cut from history by both with mask_history', () => {
    expect(differ('qwen3', 'qwen3')?.around).toMatchObject({
      named: expect.stringMatching(/^<think>\n\n<\/think>\n\nAn oven/),
      own: expect.stringMatching(/^An oven/),
    });
    expect(differ('qwen3', 'qwen3', { ...options, discardHistoryThoughts: true })).toBeUndefined();
  });
});

describe('another format', () => {
  test('the place where the texts part is found, with what is around it', () => {
    const difference = differ('chatml', 'phi3');
    expect(difference).toMatchObject({ at: 2, around: { before: '<|' } });
    expect(difference?.named.slice(difference.at)).toMatch(/^im_start\|>user/);
    expect(difference?.own.slice(difference.at)).toMatch(/^user\|>/);
  });

  test('a default system text of one of them is a difference', () => {
    expect(differ('qwen', 'chatml')?.around.named).toMatch(/^system\nYou are Qwen/);
  });

  test('of a row, tools and calls included', () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'function', content: '{"name": "f", "arguments": {}}' },
    ] as const;
    const tools = '[{"name": "f", "parameters": {"type": "object", "properties": {}}}]';
    const row = { messages, system: 'S', tools };
    const difference = compareTemplates(findTemplate('qwen'), sourceOf('qwen3', '<|im_end|>'), options, row);
    expect(difference?.around).toMatchObject({ before: expect.stringContaining('# Tools\n\n') });
  });
});

describe('as a finding', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  async function findings(recipe: string, own: Own): Promise<Finding[]> {
    const folder = mkdtempSync(join(tmpdir(), 'anneal-parity-'));
    folders.push(folder);
    copyFileSync(new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url), join(folder, 'tokenizer.json'));
    writeFileSync(
      join(folder, 'tokenizer_config.json'),
      JSON.stringify({ bos_token: '<|bos|>', eos_token: '<|eos|>' }),
    );
    writeFileSync(join(folder, 'chat_template.jinja'), chatTemplates[own]);
    const checked = checkRecipe(recipe, 'recipe.yaml');
    const data = dataOptions(checked.recipe, checked.given, (path) => path, '15 Jan 2025');
    const verdict = await judgeTemplate(data, folder);
    return verdict ? [templateFinding(parseRecipe(recipe, 'recipe.yaml'), verdict)] : [];
  }

  test('a warning at the template, with both texts and a way out', async () => {
    const [finding, ...more] = await findings('stage: sft\ntemplate: chatml\n', 'phi3');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      line: 2,
      column: 11,
      endColumn: 17,
      severity: 'warning',
      code: 'template-differs',
    });
    expect(finding?.message).toContain(String.raw`behind "<|" it goes on with "im_start|>user\nWhat is a kiln?`);
    expect(finding?.fix?.edits).toEqual([{ range: { line: 2, column: 1, endLine: 3, endColumn: 1 }, text: '' }]);
  });

  test('thoughts in history: mask_history is a way out', async () => {
    const [finding] = await findings('template: qwen3\n', 'qwen3');
    expect(finding?.fix?.text).toBe('mask_history: true\n');
    expect(await findings('template: qwen3\nmask_history: true\n', 'qwen3')).toEqual([]);
  });

  test.each([
    ['equal formats', 'template: chatml\n', 'chatml'],
    ['no template named', 'stage: sft\n', 'phi3'],
    ['texts to pre-train on', 'stage: pt\ntemplate: chatml\n', 'phi3'],
    ['a template that does not exist', 'template: nonsense\n', 'phi3'],
  ] as const)('nothing for %s', async (_, recipe, own) => {
    expect(await findings(recipe, own)).toEqual([]);
  });
});
