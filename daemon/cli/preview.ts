// anneal preview: rows as the model will see them, or figures over many of them, as text or as JSON.
import { resolve } from 'node:path';
import { DataPreview, previewOptions } from '../data/preview/preview.ts';
import { datasetStatistics, type DatasetStatistics } from '../data/preview/statistics.ts';
import { dataOptions } from '../data/recipe-options.ts';
import { writtenDate } from '../data/written-date.ts';
import { UserError } from '../errors.ts';
import { checkRecipe, refuseErrors } from '../recipe/check.ts';
import type { Arguments } from './main.ts';
import { describeRow, legend } from './preview-rows.ts';
import { describeStatistics } from './preview-statistics.ts';
import { ProgressLine } from './progress-line.ts';
import { readRecipeFile } from './recipe-file.ts';

/** Rows a command without --row or --rows shows. */
const SHOWN = 3;

export async function preview({ words, flags }: Arguments): Promise<number> {
  const [file, ...overrides] = words;
  if (file === undefined) throw new UserError('usage', 'Name a recipe: anneal preview recipe.yaml --row 0');
  if (flags.has('--all') && !flags.has('--stats')) throw new UserError('usage', '--all goes with --stats.');
  const range = rowRange(flags);
  const line = new ProgressLine(process.stderr);
  const opened = await open(file, overrides, line);
  try {
    const wanted = flags.get('--dataset');
    const names = typeof wanted === 'string' ? [wanted] : opened.names;
    if (flags.has('--stats')) await showStatistics(opened, names, flags, line);
    else await showRows(opened, names, range, flags, line);
  } finally {
    line.clear();
    await opened.close();
  }
  return 0;
}

async function open(file: string, overrides: readonly string[], line: ProgressLine): Promise<DataPreview> {
  const { text, findings: unreadable } = await readRecipeFile(file);
  const { recipe, given, findings } = checkRecipe(text, file, overrides);
  refuseErrors([...unreadable, ...findings]);
  const path = (value: string): string => resolve(value);
  const data = dataOptions(recipe, given, path, writtenDate(new Date()));
  const sources = {
    ...data.source,
    downloading: (name: string, bytes: number, total: number): void => line.bytes(`Loading ${name}`, bytes, total),
    progress: (name: string, bytes: number, total: number): void =>
      line.bytes(`Finding the rows of ${name}`, bytes, total),
  };
  return DataPreview.open(previewOptions(recipe, data, path(recipe.model_name_or_path ?? '')), sources);
}

function rowRange(flags: Arguments['flags']): [number, number] {
  if (flags.has('--row') && flags.has('--rows')) throw new UserError('usage', 'Give either --row or --rows.');
  const row = flags.get('--row');
  const rows = flags.get('--rows');
  const match = /^(\d+)(?:-(\d+))?$/.exec(String(row ?? rows ?? `0-${SHOWN - 1}`));
  if (!match || (row !== undefined && match[2] !== undefined)) {
    throw new UserError('usage', '--row takes a number, --rows takes N-M; rows count from 0.');
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (last < first) throw new UserError('usage', `--rows ${first}-${last} ends before it begins.`);
  return [first, last];
}

async function showRows(
  preview: DataPreview,
  names: readonly string[],
  [first, last]: [number, number],
  flags: Arguments['flags'],
  line: ProgressLine,
): Promise<void> {
  const json = flags.has('--json');
  let shown = 0;
  for (const name of names) {
    for await (const row of preview.rows(name, first, last + 1)) {
      line.clear();
      if (json) console.log(JSON.stringify(row.row));
      else console.log(describeRow(row, process.stdout));
      shown += 1;
    }
  }
  if (!json && shown > 0) console.log(legend(process.stdout));
}

async function showStatistics(
  preview: DataPreview,
  names: readonly string[],
  flags: Arguments['flags'],
  line: ProgressLine,
): Promise<void> {
  const found: DatasetStatistics[] = [];
  for (const name of names) {
    const progress = (_: string, done: number, total: number): void => line.count(`Looking at ${name}`, done, total);
    const statistics = await datasetStatistics(preview, name, { all: flags.has('--all'), progress });
    line.clear();
    found.push(statistics);
    if (!flags.has('--json')) console.log(describeStatistics(statistics, process.stdout));
  }
  if (flags.has('--json')) console.log(JSON.stringify({ datasets: found }));
}
