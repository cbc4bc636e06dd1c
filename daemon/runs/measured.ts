// What earlier runs on this machine took, the last few of them: what estimates are corrected by.
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunEvent, WorkerRequest } from '../protocol.ts';
import { prepareHome, writePrivate, type Home } from './home.ts';

const measuredRun = z.object({
  recipeFile: z.string(),
  overrides: z.array(z.string()),
  workingDirectory: z.string(),
  device: z.string(),
  processor: z.string(),
  examples: z.number(),
  /** Tokens a row with padding: on average, and in the longest step. */
  meanTokens: z.number(),
  longest: z.number(),
  tokensPerSecond: z.number(),
  /** Bytes. */
  peakMemory: z.number(),
});
export type MeasuredRun = z.infer<typeof measuredRun>;

/** Runs that are remembered. */
const REMEMBERED = 12;

/** Steps before this one are slower: the heap grows. */
const WARM = 2;

const pathOf = (home: Home): string => join(home.folder, 'measured.json');
const processor = (): string => cpus()[0]?.model.trim() ?? 'unknown';

/** The newest last; none where there is no file, or one that another version wrote. */
export async function readMeasured(home: Home): Promise<readonly MeasuredRun[]> {
  const text = await readFile(pathOf(home), 'utf8').catch(() => '[]');
  const parsed = z.array(measuredRun).safeParse(readJson(text));
  return parsed.success ? parsed.data.filter((run) => run.processor === processor()) : [];
}

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Follows what a run says, and holds no more of it than sums. */
export class RunMeter {
  #start: Extract<RunEvent, { type: 'start' }> | undefined;
  #seen = 0;
  #tokens = 0;
  #seconds = 0;
  #longest = 0;
  #peak = 0;

  observe(event: RunEvent): void {
    if (event.type === 'start') this.#start = event;
    if (event.type !== 'step') return;
    this.#seen += 1;
    this.#peak = Math.max(this.#peak, event.peakMemory);
    if (this.#seen <= WARM) return;
    this.#tokens += event.tokens;
    this.#seconds += event.seconds;
    this.#longest = Math.max(this.#longest, event.tokens);
  }

  /** Undefined for a run of so few steps that it tells nothing. */
  result(request: Extract<WorkerRequest, { method: 'train' }>): MeasuredRun | undefined {
    const steps = this.#seen - WARM;
    if (!this.#start || steps < WARM || this.#seconds === 0) return undefined;
    const { device, examples, totalBatchSize } = this.#start;
    return {
      recipeFile: request.recipeFile,
      overrides: request.overrides,
      workingDirectory: request.workingDirectory,
      device,
      processor: processor(),
      examples,
      meanTokens: this.#tokens / steps / totalBatchSize,
      longest: this.#longest / totalBatchSize,
      tokensPerSecond: this.#tokens / this.#seconds,
      peakMemory: this.#peak,
    };
  }
}

/** Adds a run to those that are remembered. */
export async function rememberRun(home: Home, run: MeasuredRun): Promise<void> {
  await prepareHome(home);
  await writePrivate(pathOf(home), JSON.stringify([...(await readMeasured(home)), run].slice(-REMEMBERED)));
}
