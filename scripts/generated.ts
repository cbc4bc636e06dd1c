// The files that are made from tables, by path.
import { keyPage } from '../daemon/recipe/key-page.ts';
import { datasetInfoSchema, recipeSchema } from '../daemon/recipe/schema.ts';

export const generated = (): Readonly<Record<string, string>> => ({
  'schema/recipe.schema.json': `${JSON.stringify(recipeSchema(), null, 1)}\n`,
  'schema/dataset_info.schema.json': `${JSON.stringify(datasetInfoSchema(), null, 1)}\n`,
  'docs/recipe-keys.md': keyPage(),
});
