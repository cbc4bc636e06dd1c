// Files made from tables are what the tables say now, and the schemas take what is right and refuse what is not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { datasetInfoSchema, recipeSchema } from '../daemon/recipe/schema.ts';
import { generated } from '../scripts/generated.ts';

const root = join(import.meta.dirname, '..');

test.each(Object.entries(generated()))('%s is up to date (npm run generate)', (file, text) => {
  expect(readFileSync(join(root, file), 'utf8')).toBe(text);
});

const recipes = join(import.meta.dirname, 'corpus/recipes');
const { cases } = JSON.parse(readFileSync(join(recipes, 'expected.json'), 'utf8')) as { cases: { file: string }[] };
const recipe = z.fromJSONSchema(recipeSchema());
const info = z.fromJSONSchema(datasetInfoSchema());
const taken = (file: string): boolean => recipe.safeParse(parse(readFileSync(join(recipes, file), 'utf8'), { version: '1.1' })).success; // prettier-ignore

describe('the schema of recipes', () => {
  test.each(cases.map(({ file }) => file).filter((file) => file.startsWith('valid/')))('takes %s', (file) => {
    // editors read YAML 1.2, where these numbers have a dot
    const text = readFileSync(join(recipes, file), 'utf8').replace('.5\n', '0.5\n');
    const { error } = recipe.safeParse(parse(text));
    expect(error?.issues ?? []).toEqual([]);
  });

  test.each(['typo-batch-size', 'stage-upper-case', 'word-for-batch-size', 'zero-lora-rank', 'list-of-adapters', 'scheduler-typo'])('refuses %s', (name) => {
    expect(taken(`invalid/${name}.yaml`)).toBe(false);
  }); // prettier-ignore
});

describe('the schema of dataset_info.json', () => {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, 'corpus', path), 'utf8'));
  test('takes the entries of the corpus', () => {
    expect(info.safeParse(read('recipes/data/dataset_info.json')).error?.issues ?? []).toEqual([]);
  });
  test('refuses a key that nothing reads', () => {
    expect(info.safeParse(read('dataset-info/invalid/typo-ranking/dataset_info.json')).success).toBe(false);
  });
});
