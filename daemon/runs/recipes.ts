// Recipes of runs: how two differ, and copies with changed keys that keep their comments.
import { isMap, parseDocument, stringify } from 'yaml';
import { parseOverrides } from '../recipe/overrides.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { UserError } from '../errors.ts';
import type { RecipeDifference } from './protocol.ts';

export interface RecipeText {
  readonly recipe: string;
  readonly overrides: readonly string[];
}

/** Values by key, overrides merged over them. */
function valuesOf({ recipe, overrides }: RecipeText): Map<string, unknown> {
  const values = new Map([...parseRecipe(recipe, 'recipe').entries].map(([key, { value }]) => [key, value]));
  for (const [key, value] of parseOverrides(overrides).entries) values.set(key, value);
  return values;
}

/** Keys whose values differ, in alphabetical order; undefined values are null. */
export function diffRecipes(left: RecipeText, right: RecipeText): RecipeDifference[] {
  const a = valuesOf(left);
  const b = valuesOf(right);
  const keys = [...new Set([...a.keys(), ...b.keys()])].sort();
  return keys
    .map((key) => ({ key, left: a.get(key) ?? null, right: b.get(key) ?? null }))
    .filter((one) => JSON.stringify(one.left) !== JSON.stringify(one.right));
}

/** A recipe with changed keys; null removes one. Overrides of those keys go. Throws UserError where it is no mapping. */
export function changeRecipe(
  { recipe, overrides }: RecipeText,
  changes: Readonly<Record<string, unknown>>,
): RecipeText {
  // everything stays as it is written
  const document = parseDocument(recipe, { schema: 'failsafe', uniqueKeys: false });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new UserError(
      'recipe-errors',
      'The recipe of this run is no mapping of keys to values: it cannot be changed.',
    );
  }
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) document.delete(key);
    else document.set(document.createNode(key), nodeOf(value));
  }
  const kept = overrides.filter((word) => !Object.hasOwn(changes, word.split('=', 1)[0] ?? ''));
  return { recipe: document.toString({ lineWidth: 0 }), overrides: kept };
}

/** A value as PyYAML reads it: what would be no text there is quoted. */
const nodeOf = (value: unknown): unknown =>
  parseDocument(stringify(value, { version: '1.1', collectionStyle: 'flow', lineWidth: 0 }), { schema: 'failsafe' })
    .contents;
