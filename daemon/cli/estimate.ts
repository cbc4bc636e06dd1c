// anneal estimate: what a run will take before it is started: memory by part, disk, steps, tokens and time.
import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { DataPreview } from '../data/preview/preview.ts';
import { datasetStatistics, type DatasetStatistics } from '../data/preview/statistics.ts';
import { estimateRun, type DataFigures, type Estimate, type MachineFigures } from '../engine/estimate/estimate.ts';
import { trainOptions, type TrainOptions } from '../engine/train/options.ts';
import { chooseDevice } from '../engine/runtime/devices.ts';
import { matrixProbe, PROBE_FLOPS } from '../engine/runtime/probe.ts';
import { UserError } from '../errors.ts';
import { checkRecipe } from '../recipe/check.ts';
import { formatFinding } from '../recipe/finding.ts';
import { homeOf } from '../runs/home.ts';
import { readMeasured, type MeasuredRun } from '../runs/measured.ts';
import type { Arguments } from './main.ts';

export async function estimate({ words, flags }: Arguments): Promise<number> {
  const [file, ...overrides] = words;
  if (file === undefined) throw new UserError('usage', 'Name a recipe: anneal estimate recipe.yaml');
  const options = await readOptions(file, overrides, process.cwd());
  const statistics = await dataStatistics(options);
  const figures = dataFigures(options, statistics);
  const machine = await machineFigures(options);
  const calibration = await calibrate(options, machine);
  const result = await estimateRun(options, figures, { ...machine, calibration });
  if (flags.has('--json'))
    console.log(JSON.stringify({ ...result, data: figures, calibrated: calibration !== undefined }));
  else console.log(describe(result, figures, statistics, calibration !== undefined));
  return 0;
}

async function readOptions(file: string, overrides: readonly string[], folder: string): Promise<TrainOptions> {
  const text = await readFile(resolve(folder, file), 'utf8').catch((cause: unknown) => {
    throw new UserError('recipe-missing', `The recipe ${file} cannot be read: check the path.`, { cause });
  });
  const { recipe, given, findings } = checkRecipe(text, file, overrides);
  const blocking = findings.filter(({ severity }) => severity === 'error');
  if (blocking.length > 0) throw new UserError('recipe-errors', blocking.map(formatFinding).join('\n'));
  return trainOptions(recipe, given, folder, new Date());
}

async function dataStatistics({ recipe, data, modelFolder }: TrainOptions): Promise<DatasetStatistics[]> {
  const addTokens = { plain: recipe.add_tokens, special: recipe.add_special_tokens };
  const preview = await DataPreview.open({ data, modelFolder, addTokens }, data.source);
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
  return { totalMemory: totalmem(), freeMemory: freemem(), flopsPerSecond: PROBE_FLOPS / (await probe(device)) };
}

/** How the last runs here were to what an estimate says of them; undefined where none can be read again. */
async function calibrate(options: TrainOptions, machine: MachineFigures): Promise<MachineFigures['calibration']> {
  const runs = (await readMeasured(homeOf(process.env))).toReversed();
  const ratios: { efficiency: number; memory: number }[] = [];
  for (const run of runs) {
    if (ratios.length === 3) break;
    const ratio = await compare(run, options, machine).catch(() => undefined);
    if (ratio) ratios.push(ratio);
  }
  if (ratios.length === 0) return undefined;
  const mean = (values: number[]): number => values.reduce((all, value) => all + value, 0) / values.length;
  return {
    efficiency: mean(ratios.map(({ efficiency }) => efficiency)),
    memory: mean(ratios.map(({ memory }) => memory)),
  };
}

/** A run tells about others of its method and its size of model: within a factor of three. */
async function compare(
  run: MeasuredRun,
  { finetuningType, modelFolder }: TrainOptions,
  machine: MachineFigures,
): Promise<{ efficiency: number; memory: number } | undefined> {
  const options = await readOptions(run.recipeFile, run.overrides, run.workingDirectory);
  if (options.finetuningType !== finetuningType || options.modelFolder !== modelFolder) return undefined;
  const trainedShare = options.recipe.train_on_prompt || options.stage === 'pt' ? 1 : 0.6;
  const { examples, meanTokens, longest } = run;
  const said = await estimateRun(options, { examples, meanTokens, longest, trainedShare }, machine);
  const { activations, total } = said.memory;
  const middle = (said.tokensPerSecond.low * 1.35 + said.tokensPerSecond.high * 0.65) / 2;
  return {
    efficiency: said.efficiency * (run.tokensPerSecond / middle),
    memory: Math.min(2, Math.max(0.5, (run.peakMemory - (total - activations)) / activations)),
  };
}

const giga = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
const millions = (value: number): string =>
  value >= 1e9
    ? `${(value / 1e9).toFixed(2)}B`
    : value >= 1e6
      ? `${(value / 1e6).toFixed(1)}M`
      : value.toLocaleString('en');
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;

/** "40 s", "12 min", "3 h 20 min". */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function describe(
  { memory, disk, ...run }: Estimate,
  data: DataFigures,
  statistics: readonly DatasetStatistics[],
  calibrated: boolean,
): string {
  const cut = statistics.reduce((all, { truncated, looked }) => all + (looked === 0 ? 0 : truncated.share), 0) / Math.max(1, statistics.length); // prettier-ignore
  const lines: [string, string][] = [
    ['model', `${millions(run.parameters)} parameters, ${millions(run.trainable)} trained (${percent(run.trainable / run.parameters)})`],
    [
      'data',
      `${data.examples.toLocaleString('en')} examples of ${Math.round(data.meanTokens)} tokens on average, ${percent(data.trainedShare)} of them trained; the longest has ${data.longest}, ${percent(cut)} are cut${statistics.some(({ isSample }) => isSample) ? ' (from a sample)' : ''}`,
    ],
    [
      'memory',
      `about ${giga(memory.total)} (${giga(memory.range.low)} to ${giga(memory.range.high)}) of ${giga(memory.machine)}: ${memory.fits ? 'fits' : 'does not fit'}`,
    ],
    ['', `weights ${giga(memory.weights)}, gradients ${giga(memory.gradients)}, optimizer ${giga(memory.optimizer)}, activations ${giga(memory.activations)} (logits ${giga(memory.logits)}), program ${giga(memory.program)}`],
    ['disk', `${giga(disk.checkpoint)} a checkpoint, ${disk.checkpoints} written, ${giga(disk.kept)} kept; the result has ${giga(disk.result)}`],
    ['steps', `${run.steps.toLocaleString('en')} of ${run.rowsPerStep} rows, ${Number(run.epochs.toFixed(2))} epochs, ${millions(run.tokens.total)} tokens`],
    [
      'time',
      `${duration(run.seconds.low)} to ${duration(run.seconds.high)}, at ${Math.round(run.tokensPerSecond.low)} to ${Math.round(run.tokensPerSecond.high)} tokens/s${calibrated ? ' (corrected by earlier runs here)' : ''}`,
    ],
  ]; // prettier-ignore
  return lines.map(([name, text]) => `${name.padEnd(8)}${text}`).join('\n');
}
