// What a recipe's run will take, from its files: options, figures of its data, this machine, and earlier runs put together.
import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { DataPreview, previewOptions } from '../data/preview/preview.ts';
import { datasetStatistics, type DatasetStatistics } from '../data/preview/statistics.ts';
import {
  estimateRun,
  SPREAD,
  type DataFigures,
  type Estimate,
  type MachineFigures,
} from '../engine/estimate/estimate.ts';
import { trainOptions, type TrainOptions } from '../engine/train/options.ts';
import { chooseDevice } from '../engine/runtime/devices.ts';
import { matrixProbe, PROBE_FLOPS } from '../engine/runtime/probe.ts';
import { UserError } from '../errors.ts';
import { checkRecipe, refuseErrors } from '../recipe/check.ts';
import type { Home } from './home.ts';
import { readMeasured, type MeasuredRun } from './measured.ts';

export interface RecipeSource {
  readonly text: string;
  /** What the recipe is called in findings. */
  readonly file: string;
  readonly overrides: readonly string[];
  readonly workingDirectory: string;
}

export interface RecipeEstimate {
  readonly estimate: Estimate;
  readonly data: DataFigures;
  readonly statistics: readonly DatasetStatistics[];
  /** Whether earlier runs here corrected it. */
  readonly calibrated: boolean;
}

/** Throws UserError for a recipe with errors, data that cannot be read, a model that is not there. */
export async function estimateRecipe(source: RecipeSource, home: Home, today: Date): Promise<RecipeEstimate> {
  const options = optionsOf(source, today);
  const statistics = await dataStatistics(options);
  const data = dataFigures(options, statistics);
  const machine = await machineFigures(options);
  const calibration = await calibrate(options, machine, home, today);
  const estimate = await estimateRun(options, data, { ...machine, calibration });
  return { estimate, data, statistics, calibrated: calibration !== undefined };
}

function optionsOf({ text, file, overrides, workingDirectory }: RecipeSource, today: Date): TrainOptions {
  const { recipe, given, findings } = checkRecipe(text, file, overrides);
  refuseErrors(findings);
  return trainOptions(recipe, given, workingDirectory, today);
}

async function dataStatistics({ recipe, data, modelFolder }: TrainOptions): Promise<DatasetStatistics[]> {
  const preview = await DataPreview.open(previewOptions(recipe, data, modelFolder), data.source);
  try {
    const found: DatasetStatistics[] = [];
    for (const name of data.datasets) found.push(await datasetStatistics(preview, name));
    return found;
  } finally {
    await preview.close();
  }
}

function dataFigures({ data, recipe }: TrainOptions, statistics: readonly DatasetStatistics[]): DataFigures {
  const sum = (value: (of: DatasetStatistics) => number): number => statistics.reduce((all, of) => all + value(of), 0);
  const kept = (of: DatasetStatistics): number => of.looked - of.dropped.reduce((all, { rows }) => all + rows, 0);
  const rows = sum((of) => (of.looked === 0 ? 0 : (of.used * kept(of)) / of.looked));
  const tokens = sum((of) => (of.looked === 0 ? 0 : (of.tokens.total * of.used) / of.looked));
  const trained = sum((of) => (of.looked === 0 ? 0 : (of.tokens.trained * of.used) / of.looked));
  if (rows < 1 || tokens < 1) {
    throw new UserError(
      'no-examples',
      `No row of ${data.datasets.join(', ')} can be used: see "anneal preview --stats".`,
    );
  }
  const heldOut = recipe.val_size >= 1 ? recipe.val_size : recipe.val_size * rows;
  const left = Math.max(1, rows - heldOut);
  const trainedShare = Math.max(0.001, trained / tokens);
  if (data.packing) {
    const length = data.blockLength;
    return { examples: Math.max(1, Math.ceil((tokens * left) / rows / length)), meanTokens: length, longest: length, trainedShare }; // prettier-ignore
  }
  const longest = Math.min(data.cutoffLength, Math.max(...statistics.map(({ tokens: { longest: most } }) => most)));
  return { examples: Math.round(left), meanTokens: tokens / rows, longest, trainedShare };
}

async function machineFigures({ recipe }: TrainOptions): Promise<MachineFigures> {
  const probe = matrixProbe(() => performance.now() / 1000);
  const device = await chooseDevice(recipe.anneal_device, probe);
  return {
    totalMemory: totalmem(),
    freeMemory: freemem(),
    flopsPerSecond: PROBE_FLOPS / (await probe.seconds(device)),
  };
}

/** How the last runs here were to what an estimate says of them; undefined where none can be read again. */
async function calibrate(
  options: TrainOptions,
  machine: MachineFigures,
  home: Home,
  today: Date,
): Promise<MachineFigures['calibration']> {
  const runs = (await readMeasured(home)).toReversed();
  const ratios: { efficiency: number; memory: number }[] = [];
  for (const run of runs) {
    if (ratios.length === 3) break;
    const ratio = await compare(run, options, machine, today).catch(() => undefined);
    if (ratio) ratios.push(ratio);
  }
  if (ratios.length === 0) return undefined;
  const mean = (values: number[]): number => values.reduce((all, value) => all + value, 0) / values.length;
  return {
    efficiency: mean(ratios.map(({ efficiency }) => efficiency)),
    memory: mean(ratios.map(({ memory }) => memory)),
  };
}

/** A run tells about others of the same model and method. */
async function compare(
  run: MeasuredRun,
  { finetuningType, modelFolder }: TrainOptions,
  machine: MachineFigures,
  today: Date,
): Promise<{ efficiency: number; memory: number } | undefined> {
  const { recipeFile: file, overrides, workingDirectory } = run;
  const text = await readFile(resolve(workingDirectory, file), 'utf8');
  const options = optionsOf({ text, file, overrides, workingDirectory }, today);
  if (options.finetuningType !== finetuningType || options.modelFolder !== modelFolder) return undefined;
  const trainedShare = options.recipe.train_on_prompt || options.stage === 'pt' ? 1 : 0.6;
  const { examples, meanTokens, longest } = run;
  const said = await estimateRun(options, { examples, meanTokens, longest, trainedShare }, machine);
  const { activations, total } = said.memory;
  const middle = said.tokensPerSecond.low * (1 + SPREAD);
  return {
    efficiency: said.efficiency * (run.tokensPerSecond / middle),
    memory: Math.min(2, Math.max(0.5, (run.peakMemory - (total - activations)) / activations)),
  };
}
