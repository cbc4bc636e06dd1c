// anneal check: findings of recipes, and of data, one a line or as JSON.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { checkRecipe, type CheckedRecipe } from '../recipe/check.ts';
import { formatFinding, type Finding } from '../recipe/finding.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { dataOptions } from '../data/recipe-options.ts';
import { checkTemplate } from '../data/template/check-template.ts';
import { checkDataFile, checkRecipeData, isDataFile } from './check-data.ts';
import type { Arguments } from './main.ts';

export async function check({ words, flags }: Arguments): Promise<number> {
  const files = words.filter((word) => !word.includes('='));
  const overrides = words.filter((word) => word.includes('='));
  if (files.length === 0) throw new UserError('usage', 'Name at least one file: anneal check recipe.yaml');
  const findings: Finding[] = [];
  for (const file of files) {
    if (isDataFile(file)) {
      for await (const finding of checkDataFile(file, overrides)) findings.push(finding);
      continue;
    }
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new UserError('file-missing', `${file} cannot be read: check the path.`, { cause });
    });
    const checked = checkRecipe(text, file, overrides);
    findings.push(...checked.findings);
    for await (const finding of checkRecipeData(checked.recipe, checked.given)) findings.push(finding);
    for await (const finding of checkRecipeTemplate(text, file, checked)) findings.push(finding);
  }
  if (flags.has('--json')) console.log(JSON.stringify(findings));
  else for (const finding of findings) console.log(formatFinding(finding));
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** Whether the template of a recipe and the chat template of its model, where that is a folder here, write the same. */
async function* checkRecipeTemplate(
  text: string,
  file: string,
  { recipe, given, findings }: CheckedRecipe,
): AsyncGenerator<Finding> {
  if (!recipe.model_name_or_path || findings.some(({ severity }) => severity === 'error')) return;
  const path = (value: string): string => resolve(value);
  const data = dataOptions(recipe, given, path, '01 Jan 2025');
  yield* checkTemplate(parseRecipe(text, file), data, path(recipe.model_name_or_path));
}
