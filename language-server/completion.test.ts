// Completion over the protocol: recipes as text with a caret, what is offered there, and what choosing it makes of the text.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CompletionItem, TextEdit } from 'vscode-languageserver-protocol/node';
import { caret, TestClient } from './testing/client.ts';
import { tinyLlama, workspace } from './testing/workspace.ts';

let client: TestClient;

const files = {
  ...tinyLlama(),
  'data/dataset_info.json': { chats: { file_name: 'chats.jsonl' }, pairs: { file_name: 'pairs.json', ranking: true }, 'odd, name': { file_name: 'odd.json' } },
  'saves/first/adapter_config.json': { base_model_name_or_path: 'models/tiny' },
  'saves/first/checkpoint-20/trainer_state.json': {},
  'saves/first/checkpoint-100/trainer_state.json': {},
  'ds/zero2.json': { zero_optimization: { stage: 2 } },
}; // prettier-ignore

beforeEach(async () => void (client = await TestClient.start({ folder: workspace(files) })));
afterEach(() => client.stop());

const head = 'model_name_or_path: models/tiny\nstage: sft\ndo_train: true\n';

/** The text after a suggestion was chosen, with its tab stops. */
async function choose(marked: string, label: string): Promise<string> {
  const { text } = caret(marked);
  const item = (await client.complete('recipe.yaml', marked)).find((each) => each.label === label);
  const edit = item?.textEdit as TextEdit | undefined;
  if (!item || !edit) throw new Error(`${label} is not offered`);
  const lines = text.split('\n');
  const at = ({ line, character }: { line: number; character: number }): number =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return text.slice(0, at(edit.range.start)) + edit.newText + text.slice(at(edit.range.end));
}

const labels = async (marked: string): Promise<string[]> =>
  (await client.complete('recipe.yaml', marked)).map(({ label }: CompletionItem) => label);

describe('keys', () => {
  test.each([
    ['a whole line', `${head}|`, 'learning_rate', `${head}learning_rate: \${1:1.0e-4}`],
    ['a word that was begun', `${head}learn|\nseed: 1\n`, 'learning_rate', `${head}learning_rate: \${1:1.0e-4}\nseed: 1\n`],
    ['a key that has a value', `${head}learn|: 3\n`, 'learning_rate', `${head}learning_rate: 3\n`],
    ['a key in quotes', `${head}"learn|`, 'learning_rate', `${head}"learning_rate": \${1:1.0e-4}`],
    ['a switch is turned to what is not the default', `${head}|`, 'packing', `${head}packing: \${1|true,false|}`],
    ['in braces', '{"model_name_or_path": "models/tiny", "stage": "sft", "do|"}', 'do_train', '{"model_name_or_path": "models/tiny", "stage": "sft", "do_train": ${1|true,false|}}'],
    ['an option of the schedule', `${head}lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs:\n  |\n`, 'min_lr', `${head}lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs:\n  min_lr: \${1:1.0e-6}\n`],
    ['an option of the schedule in braces', `${head}lr_scheduler_type: polynomial\nlr_scheduler_kwargs: {power: 2, |}\n`, 'lr_end', `${head}lr_scheduler_type: polynomial\nlr_scheduler_kwargs: {power: 2, lr_end: \${1:1.0e-7}}\n`],
  ])('%s', async (_, before, label, after) => expect(await choose(before, label)).toBe(after)); // prettier-ignore

  test.each([
    ['a comment', `${head}# sta|`],
    ['a text block', `${head}default_system: |>\n  You\n`.replace('|>', '>').replace('You', 'You |')],
    ['behind a value', `${head}template: qwen |`],
    ['a document mark', `---|\n${head}`],
  ])('nothing in %s', async (_, marked) => expect(await labels(marked)).toEqual([]));

  test('a client without snippets gets plain text', async () => {
    await client.stop();
    client = await TestClient.start({ folder: client.folder, capabilities: {} });
    expect(await choose(`${head}|`, 'learning_rate')).toBe(`${head}learning_rate: 1.0e-4`);
  });

  test('what is written is not offered, what does nothing comes last', async () => {
    const offered = await labels(`${head}finetuning_type: full\n|`);
    expect(offered).not.toContain('stage');
    expect(offered.indexOf('lora_rank')).toBeGreaterThan(offered.indexOf('weight_decay'));
    expect(offered.indexOf('pref_beta')).toBeGreaterThan(offered.indexOf('weight_decay'));
  });

  test('keys of another command are not offered', async () => {
    expect(await labels(`${head}|`)).not.toContain('n_shot');
    expect(await labels('# llamafactory-cli eval this.yaml\nmodel_name_or_path: models/tiny\ntemplate: qwen\n|')).toContain('n_shot'); // prettier-ignore
  });

  test('whole recipes in an empty file', async () => {
    const offered = await labels('|');
    expect(offered.filter((label) => label.startsWith('recipe'))).toContain('recipe dpo-lora');
    const text = await choose('|', 'recipe sft-lora');
    expect(text).toContain('model_name_or_path: ${1:models/tiny}');
    expect(text).toContain('dataset: ${2:chats}');
  });

  test('the documentation of one comes when it is looked at', async () => {
    const item = (await client.complete('recipe.yaml', `${head}|`)).find(({ label }) => label === 'cutoff_len');
    expect(item?.documentation).toBeUndefined();
    const resolved = await client.resolve(item as CompletionItem);
    expect(resolved.documentation).toMatchObject({ kind: 'markdown', value: expect.stringContaining('2048') });
  });
});

describe('values', () => {
  test.each([
    ['behind a colon without a space', `${head}template:|`, 'qwen', `${head}template: qwen`],
    ['in place of a word', `${head}template: |llama2\n`, 'qwen', `${head}template: qwen\n`],
    ['in quotes', `${head}template: "ll|"\n`, 'llama3', `${head}template: "llama3"\n`],
    ['a word that YAML would read as false', `${head}eval_strategy: |`, 'no', `${head}eval_strategy: 'no'`],
    ['one of several with commas', `${head}dataset: chats,|\n`, 'pairs', `${head}dataset: chats,pairs\n`],
    ['the first of several', `${head}dataset: |pairs, chats\n`, 'odd, name', `${head}dataset: odd, name, chats\n`],
    ['one of a list in brackets', `${head}dataset: [chats, p|]\n`, 'pairs', `${head}dataset: [chats, pairs]\n`],
    ['one that needs quotes in brackets', `${head}dataset: [|]\n`, 'odd, name', `${head}dataset: ['odd, name']\n`],
    ['one of a list by lines', `${head}dataset:\n  - chats\n  - |\n`, 'pairs', `${head}dataset:\n  - chats\n  - pairs\n`],
    ['a list over several lines', `${head}dataset: [\n  chats,\n  |\n]\n`, 'pairs', `${head}dataset: [\n  chats,\n  pairs\n]\n`],
    ['a usual number', `${head}learning_rate: |`, '1.0e-4', `${head}learning_rate: 1.0e-4`],
    ['a module of the model', `${head}lora_target: q_proj,|`, 'v_proj', `${head}lora_target: q_proj,v_proj`],
    ['an adapter', `${head}adapter_name_or_path: |`, 'saves/first', `${head}adapter_name_or_path: saves/first`],
    ['a checkpoint', `${head}resume_from_checkpoint: |`, 'saves/first/checkpoint-100', `${head}resume_from_checkpoint: saves/first/checkpoint-100`],
    ['a DeepSpeed file', `${head}deepspeed: |`, 'ds/zero2.json', `${head}deepspeed: ds/zero2.json`],
    ['a folder on the way', `${head}output_dir: sa|`, 'saves', `${head}output_dir: saves`],
    ['a folder in a folder', `${head}output_dir: saves/|`, 'saves/first', `${head}output_dir: saves/first`],
  ])('%s', async (_, before, label, after) => expect(await choose(before, label)).toBe(after)); // prettier-ignore

  test('local models come before known names', async () => {
    const offered = await labels('model_name_or_path: |\nstage: sft\n');
    expect(offered[0]).toBe('models/tiny');
    expect(offered).toContain('Qwen/Qwen2.5-0.5B-Instruct');
  });

  test('modules come from the weights', async () => {
    const offered = await labels(`${head}lora_target: |`);
    expect(offered).toEqual(['all', 'q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']);
    expect(await labels(`${head}additional_target: |`)).toEqual(['embed_tokens', 'norm', 'lm_head']);
  });

  test('formats of tools', async () => expect(await labels(`${head}tool_format: |`)).toContain('qwen'));

  test('checkpoints count up', async () => {
    const offered = await labels(`${head}resume_from_checkpoint: |`);
    expect(offered.slice(0, 2)).toEqual(['saves/first/checkpoint-20', 'saves/first/checkpoint-100']);
  });

  test('data sets of an unsaved dataset_info.json', async () => {
    await client.open('data/dataset_info.json', '{"brand_new": {"file_name": "new.json"}}');
    expect(await labels(`${head}dataset: |`)).toEqual(['brand_new']);
  });
});

describe('other YAML', () => {
  test.each([
    ['a workflow', 'name: CI\non: push\njobs:\n  build:\n    |\n'],
    ['a list', '- a\n- |\n'],
  ])('%s is left alone', async (_, marked) => {
    expect(await client.complete('ci.yaml', marked)).toEqual([]);
    const uri = await client.open('ci.yaml', marked.replace('|', ''));
    expect(await client.diagnostics(uri)).toEqual([]);
  });
});
