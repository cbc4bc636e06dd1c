// The tasks of the data process.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { alignRow } from '../daemon/data/align/align.ts';
import type { Conversation } from '../daemon/data/conversation.ts';
import { IGNORED } from '../daemon/data/example.ts';
import { readEntry, rowsUse } from '../daemon/data/lint/check-datasets.ts';
import { RowsCheck } from '../daemon/data/lint/check-rows.ts';
import { filesOf } from '../daemon/data/source/files.ts';
import { openDataset } from '../daemon/data/source/index/open-dataset.ts';
import { openMediaFolder } from '../daemon/data/source/media-folder.ts';
import { openDatasetDir, readRows } from '../daemon/data/source/source.ts';
import { dataOptions } from '../daemon/data/recipe-options.ts';
import { rowTokeniser } from '../daemon/data/stage-rows.ts';
import { judgeTemplate } from '../daemon/data/template/check-template.ts';
import { prepareTemplate } from '../daemon/data/template/prepare.ts';
import type { TemplateVerdict } from '../daemon/data/template/template-finding.ts';
import { Tokenizer } from '../daemon/data/tokenizer/tokenizer.ts';
import type { CostFigures, DataFigures } from '../daemon/recipe/assist/hints.ts';
import { parseRecipe } from '../daemon/recipe/parse.ts';
import type { Recipe } from '../daemon/recipe/recipe.ts';
import { resolveRecipe, splitList } from '../daemon/recipe/resolve.ts';
import { parseEntry } from '../daemon/recipe/dataset-info.ts';
import type {
  CostTask,
  CountTask,
  DataAnswers,
  DataTask,
  FiguresTask,
  LintTask,
  RowsSummary,
  TemplateTask,
} from './data-tasks.ts';

/** Milliseconds for tokenising, and for checking: what is not done then is said of the first rows only. */
const PATIENCE = 20_000;
/** Rows that are tokenised with one call. */
const AT_ONCE = 256;

export function perform(task: DataTask): Promise<DataAnswers[keyof DataAnswers]> {
  switch (task.kind) {
    case 'count':
      return count(task);
    case 'figures':
      return figures(task);
    case 'lint':
      return lint(task);
    case 'cost':
      return cost(task);
    case 'template':
      return template(task);
  }
}

/** Templates that write the date are counted and compared with any. */
const TODAY = '01 Jan 2025';

/** A recipe that says nothing but what is given. */
const recipeOf = (given: Partial<Recipe>): Recipe => ({ ...resolveRecipe(parseRecipe('', '')).recipe, ...given });

const estimated = z.object({
  memory: z.object({ total: z.number(), machine: z.number() }),
  seconds: z.object({ low: z.number(), high: z.number() }),
});

/** Asks the command line: reckoning needs the engine, and nothing here does otherwise. */
async function cost({ folder, text }: CostTask): Promise<CostFigures> {
  const command = fileURLToPath(new URL('cli.js', import.meta.url));
  const asked = promisify(execFile)(process.execPath, [command, 'estimate', '-', '--json'], { cwd: folder, timeout: PATIENCE }); // prettier-ignore
  asked.child.stdin?.end(text);
  const { memory, seconds } = estimated.parse(JSON.parse((await asked).stdout));
  return { seconds: (seconds.low + seconds.high) / 2, peakBytes: memory.total, freeBytes: memory.machine };
}

async function template({ modelFolder, recipe: given, ...task }: TemplateTask): Promise<TemplateVerdict | null> {
  const data = dataOptions(recipeOf(given), new Set(task.given), (path) => path, TODAY);
  return (await judgeTemplate(data, modelFolder)) ?? null;
}

async function count({ folder, file }: CountTask): Promise<number> {
  const dataset = await openDataset(parseEntry('', { file_name: file }, ''), folder);
  try {
    return dataset.rows;
  } finally {
    await dataset.close();
  }
}

async function figures({ folder, modelFolder, recipe: given, ...task }: FiguresTask): Promise<DataFigures> {
  const recipe = recipeOf(given);
  const data = dataOptions(recipe, new Set(task.given), (path) => resolve(folder, path), TODAY);
  const tokenizer = await Tokenizer.load(modelFolder);
  tokenizer.add(splitList(recipe.add_tokens), false);
  tokenizer.add(splitList(recipe.add_special_tokens), true);
  const name = data.stage === 'pt' ? (data.templateName ?? 'empty') : data.templateName;
  const tokenise = rowTokeniser(data, tokenizer, prepareTemplate(name, tokenizer, data.today));
  const media = openMediaFolder(data.mediaDir);
  const entryOf = await openDatasetDir(data.datasetDir);
  const sum = { rows: 0, tokens: 0, trained: 0, cut: 0 };
  const add = async (rows: readonly Conversation[]): Promise<void> => {
    for (const row of await tokenise(rows)) {
      if ('dropped' in row) continue;
      sum.rows += 1;
      for (const { ids, labels } of row.parts) {
        sum.tokens += ids.length;
        // prompts are generated from
        if (data.stage !== 'ppo') for (const label of labels) if (label !== IGNORED) sum.trained += 1;
      }
      if (row.truncated) sum.cut += 1;
    }
  };
  const end = performance.now() + PATIENCE;
  let isWhole = true;
  for (const dataset of new Set(data.datasets)) {
    const entry = entryOf(dataset);
    const waiting: Conversation[] = [];
    let row = -1;
    for await (const { value } of readRows(entry, data.datasetDir)) {
      row += 1;
      if (row >= (data.maxSamples ?? Number.POSITIVE_INFINITY)) break;
      const found = alignRow(value, entry, { dataset, row }, media);
      if (!('dropped' in found)) waiting.push(found);
      if (waiting.length < AT_ONCE) continue;
      await add(waiting.splice(0));
      if (performance.now() > end) {
        isWhole = false;
        break;
      }
    }
    await add(waiting);
  }
  return { ...sum, isWhole };
}

async function lint({ infoFile, name, ...use }: LintTask): Promise<RowsSummary> {
  const datasetDir = dirname(infoFile);
  const entry = readEntry(await readFile(infoFile, 'utf8'), infoFile, name);
  const sum = { rows: 0, errors: 0, warnings: 0 };
  let first: (RowsSummary['first'] & { readonly isError: boolean }) | undefined;
  const signal = AbortSignal.timeout(PATIENCE);
  for (const path of entry ? await filesOf(entry, datasetDir) : []) {
    if (!entry) break;
    const check = new RowsCheck(path, { path }, rowsUse(entry, { ...use, datasetDir }), { signal, limit: Number.POSITIVE_INFINITY }); // prettier-ignore
    try {
      for await (const { severity, code, file, line, message } of check.run()) {
        if (code === 'rows-summary' || (severity !== 'error' && severity !== 'warning')) continue;
        sum[severity === 'error' ? 'errors' : 'warnings'] += 1;
        const isError = severity === 'error';
        if (!first || (isError && !first.isError)) first = { file, line, message, isError };
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    sum.rows += check.facts.rows;
    if (signal.aborted) break;
  }
  const shown = first && { file: first.file, line: first.line, message: first.message };
  return { ...sum, first: shown, isWhole: !signal.aborted };
}
