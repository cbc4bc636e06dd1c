// What the reader does: recipes and their data, checked and shown.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkDatasets } from '../../data/lint/check-datasets.ts';
import type { RowsOptions } from '../../data/lint/check-rows.ts';
import { datasetStatistics } from '../../data/preview/statistics.ts';
import { prepareTemplate } from '../../data/template/prepare.ts';
import { Tokenizer } from '../../data/tokenizer/tokenizer.ts';
import { checkRecipe, type CheckedRecipe } from '../../recipe/check.ts';
import type { Finding } from '../../recipe/finding.ts';
import { splitList } from '../../recipe/resolve.ts';
import { estimateRecipe } from '../../runs/estimate.ts';
import { homeOf } from '../../runs/home.ts';
import type { ReaderRequest } from './messages.ts';
import type { Previews } from './previews.ts';
import { answerView } from './view-answers.ts';
import type { Views } from './views.ts';

/** Most findings of one check: a broken file has one a row. */
const MOST_FINDINGS = 1000;

/** Answers a request. Throws UserError with a sentence for what cannot be read. */
export async function answer(request: ReaderRequest, previews: Previews, views: Views): Promise<unknown> {
  switch (request.method) {
    case 'check':
      return await check(checkRecipe(request.recipe, request.file, request.overrides), request);
    case 'preview':
      return await previews.use(request, async (preview) => {
        const rows = [];
        for (const name of request.dataset === undefined ? preview.names : [request.dataset])
          for await (const { row } of preview.rows(name, request.first, request.last + 1)) rows.push(row);
        return { rows };
      });
    case 'statistics':
      return await previews.use(request, async (preview) => {
        const datasets = [];
        for (const name of request.dataset === undefined ? preview.names : [request.dataset])
          datasets.push(await datasetStatistics(preview, name, { all: request.all }));
        return { datasets };
      });
    case 'view':
      return await views.use(request.source, (opened) => answerView(opened, request.question));
    case 'estimate': {
      const { recipe: text, file, overrides, workingDirectory } = request;
      const source = { text, file, overrides, workingDirectory };
      const { estimate, data, calibrated } = await estimateRecipe(source, homeOf(process.env), new Date());
      return { ...estimate, data, calibrated };
    }
  }
}

async function check(
  { recipe, given, findings }: CheckedRecipe,
  { workingDirectory }: { readonly workingDirectory: string },
): Promise<{ findings: readonly Finding[] }> {
  const all = [...findings];
  const names = [...new Set([...splitList(recipe.dataset), ...splitList(recipe.eval_dataset)])];
  const { dataset_dir: folder } = recipe;
  if (names.length === 0 || folder === 'ONLINE' || folder.startsWith('REMOTE:')) return { findings: all };
  const use = {
    datasetDir: resolve(workingDirectory, folder),
    stage: given.has('stage') ? recipe.stage : undefined,
    templateName: recipe.template ?? undefined,
    cutoffLength: recipe.cutoff_len,
    mediaDir: recipe.media_dir === null ? undefined : resolve(workingDirectory, recipe.media_dir),
    names,
  };
  const model = recipe.model_name_or_path === null ? '' : resolve(workingDirectory, recipe.model_name_or_path);
  for await (const finding of checkDatasets(use, { model: loaderOf(model, recipe.template ?? undefined) })) {
    all.push(finding);
    if (all.length >= MOST_FINDINGS) break;
  }
  return { findings: all };
}

/** The tokenizer of a model folder that is here, loaded when a length must be exact. */
function loaderOf(folder: string, template: string | undefined): RowsOptions['model'] {
  if (!existsSync(join(folder, 'tokenizer.json'))) return undefined;
  let loaded: Promise<{ tokenizer: Tokenizer; template: ReturnType<typeof prepareTemplate> }> | undefined;
  return () => {
    loaded ??= Tokenizer.load(folder).then((tokenizer) => ({ tokenizer, template: prepareTemplate(template, tokenizer) }));
    return loaded;
  };
} // prettier-ignore
