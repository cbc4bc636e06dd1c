// The data a run trains on: tokenizer and template made to fit each other, rows read and encoded, what was left out told.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import type { CacheSettings } from '../../data/cache/store.ts';
import { loadData, openStream, type LoadedData } from '../../data/dataset.ts';
import { Dropped } from '../../data/row-table.ts';
import type { DataUse } from '../../data/lint/check-datasets.ts';
import { explainDataError } from '../../data/lint/explain.ts';
import type { DataOptions } from '../../data/options.ts';
import { cacheFolder } from '../../data/source/cache-folder.ts';
import { holdsExamples, openExamples, saveExamples } from '../../data/tokenized/folder.ts';
import { prepareTemplate } from '../../data/template/prepare.ts';
import type { Template } from '../../data/template/registry.ts';
import { Tokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { RunEvent } from '../../protocol.ts';
import { splitList } from '../../recipe/resolve.ts';
import type { TrainOptions } from './options.ts';

export interface PreparedData {
  readonly data: LoadedData;
  readonly tokenizer: Tokenizer;
  readonly template: Template;
}

/** Reads everything but weights. Throws UserError for what is missing or broken. */
export async function prepareData(
  options: TrainOptions,
  emit: (event: RunEvent) => void,
  now: () => Date,
): Promise<PreparedData> {
  const { stage, data: dataOptions } = options;
  const tokenizer = await openTokenizer(options);
  // texts to pre-train on bring their own format
  const name = stage === 'pt' ? (dataOptions.templateName ?? 'empty') : dataOptions.templateName;
  const template = prepareTemplate(name, tokenizer, dataOptions.today);
  const { tokenized_path: path } = options.recipe;
  const saved = path === null || path === '' ? undefined : resolve(options.workingDirectory, path);
  if (saved !== undefined && holdsExamples(saved)) {
    const message = `Reading preprocessed data in ${saved}: dataset, template and cutoff_len are not looked at`;
    emit({ type: 'phase', phase: 'data', message });
    const data = { ...(await openExamples(saved, stage)), dropped: new Dropped(), truncated: 0 };
    return { data, tokenizer, template };
  }
  const message = `Reading ${[...dataOptions.datasets, ...dataOptions.evalDatasets].join(', ')}`;
  emit({ type: 'phase', phase: 'data', message });
  const progress = (rows: number): void =>
    emit({ type: 'phase', phase: 'data', message: `${rows} rows read`, done: rows });
  const waiting = (): void =>
    emit({ type: 'phase', phase: 'data', message: 'Another run is tokenising the same rows: waiting for it' });
  const cache = cacheSettings(options, now);
  const load = dataOptions.streaming ? openStream : loadData;
  const data = await load(dataOptions, { tokenizer, template, cache, progress, waiting }).catch(
    async (error: unknown) => {
      throw await explainDataError(error, useOf(dataOptions));
    },
  );
  warn(data, options, emit);
  if (saved !== undefined && data.stream) {
    throw new UserError(
      'streaming-with-tokenized-path',
      'Preprocessed data can only be written without streaming: remove streaming or tokenized_path.',
    );
  }
  if (saved !== undefined) {
    await saveExamples(saved, data);
    const message = `The preprocessed data are kept in ${saved}: later runs with this tokenized_path read them, whatever their other keys about data say.`;
    emit({ type: 'warning', code: 'tokenized-path-saved', message });
  }
  return { data, tokenizer, template };
}

/** Where tokenised rows are kept; undefined where the recipe gives them no room. */
function cacheSettings({ recipe }: TrainOptions, now: () => Date): CacheSettings | undefined {
  const { anneal_cache_gb: gigabytes, overwrite_cache: overwrite } = recipe;
  return gigabytes > 0 ? { folder: join(cacheFolder(), 'rows'), limit: gigabytes * 1e9, overwrite, now } : undefined;
}

/** How a run uses its data, for the check to say what is wrong with them. */
const useOf = (options: DataOptions): DataUse => ({
  datasetDir: options.datasetDir,
  names: [...options.datasets, ...options.evalDatasets],
  stage: options.stage,
  templateName: options.templateName,
  cutoffLength: options.cutoffLength,
  mediaDir: options.mediaDir,
});

async function openTokenizer({ recipe, modelFolder }: TrainOptions): Promise<Tokenizer> {
  if (!existsSync(modelFolder)) {
    throw new UserError(
      'model-folder',
      `The model folder ${modelFolder} does not exist: model_name_or_path must be a folder on this machine (nothing is downloaded).`,
    );
  }
  const tokenizer = await Tokenizer.load(modelFolder);
  tokenizer.add(splitList(recipe.add_tokens), false);
  tokenizer.add(splitList(recipe.add_special_tokens), true);
  return tokenizer;
}

/** Tells what was left out or cut; of a stream that is known when it has been read. */
export function warn(
  { dropped, truncated }: Pick<LoadedData, 'dropped' | 'truncated'>,
  { recipe }: TrainOptions,
  emit: (event: RunEvent) => void,
): void {
  if (dropped.count > 0) emit({ type: 'warning', code: 'rows-dropped', message: describeDropped(dropped) });
  if (truncated > 0) {
    emit({
      type: 'warning',
      code: 'rows-truncated',
      message: `${truncated} rows are cut at cutoff_len ${recipe.cutoff_len}.`,
    });
  }
}

/** Reasons that a warning spells out; the rest are counted. */
const REASONS = 4;

function describeDropped({ count, reasons }: Dropped): string {
  const told = reasons.slice(0, REASONS).map(({ count: rows, first }) => `${rows} because ${first.dropped} (the first is row ${first.row + 1} of ${first.dataset})`); // prettier-ignore
  const others = reasons.slice(REASONS).reduce((sum, { count: rows }) => sum + rows, 0);
  if (others > 0) told.push(`${others} for other reasons`);
  return `${count} ${count === 1 ? 'row is' : 'rows are'} left out: ${told.join('; ')}.`;
}
