// Differences of recipes by value, and copies with changed keys that keep what was not changed as it was written.
import { expect, test } from 'vitest';
import { parseRecipe } from '../recipe/parse.ts';
import { changeRecipe, diffRecipes } from './recipes.ts';

const recipe = `# my recipe
stage: sft   # as always
learning_rate: 1.0e-4
lora_target: all
template: 'no'
output_dir: out
`;

test('differences by key and value, overrides counted in', () => {
  const left = { recipe, overrides: ['learning_rate=2e-4'] };
  const right = {
    recipe: recipe.replace('1.0e-4', '0.0001').replace('stage: sft', "stage: 'sft'"),
    overrides: ['seed=1'],
  };
  expect(diffRecipes(left, right)).toEqual([
    { key: 'learning_rate', left: 0.0002, right: 0.0001 },
    { key: 'seed', left: null, right: 1 },
  ]); // prettier-ignore
  expect(diffRecipes(left, left)).toEqual([]);
});

test('changed keys; comments, order and quotes stay', () => {
  const changed = changeRecipe(
    { recipe, overrides: ['learning_rate=2e-4', 'seed=1'] },
    { learning_rate: 0.5, lora_target: null, output_dir: 'other', bf16: true, report_to: 'no', tags: ['a', 'b'] },
  );
  expect(changed.recipe).toBe(`# my recipe
stage: sft # as always
learning_rate: 0.5
template: 'no'
output_dir: other
bf16: true
report_to: "no"
tags: [ a, b ]
`);
  expect(changed.overrides).toEqual(['seed=1']);
  const { entries, findings } = parseRecipe(changed.recipe, 'r');
  expect([entries.get('report_to')?.value, entries.get('bf16')?.value, findings]).toEqual(['no', true, []]);
});

test('what is no mapping cannot be changed', () => {
  expect(() => changeRecipe({ recipe: '- a\n- b\n', overrides: [] }, {})).toThrow('no mapping');
  expect(() => changeRecipe({ recipe: 'a: [', overrides: [] }, {})).toThrow('no mapping');
  expect(changeRecipe({ recipe: '', overrides: [] }, { stage: 'pt' }).recipe).toBe('stage: pt\n');
});
