// anneal check on data: a dataset_info.json, a file of rows, or what a recipe uses of both.
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { checkDatasets, decodeInfo, INFO_FILE, readEntry, rowsUse, type DataUse } from '../data/lint/check-datasets.ts';
import { RowsCheck, type RowsOptions } from '../data/lint/check-rows.ts';
import { inferredEntry } from '../data/lint/infer-file.ts';
import type { LoadModel } from '../data/lint/length.ts';
import { dataEndings } from '../recipe/dataset-info/check-source.ts';
import { parseDatasetInfo, type DatasetEntry } from '../recipe/dataset-info.ts';
import { prepareTemplate } from '../data/template/prepare.ts';
import { Tokenizer } from '../data/tokenizer/tokenizer.ts';
import type { Finding } from '../recipe/finding.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { resolveRecipe, splitList } from '../recipe/resolve.ts';

/** Whether a file on the command line holds data rather than a recipe. */
export const isDataFile = (file: string): boolean =>
  [...dataEndings, '.gz', '.ndjson', '.tsv'].includes(extname(file).toLowerCase());

/** Findings of a dataset_info.json or of rows, used as a recipe with these keys would. */
export async function* checkDataFile(file: string, overrides: readonly string[]): AsyncGenerator<Finding> {
  const { recipe, given, findings } = resolveRecipe(parseRecipe('{}', file), overrides);
  yield* findings.filter(({ severity }) => severity === 'error');
  const names = splitList(recipe.dataset);
  const options: RowsOptions = { model: modelOf(recipe) };
  if (/dataset_info.*\.json$/.test(basename(file))) {
    const use = { ...useOf(recipe, given, dirname(file)), ...(names.length > 0 ? { names } : {}) };
    yield* checkDatasets(use, options, basename(file));
    return;
  }
  if (!existsSync(file)) throw new UserError('file-missing', `${file} cannot be read: check the path.`);
  const { entry, folder } = await entryFor(file, names[0], given.has('dataset_dir') ? recipe.dataset_dir : undefined);
  yield* new RowsCheck(file, { path: file }, rowsUse(entry, useOf(recipe, given, folder)), options).run();
}

/** Findings of the data that a recipe names. */
export async function* checkRecipeData(recipe: Recipe, given: ReadonlySet<string>): AsyncGenerator<Finding> {
  const names = [...new Set([...splitList(recipe.dataset), ...splitList(recipe.eval_dataset)])];
  const folder = recipe.dataset_dir;
  if (names.length === 0 || folder === 'ONLINE' || folder.startsWith('REMOTE:')) return;
  yield* checkDatasets({ ...useOf(recipe, given, folder), names }, { model: modelOf(recipe) });
}

function useOf(recipe: Recipe, given: ReadonlySet<string>, datasetDir: string): DataUse {
  return {
    datasetDir,
    stage: given.has('stage') ? recipe.stage : undefined,
    templateName: recipe.template ?? undefined,
    cutoffLength: recipe.cutoff_len,
    enableThinking: recipe.enable_thinking,
    mediaDir: recipe.media_dir ?? undefined,
  };
}

/** The tokenizer of a model folder that is here, for exact lengths. */
function modelOf(recipe: Recipe): LoadModel | undefined {
  const folder = recipe.model_name_or_path;
  if (!folder || !existsSync(join(folder, 'tokenizer.json'))) return undefined;
  let loaded: ReturnType<LoadModel> | undefined;
  return () => {
    loaded ??= Tokenizer.load(folder).then((tokenizer) => ({
      tokenizer,
      template: prepareTemplate(recipe.template ?? undefined, tokenizer),
    }));
    return loaded;
  };
}

/** The entry by which a file of rows is read: the named one, else the one that names the file, else one made for its columns. */
async function entryFor(
  file: string,
  name: string | undefined,
  datasetDir: string | undefined,
): Promise<{ entry: DatasetEntry; folder: string }> {
  for (const folder of datasetDir === undefined ? foldersAbove(file) : [datasetDir]) {
    const path = join(folder, INFO_FILE);
    const bytes = await readFile(path).catch(() => undefined);
    const text = bytes && decodeInfo(bytes);
    if (text === undefined) continue;
    const names = namesIn(text, path);
    const entries = names.flatMap((each) => readEntry(text, path, each) ?? []);
    const found = name === undefined ? entries.find(({ fileName }) => fileName !== undefined && resolve(folder, fileName) === resolve(file)) : entries.find((entry) => entry.name === name); // prettier-ignore
    if (found) return { entry: found, folder };
    if (name !== undefined && names.includes(name)) parseDatasetInfo(text, path).entry(name);
  }
  if (name !== undefined) {
    throw new UserError('unknown-dataset', `There is no entry "${name}" in a dataset_info.json above ${file}: name another one, or set dataset_dir.`); // prettier-ignore
  }
  return { entry: await inferredEntry(file), folder: dirname(file) };
}

/** The folder of a file and those above it, up to where the command runs, or six of them. */
function foldersAbove(file: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(file); folders.length < 6; folder = join(folder, '..')) {
    folders.push(folder);
    if (resolve(folder) === resolve('.') || resolve(folder) === resolve(folder, '..')) break;
  }
  return [...new Set([...folders, '.', 'data'])];
}

function namesIn(text: string, path: string): readonly string[] {
  try {
    return parseDatasetInfo(text, path).names;
  } catch {
    return [];
  }
}
