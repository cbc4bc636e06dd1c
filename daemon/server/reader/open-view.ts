// From what a view asks for to the dataset that it looks at. Where a recipe cannot render rows yet, they are shown as they lie in the file,
// with the reason.
import { basename, dirname, join, resolve } from 'node:path';
import { inferredEntry } from '../../data/lint/infer-file.ts';
import { rowsUse } from '../../data/lint/check-datasets.ts';
import type { DataOptions } from '../../data/options.ts';
import { DataPreview, previewOptions } from '../../data/preview/preview.ts';
import { dataOptions } from '../../data/recipe-options.ts';
import { filesOf } from '../../data/source/files.ts';
import { openDatasetDir } from '../../data/source/source.ts';
import { DatasetView, type ViewParts } from '../../data/view/dataset-view.ts';
import { UserError } from '../../errors.ts';
import { checkRecipe, refuseErrors, type CheckedRecipe } from '../../recipe/check.ts';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { ViewSource } from './messages.ts';

export interface OpenedView {
  readonly view: DatasetView;
  /** Of the recipe; without one the file alone. */
  readonly datasets: readonly string[];
  /** dataset_info.json, where the dataset is an entry of one. */
  readonly infoFile: string | undefined;
  /** What renders the rows, where anything does. */
  readonly rendered: { readonly data: DataOptions; readonly model: string } | undefined;
  /** Why nothing does although there is a recipe. */
  readonly problem: string | undefined;
  readonly version: string;
}

type Opened = Omit<OpenedView, 'version'>;

/** Throws UserError where there is no such dataset or file. Its rows are read later. */
export async function openView({ recipe, dataset, dataFile }: ViewSource, today: string): Promise<Opened> {
  if (!recipe) return await openFile(dataFile ?? '');
  const { recipe: text, file, overrides, workingDirectory } = recipe;
  const checked = checkRecipe(text, file, overrides);
  const path = (value: string): string => resolve(workingDirectory, value);
  const data = dataOptions(checked.recipe, checked.given, path, today);
  const names = [...new Set([...data.datasets, ...data.evalDatasets])];
  const known = await entryOf(names, data, dataset, dataFile);
  const entry = known ?? (await inferredEntry(dataFile ?? ''));
  const folder = known ? data.datasetDir : dirname(dataFile ?? '');
  const { preview, problem } = await openPreview(checked, known ? data : { ...data, datasets: [entry.name], evalDatasets: [] }, entry, path); // prettier-ignore
  const { stage, template, cutoff_len: cutoffLength, enable_thinking: enableThinking } = checked.recipe;
  const use = rowsUse(entry, {
    datasetDir: folder,
    stage: checked.given.has('stage') ? stage : undefined,
    templateName: template ?? undefined,
    cutoffLength,
    enableThinking,
    mediaDir: data.mediaDir,
  });
  return {
    view: new DatasetView({ entry, folder, use, preview, source: data.source ?? {} }),
    datasets: known ? names : [entry.name],
    infoFile: known ? join(data.datasetDir, 'dataset_info.json') : undefined,
    rendered: preview && { data: preview.data, model: checked.recipe.model_name_or_path ?? '' },
    problem,
  };
}

/** A file by itself: its layout is what its columns look like. */
async function openFile(path: string): Promise<Opened> {
  const entry = await inferredEntry(path);
  const folder = dirname(path);
  const use = rowsUse(entry, {
    datasetDir: folder,
    stage: undefined,
    templateName: undefined,
    cutoffLength: undefined,
  });
  const parts: ViewParts = { entry, folder, use, preview: undefined, source: {} };
  return { view: new DatasetView(parts), datasets: [basename(path)], infoFile: undefined, rendered: undefined, problem: undefined }; // prettier-ignore
}

/** The recipe's dataset of a name or of a file; undefined where none is of that file. Throws UserError where there is none of the name. */
async function entryOf(
  names: readonly string[],
  { datasetDir, source }: DataOptions,
  name: string | undefined,
  dataFile: string | undefined,
): Promise<DatasetEntry | undefined> {
  if (dataFile === undefined || name !== undefined) {
    const wanted = name ?? names[0];
    if (wanted === undefined)
      throw new UserError('dataset-missing', 'The recipe names no dataset: set the key dataset.');
    if (!names.includes(wanted)) throw new UserError('unknown-dataset', `The recipe does not use the dataset "${wanted}"; it uses ${names.join(', ') || 'none'}.`); // prettier-ignore
    return (await openDatasetDir(datasetDir, source))(wanted);
  }
  const lookup = await openDatasetDir(datasetDir, source).catch(ofUser);
  for (const each of lookup ? names : []) {
    try {
      const entry = lookup?.(each);
      if (entry?.fileName !== undefined && (await filesOf(entry, datasetDir, source)).includes(dataFile)) return entry;
    } catch (error) {
      ofUser(error);
    }
  }
  return undefined;
}

/** What is wrong with other datasets is no reason not to show this one. */
function ofUser(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

async function openPreview(
  checked: CheckedRecipe,
  data: DataOptions,
  entry: DatasetEntry,
  path: (value: string) => string,
): Promise<{ readonly preview: DataPreview | undefined; readonly problem: string | undefined }> {
  const { recipe } = checked;
  try {
    refuseErrors(checked.findings);
    const model = path(recipe.model_name_or_path ?? '');
    const preview = await DataPreview.open(previewOptions(recipe, data, model), data.source, () => entry);
    return { preview, problem: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { preview: undefined, problem: error.message };
  }
}
