// Words of a recipe that are known: names of data sets, templates and choices. What is misspelt keeps the colour of plain text.
import { argumentOf } from '../recipe.ts';
import { templateNames } from '../template-names.ts';
import { nearbyDatasets } from './datasets.ts';
import { datasetNamesIn } from './targets.ts';
import type { Surroundings } from './surroundings.ts';
import type { RecipeView } from './view.ts';
import { wordsOf } from './words.ts';

export interface KnownWord {
  readonly from: number;
  readonly to: number;
  readonly kind: 'dataset' | 'choice';
}

/** In the order of the text. */
export function knownWords({ text, given, recipe }: RecipeView, surroundings: Surroundings): readonly KnownWord[] {
  const datasets = new Set(nearbyDatasets(recipe.dataset_dir, surroundings)?.map(({ name }) => name));
  const words: KnownWord[] = datasetNamesIn(text)
    .filter((word) => datasets.has(word.text))
    .map(({ from, to }) => ({ from, to, kind: 'dataset' }));
  for (const key of given) {
    const choices = key === 'template' ? templateNames : (argumentOf(key)?.choices ?? []).filter((choice) => typeof choice === 'string'); // prettier-ignore
    if (choices.length === 0) continue;
    for (const { from, to, text: word } of wordsOf(text, key, argumentOf(key)?.separator))
      if (choices.includes(word)) words.push({ from, to, kind: 'choice' });
  }
  return words.sort((a, b) => a.from - b.from);
}
