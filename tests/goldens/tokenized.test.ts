// tokenized_path: folders that LLaMA-Factory saved (tokenized/, of the first eight alpaca rows) hold what is made here of the same
// rows, and what is saved here is the same layout and trains the same.
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadData } from '../../daemon/data/dataset.ts';
import type { Example } from '../../daemon/data/example.ts';
import { eachExample, type ExampleSet } from '../../daemon/data/example-set.ts';
import { prepareTemplate } from '../../daemon/data/template/prepare.ts';
import { openExamples, saveExamples } from '../../daemon/data/tokenized/folder.ts';
import { Tokenizer } from '../../daemon/data/tokenizer/tokenizer.ts';
import { trainOptions } from '../../daemon/engine/train/options.ts';
import type { RunEvent, StepEvent } from '../../daemon/protocol.ts';
import { checkRecipe } from '../../daemon/recipe/check.ts';
import { goldenFolder, overridesOf, recipeText, runCase } from './golden.ts';

async function load(overrides: readonly string[]): Promise<{ train: ExampleSet; evaluation: ExampleSet }> {
  const name = 'sft-lora-llama-base';
  const { recipe, given } = checkRecipe(recipeText(name), 'recipe.yaml', [...overridesOf(name, '/nowhere'), ...overrides]); // prettier-ignore
  const options = trainOptions(recipe, given, goldenFolder, new Date(2025, 0, 15));
  const tokenizer = await Tokenizer.load(options.modelFolder);
  return loadData(options.data, { tokenizer, template: prepareTemplate('chatml', tokenizer) });
}

async function all(set: ExampleSet): Promise<Omit<Example, 'origins'>[]> {
  const examples: Omit<Example, 'origins'>[] = [];
  for await (const { origins: _, ...example } of eachExample(set)) examples.push(example);
  return examples;
}

describe('what LLaMA-Factory saved', () => {
  test('rows and held-out rows', async () => {
    const made = new Map(
      (await all((await load(['max_samples=8'])).train)).map((example) => [example.ids.join(), example]),
    );
    const saved = await openExamples(join(goldenFolder, 'tokenized/plain'), 'sft');
    const [train, evaluation] = [await all(saved.train), await all(saved.evaluation)];
    expect([train.length, evaluation.length]).toEqual([6, 2]);
    for (const example of [...train, ...evaluation]) expect(example).toEqual(made.get(example.ids.join()));
    expect([...saved.train.lengths]).toEqual(train.map(({ ids }) => ids.length));
  });

  test('neatly packed blocks, with positions and segments', async () => {
    const { train } = await load(['max_samples=8', 'neat_packing=true', 'cutoff_len=256']);
    expect(await all((await openExamples(join(goldenFolder, 'tokenized/neat'), 'sft')).train)).toEqual(
      await all(train),
    );
  });
});

describe('what is saved here', () => {
  test.each([
    ['rows', ['val_size=0.2']],
    ['neatly packed blocks', ['neat_packing=true', 'cutoff_len=256']],
    ['packed blocks', ['packing=true', 'cutoff_len=256']],
  ])('%s come back, in the layout that the datasets library reads', async (_, overrides) => {
    const folder = join(mkdtempSync(join(tmpdir(), 'anneal-tokenized-')), 'kept');
    const made = await load(overrides);
    await saveExamples(folder, made);
    const saved = await openExamples(folder, 'sft');
    expect(await all(saved.train)).toEqual(await all(made.train));
    expect(await all(saved.evaluation)).toEqual(await all(made.evaluation));
    const layout = (path: string): string[] => readdirSync(path, { recursive: true }).map(String).sort();
    if (saved.evaluation.length > 0) expect(layout(folder)).toEqual(layout(join(goldenFolder, 'tokenized/plain')));
  });

  test('a run keeps its data there, and the next one trains on them whatever it says of its own', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'anneal-tokenized-')), 'kept');
    const steps = (events: readonly RunEvent[]): number[] =>
      events.filter((event): event is StepEvent => event.type === 'step').map(({ loss }) => loss);
    const keys = ['max_steps=3', `tokenized_path=${folder}`];
    const first = await runCase('sft-lora-llama-base', keys);
    expect(existsSync(join(folder, 'train/state.json'))).toBe(true);
    expect(first.events).toContainEqual(expect.objectContaining({ code: 'tokenized-path-saved' }));
    const second = await runCase('sft-lora-llama-base', [...keys, 'dataset=sharegpt_sft', 'cutoff_len=16']);
    expect(steps(second.events)).toEqual(steps(first.events));
  });

  test('a folder of something else is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'anneal-tokenized-'));
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await expect(openExamples(folder, 'sft')).rejects.toMatchObject({ code: 'tokenized-path-broken' });
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });
});
