// The first micro batches of runs on pairs and kto rows, id by id, and the folders such examples are kept in.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collateFeedback, collatePairs, type FeedbackBatch } from '../../daemon/data/batches.ts';
import { loadData, type LoadedData } from '../../daemon/data/dataset.ts';
import type { Batch, StageExample } from '../../daemon/data/example.ts';
import { eachExample, type ExampleSet } from '../../daemon/data/example-set.ts';
import type { Stage } from '../../daemon/data/options.ts';
import { dataOptions } from '../../daemon/data/recipe-options.ts';
import { prepareTemplate } from '../../daemon/data/template/prepare.ts';
import { openExamples, saveExamples } from '../../daemon/data/tokenized/folder.ts';
import { Tokenizer } from '../../daemon/data/tokenizer/tokenizer.ts';
import { checkRecipe } from '../../daemon/recipe/check.ts';
import { expected, goldenFolder, recipeText } from './golden.ts';

async function load<S extends Stage>(name: string, stage: S): Promise<{ data: LoadedData<S>; padId: number; rows: number }> {
  const { recipe, given } = checkRecipe(recipeText(name), 'recipe.yaml', []);
  const options = dataOptions(recipe, given, (path) => resolve(goldenFolder, path), '15 Jan 2025');
  const tokenizer = await Tokenizer.load(resolve(goldenFolder, recipe.model_name_or_path ?? ''));
  const template = prepareTemplate(options.templateName, tokenizer);
  const data = await loadData({ ...options, stage }, { tokenizer, template });
  return { data, padId: tokenizer.padId, rows: recipe.per_device_train_batch_size };
} // prettier-ignore

const table = (values: ArrayLike<number>, { rows, length }: Batch): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(values).slice(row * length, (row + 1) * length));

const written = (batch: Batch, prefix = ''): object => ({
  [`${prefix}input_ids`]: table(batch.ids, batch),
  [`${prefix}attention_mask`]: table(batch.attended, batch),
  [`${prefix}labels`]: table(batch.labels, batch),
});

const writtenFeedback = ({ own, kl, desirable }: FeedbackBatch): object => ({
  ...written(own),
  ...written(kl, 'kl_'),
  kto_tags: desirable,
});

const upTo = (count: number, from: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test.each([
  ['dpo-lora-llama-sigmoid', 'dpo'],
  ['rm-lora-llama-base', 'rm'],
] as const)('%s', async (name, stage) => {
  const { data, padId, rows } = await load(name, stage);
  for (const [i, batch] of expected(name).batches.entries()) {
    const pairs = await data.train.read(upTo(rows, i * rows));
    expect(written(collatePairs(pairs, { padId, multiple: 8 }))).toEqual(batch);
  }
});

test.each(['kto-lora-llama-base', 'kto-lora-llama-weights-ftx'])('%s', async (name) => {
  const { data, padId, rows } = await load(name, 'kto');
  for (const [i, batch] of expected(name).batches.entries()) {
    const examples = await data.train.read(upTo(rows, i * rows));
    expect(writtenFeedback(collateFeedback(examples, { padId, multiple: 8 }))).toEqual(batch);
  }
});

describe('tokenized_path', () => {
  async function all<T extends StageExample>(set: ExampleSet<T>): Promise<string> {
    const examples: T[] = [];
    for await (const example of eachExample(set)) examples.push(example);
    return JSON.stringify(examples, (key, value: unknown) => (key === 'origins' ? undefined : value));
  }

  test.each([
    ['dpo-lora-llama-sigmoid', 'dpo'],
    ['kto-lora-llama-base', 'kto'],
    ['dpo-lora-llama-sigmoid', 'ppo'],
  ] as const)('%s as %s comes back', async (name, stage) => {
    // prompts are made of rows that have one answer
    const { data } = stage === 'ppo' ? await load('kto-lora-llama-base', 'ppo') : await load(name, stage);
    const folder = join(mkdtempSync(join(tmpdir(), 'anneal-stages-')), 'kept');
    await saveExamples(folder, data);
    const saved = await openExamples(folder, stage);
    expect(saved.train.length).toBeGreaterThan(5);
    expect([...saved.train.lengths]).toEqual([...data.train.lengths]);
    expect(await all(saved.train)).toBe(await all<StageExample>(data.train));
  });

  test('pairs are refused where another stage reads them', async () => {
    const { data } = await load('dpo-lora-llama-sigmoid', 'dpo');
    const folder = join(mkdtempSync(join(tmpdir(), 'anneal-stages-')), 'kept');
    await saveExamples(folder, data);
    await expect(openExamples(folder, 'sft')).rejects.toMatchObject({ code: 'tokenized-path-columns' });
  });
});
