// Which documents start the language server: no recipe is missed, and what is plainly something else starts nothing.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRecipe } from '../daemon/recipe/is-recipe.ts';
import { HEAD, isOurs } from '../extension/language/looks.ts';

const root = join(import.meta.dirname, '..');
const looks = (path: string, text: string): boolean => isOurs({ languageId: 'yaml', path, head: text.slice(0, HEAD), isNamed: false }); // prettier-ignore

describe('recipes of the corpus', () => {
  const files = globSync('tests/corpus/recipes/*/*.yaml', { cwd: root });
  test('all of them that the server takes for recipes', () => {
    expect(files.length).toBeGreaterThan(50);
    const missed = files.filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return isRecipe(text) && !looks(file, text);
    });
    expect(missed).toEqual([]);
  });
});

test.each([
  ['compose.yaml', 'services:\n  web:\n    image: nginx\n'],
  ['.github/workflows/ci.yml', 'on: push\njobs:\n  test:\n    steps:\n      - run: echo "lora_rank: 8"\n'],
  ['empty.yaml', ''],
])('%s is none', (path, text) => {
  expect(looks(path, text)).toBe(false);
});

test('dataset_info.json, what says so, and what a setting names', () => {
  expect(isOurs({ languageId: 'json', path: '/a/dataset_info.json', head: '{}', isNamed: false })).toBe(true);
  expect(isOurs({ languageId: 'json', path: '/a/package.json', head: '{}', isNamed: false })).toBe(false);
  expect(looks('/a/b.yaml', '# anneal: recipe\n')).toBe(true);
  expect(isOurs({ languageId: 'yaml', path: '/a/b.yaml', head: '', isNamed: true })).toBe(true);
});
