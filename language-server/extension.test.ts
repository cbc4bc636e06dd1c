// What the extension asks of the server: documents described, the workspace surveyed, recipes written, files given entries; nonsense refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRecipe } from '../daemon/recipe/check.ts';
import { filesIn } from '../daemon/files.ts';
import { applyEdits } from '../daemon/recipe/edits.ts';
import { Lines } from '../daemon/recipe/lines.ts';
import { goals } from '../daemon/recipe/assist/new-recipe.ts';
import { requests, type RequestName, type Requests } from './interface/protocol.ts';
import { TestClient } from './testing/client.ts';
import { tinyLlama, workspace } from './testing/workspace.ts';
import type { z } from 'zod';

const root = join(import.meta.dirname, '..');

async function ask<N extends RequestName>(client: TestClient, name: N, request: z.input<Requests[N]['request']>): Promise<z.output<Requests[N]['answer']>> {
  const answer: unknown = await client.connection.sendRequest(requests[name].method, request);
  return requests[name].answer.parse(answer) as z.output<Requests[N]['answer']>;
} // prettier-ignore

describe('the example', () => {
  let client: TestClient;
  let folder: string;
  beforeAll(async () => {
    folder = join(root, 'examples/small-world');
    client = await TestClient.start({ folder });
  });
  afterAll(() => client.stop());

  test('recipes and data sets are found', async () => {
    const { recipes, infos } = await ask(client, 'survey', {});
    expect(recipes).toEqual(['captain.yaml', 'pretrain.yaml'].map((name) => join(folder, name)));
    expect(infos.map(({ file }) => file)).toEqual([join(folder, 'data/dataset_info.json')]);
    expect(infos[0]?.datasets.map(({ name, kind, file, line, errors }) => ({ name, kind, file, line, errors }))).toEqual([
      { name: 'world', kind: 'plain', file: 'world.json', line: 2, errors: 0 },
      { name: 'captain', kind: 'plain', file: 'captain.json', line: 5, errors: 0 },
    ]); // prettier-ignore
  });

  test('a document is described, open or not', async () => {
    const described = await ask(client, 'describe', { uri: client.uri('captain.yaml') });
    expect(described).toMatchObject({ kind: 'recipe', command: 'train', folder });
    expect(await ask(client, 'describe', { uri: client.uri('model/config.json') })).toMatchObject({ kind: 'rows' });
    expect(await ask(client, 'describe', { uri: 'untitled:Untitled-1' })).toMatchObject({ kind: 'other' });
  });

  test('keys get other values in their place, or are added, or go', async () => {
    const { edits } = await ask(client, 'setKeys', { uri: client.uri('captain.yaml'), values: { cutoff_len: 77, template: null, seed: 5 } }); // prettier-ignore
    const text = readFileSync(join(folder, 'captain.yaml'), 'utf8');
    const changed = applyEdits({ text, lines: new Lines(text) }, edits);
    expect(checkRecipe(changed, 'captain.yaml', []).recipe).toMatchObject({ cutoff_len: 77, template: null, seed: 5 });
    const without = (recipe: string): string[] => recipe.split('\n').filter((line) => !/^(cutoff_len|template|seed):/.test(line)); // prettier-ignore
    expect(without(changed)).toEqual(without(text));
  });

  test('a recipe that is written of its model and data has no findings', async () => {
    const choices = await ask(client, 'choices', { folder });
    expect(choices.models.map(({ path }) => path)).toContain('model');
    expect(choices.data[0]).toMatchObject({ folder: 'data' });
    expect(choices.known).toContain('Qwen/Qwen2.5-0.5B-Instruct');
    for (const { id } of choices.goals.filter(({ kinds }) => kinds.includes('plain'))) {
      for (const method of ['lora', 'full'] as const) {
        const written = await ask(client, 'compose', { folder, name: 'mine', goal: id, method, model: 'model', datasetDir: 'data', dataset: 'captain' }); // prettier-ignore
        expect(written.findings, `${id} ${method}`).toEqual([]);
        const { findings } = checkRecipe(written.text, join(folder, 'mine.yaml'), [], { files: filesIn(folder) });
        expect(findings.filter(({ severity }) => severity !== 'info' && severity !== 'hint')).toEqual([]);
      }
    }
  });

  test('nonsense is refused', async () => {
    for (const name of Object.keys(requests) as RequestName[]) {
      if (name === 'survey') continue;
      await expect(client.connection.sendRequest(requests[name].method, { folder: 7 }), name).rejects.toThrow(/does not take this/); // prettier-ignore
    }
  });
});

test('every goal has its keys, a template where the model has none, and comments in words', async () => {
  const folder = workspace({
    ...tinyLlama(),
    'data/dataset_info.json': { pairs: { file_name: 'pairs.json', ranking: true, columns: { prompt: 'q', chosen: 'a', rejected: 'b' } } },
    'data/pairs.json': [{ q: 'Why?', a: 'Because.', b: 'No.' }],
  }); // prettier-ignore
  const client = await TestClient.start({ folder });
  for (const goal of goals) {
    const { text } = await ask(client, 'compose', { folder, name: 'a b', goal, method: 'lora', model: 'Qwen/Qwen3-0.6B', datasetDir: 'data', dataset: 'pairs' }); // prettier-ignore
    const { findings, recipe } = checkRecipe(text, join(folder, 'x.yaml'));
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(recipe).toMatchObject({ stage: goal, model_name_or_path: 'Qwen/Qwen3-0.6B', output_dir: 'saves/a b' });
    expect(recipe.template).toBe(goal === 'pt' ? null : 'qwen3');
    expect(text.match(/^# .{20,}$/gm)?.length).toBeGreaterThan(8);
  }
  await client.stop();
});

test('a file gets an entry beside it; one that has an entry keeps it; one without rows gets none', async () => {
  const folder = workspace({ 'data/new.jsonl': '{"question": "Why?", "answer": "Because."}\n', 'data/empty.jsonl': '' });
  const client = await TestClient.start({ folder });
  const file = join(folder, 'data/new.jsonl');
  const entry = await ask(client, 'describeFile', { file });
  expect(entry).toMatchObject({ name: 'new', kind: 'plain', isNew: true, infoFile: join(folder, 'data/dataset_info.json') });
  const { new: made } = JSON.parse(entry?.text ?? '') as Record<string, { file_name: string; columns: object }>;
  expect(made).toMatchObject({ file_name: 'new.jsonl', columns: { prompt: 'question', response: 'answer' } });
  await client.write('data/dataset_info.json', entry?.text ?? '');
  expect(await ask(client, 'describeFile', { file })).toMatchObject({ name: 'new', isNew: false });
  expect(await ask(client, 'describeFile', { file: join(folder, 'data/empty.jsonl') })).toBeNull();
  await client.stop();
}); // prettier-ignore
