// Completion in a recipe: whole recipes in an empty file, keys, values. What can be said depends on the text and what lies around it.
import { cursorAt } from './cursor.ts';
import { completeKeys } from './keys.ts';
import { completeRecipes } from './recipes.ts';
import type { Suggestion } from './suggestion.ts';
import type { Surroundings } from './surroundings.ts';
import { completeValues } from './values.ts';
import type { RecipeView } from './view.ts';

/** Suggestions at an offset (UTF-16 units), in the order in which they are shown. */
export function completeRecipe(view: RecipeView, offset: number, surroundings: Surroundings): Suggestion[] {
  const cursor = cursorAt(view.text, offset);
  switch (cursor.at) {
    case 'nothing':
      return [];
    case 'key': {
      const keys = completeKeys(view, cursor);
      return view.given.size <= 1 && !cursor.flow ? [...keys, ...completeRecipes(view, cursor, surroundings)] : keys;
    }
    case 'value':
      return completeValues(view, cursor, surroundings);
  }
}
