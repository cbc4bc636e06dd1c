// What the values of a recipe point at: entries of dataset_info.json, files, folders of models, repositories of the hub.
import { argumentOf } from '../recipe.ts';
import { infoPath } from './datasets.ts';
import { pathKeys } from './paths.ts';
import { joinPath, type Surroundings } from './surroundings.ts';
import type { Word } from './text.ts';
import type { RecipeView } from './view.ts';
import { wordsOf } from './words.ts';

export type Target =
  | { readonly kind: 'dataset'; readonly name: string; readonly infoFile: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'hub'; readonly id: string };

export interface Pointer {
  readonly key: string;
  readonly word: Word;
  readonly target: Target;
}

/** Every name of a data set in the recipe, with its place. */
export const datasetNamesIn = (text: string): readonly (Word & { readonly key: string })[] =>
  ['dataset', 'eval_dataset'].flatMap((key) =>
    wordsOf(text, key, ',')
      .filter(({ text: name }) => name !== '')
      .map((word) => ({ ...word, key })),
  );

/** The file that says what a folder is, the likeliest first. */
const describing = ['config.json', 'adapter_config.json', 'dataset_info.json', 'trainer_state.json', 'model.safetensors.index.json']; // prettier-ignore

const hubKeys = new Set(['model_name_or_path', 'ref_model', 'reward_model', 'adapter_name_or_path']);
const hubId = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** All pointers of a recipe whose targets are there, or are names at the hub. */
export function pointersIn({ text, recipe, given }: RecipeView, surroundings: Surroundings): readonly Pointer[] {
  const infoFile = infoPath(recipe.dataset_dir);
  const datasets = datasetNamesIn(text).map(({ key, ...word }): Pointer => {
    return { key, word, target: { kind: 'dataset', name: word.text, infoFile } };
  });
  const paths = [...given].filter((key) => pathKeys.has(key)).flatMap((key) =>
    wordsOf(text, key, argumentOf(key)?.separator).flatMap((word): Pointer[] => {
      const target = word.text === '' ? undefined : targetOf(key, word.text, surroundings);
      return target ? [{ key, word, target }] : [];
    }),
  ); // prettier-ignore
  return [...datasets, ...paths];
}

function targetOf(key: string, path: string, surroundings: Surroundings): Target | undefined {
  const inside = surroundings.list(path);
  if (inside) {
    const file = describing.find((name) => inside.some((entry) => entry.name === name));
    return file === undefined ? undefined : { kind: 'file', path: joinPath(path, file) };
  }
  if (surroundings.isFile(path)) return { kind: 'file', path };
  return hubKeys.has(key) && hubId.test(path) ? { kind: 'hub', id: path } : undefined;
}

/** What stands at an offset points at. */
export const pointerAt = (view: RecipeView, offset: number, surroundings: Surroundings): Pointer | undefined =>
  pointersIn(view, surroundings).find(({ word }) => offset >= word.from && offset <= word.to);
