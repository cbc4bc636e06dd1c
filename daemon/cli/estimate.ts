// anneal estimate: what a run will take before it is started: memory by part, disk, steps, tokens and time.
import { text as textOf } from 'node:stream/consumers';
import type { DatasetStatistics } from '../data/preview/statistics.ts';
import type { DataFigures, Estimate } from '../engine/estimate/estimate.ts';
import { UserError } from '../errors.ts';
import { refuseErrors } from '../recipe/check.ts';
import { estimateRecipe } from '../runs/estimate.ts';
import { homeOf } from '../runs/home.ts';
import type { Arguments } from './main.ts';
import { readRecipeFile } from './recipe-file.ts';

export async function estimate({ words, flags }: Arguments): Promise<number> {
  const [file, ...overrides] = words;
  if (file === undefined) throw new UserError('usage', 'Name a recipe: anneal estimate recipe.yaml');
  const { text, findings: unreadable } =
    file === '-' ? { text: await textOf(process.stdin), findings: [] } : await readRecipeFile(file);
  refuseErrors(unreadable);
  const source = { text, file, overrides, workingDirectory: process.cwd() };
  const {
    estimate: result,
    data,
    statistics,
    calibrated,
  } = await estimateRecipe(source, homeOf(process.env), new Date());
  if (flags.has('--json')) console.log(JSON.stringify({ ...result, data, calibrated }));
  else console.log(describe(result, data, statistics, calibrated));
  return 0;
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
