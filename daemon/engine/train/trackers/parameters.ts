// A recipe as trackers show it: every key with the value that the run takes, and no secret among them.
import type { Recipe } from '../../../recipe/recipe.ts';

const secret = /(_token|_api_key|_secret|webhook_url)$/;

/** Hides secrets as transformers does: the key's name in capitals stands for its value. */
export const shownParameters = (recipe: Recipe): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(recipe).map(([key, value]) => [
      key,
      secret.test(key) && value !== null ? `<${key.toUpperCase()}>` : value,
    ]),
  );
