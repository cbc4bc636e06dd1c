// A disk that fills up at each kind of write of a run: one sentence, nothing half written under a final name, and a run that
// goes on where it was once there is room. ANNEAL_EVERY_WRITE=1 tries every single write, which takes minutes.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { runTraining } from '../../daemon/engine/train/run.ts';
import { readEventFile } from '../../daemon/engine/train/trackers/testing/read-events.ts';
import type { UserError } from '../../daemon/errors.ts';
import type { RunEvent } from '../../daemon/protocol.ts';
import { EventLog } from '../../daemon/runs/event-log.ts';
import { baseRecipe, goldens } from '../cli/command.ts';
import { readLog } from './daemon.ts';
import { FullDisk } from '../../daemon/runs/testing/full-disk.ts';

afterEach(() => FullDisk.free());

/** A run with everything that writes: logs, checkpoints and their rotation, evaluations, a picture, TensorBoard, the result. */
const overrides = ['adapter_name_or_path=', 'max_steps=3', 'logging_steps=1', 'save_strategy=steps', 'save_steps=1', 'save_total_limit=2', 'eval_dataset=alpaca_sft', 'max_samples=8', 'eval_strategy=steps', 'eval_steps=2', 'plot_loss=true', 'lora_dropout=0.1']; // prettier-ignore

/** As a worker runs it: what the run says goes into its log once it has begun. */
async function run(outputDir: string): Promise<void> {
  let log: EventLog | undefined;
  const emit = (event: RunEvent): void => {
    if (event.type === 'start') log = new EventLog(join(outputDir, 'events.jsonl'), () => 0);
    log?.append(event);
  };
  try {
    await runTraining(
      { recipeFile: baseRecipe, overrides: [`output_dir=${outputDir}`, ...overrides], workingDirectory: goldens },
      {
        emit,
        stop: new AbortController().signal,
        clock: () => performance.now() / 1000,
        now: () => new Date(2025, 0, 15),
        version: 'test',
        environment: {},
      },
    );
  } finally {
    log?.close();
  }
}

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'anneal-full-')), 'out');

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Weights by checkpoint, and those of the result. */
function weights(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name.startsWith('checkpoint-'));
  return Object.fromEntries(['.', ...names].flatMap((name) => {
    const path = join(folder, name, 'adapter_model.safetensors');
    return existsSync(path) ? [[name, hash(path)]] : [];
  }));
} // prettier-ignore

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Every file that bears its final name can be read to its end. */
function expectWhole(folder: string, checkpointFiles: readonly string[]): void {
  for (const path of filesOf(folder).filter((one) => !one.includes('.tmp-'))) {
    if (path.endsWith('.json')) expect(() => JSON.parse(readFileSync(path, 'utf8')) as unknown, path).not.toThrow();
    if (path.includes('tfevents')) readEventFile(readFileSync(path));
    if (path.endsWith('events.jsonl')) readLog(path);
  }
  for (const name of readdirSync(folder).filter((one) => one.startsWith('checkpoint-')))
    expect(readdirSync(join(folder, name)).sort(), name).toEqual(checkpointFiles);
}

let reference: string;
let writes: readonly string[];
let checkpointFiles: readonly string[];
/** Weights after each step. */
const steps: Record<string, string> = {};

beforeAll(async () => {
  reference = fresh();
  const disk = new FullDisk(reference, Number.POSITIVE_INFINITY);
  await run(reference);
  FullDisk.free();
  ({ writes } = disk);
  checkpointFiles = readdirSync(join(reference, 'checkpoint-3')).sort();
  Object.assign(steps, weights(reference));
});

/** What is written, whatever the step: events files by what they are. */
const kindOf = (path: string): string => path.replaceAll(/\d+/g, 'N').replace(/runs[/\\].*/, 'runs');

/** The writes that are tried: the second of each kind where there are several, since the first finds nothing to lose. */
function tried(): number[] {
  const all = writes.map((path, n) => [n, kindOf(path)] as const);
  if (process.env['ANNEAL_EVERY_WRITE']) return all.map(([n]) => n);
  const places = Map.groupBy(all, ([, kind]) => kind);
  return [...places.values()].map(([first, second]) => (second ?? first)?.[0] ?? 0).sort((a, b) => a - b);
}

test('every write of a run is known to the stub', () => {
  const kinds = new Set(writes.map(kindOf));
  for (const name of ['.anneal.lock', 'trainer_log.jsonl', 'events.jsonl', 'trainer_state.json', 'run.json', 'runs', 'checkpoint-N', 'training_loss.png', 'train_results.json', 'all_results.json', 'eval_results.json', 'adapter_model.safetensors', 'optimizer.safetensors'])
    expect([...kinds].some((kind) => kind.includes(name)), `${name} in ${[...kinds].join(' ')}`).toBe(true);
}); // prettier-ignore

test('whichever write fails', { timeout: 600_000 }, async () => {
  for (const n of tried()) {
    const folder = fresh();
    const which = `write ${n}, of ${writes[n]}`;
    const disk = new FullDisk(folder, n);
    const error = await run(folder).then(
      () => undefined,
      (cause: unknown) => cause as UserError,
    );
    FullDisk.free();
    expect(error?.message, which).toMatch(/The disk is full: .* could not be written\. The last checkpoint is intact/);
    expect(disk.writes.length, which).toBeGreaterThan(n);
    expect([error?.code, error?.status], which).toEqual(['disk-full', 1]);
    if (!existsSync(folder)) continue;
    expectWhole(folder, checkpointFiles);
    const before = weights(folder);
    for (const [name, value] of Object.entries(before)) if (name in steps) expect(value, `${which}: ${name}`).toBe(steps[name]); // prettier-ignore
    await run(folder).catch((cause: unknown) => {
      throw new Error(`after ${which}: ${(cause as Error).message}`, { cause });
    });
    expect(weights(folder), which).toEqual(steps);
    expect(filesOf(folder).filter((path) => path.includes('.tmp-')), which).toEqual([]); // prettier-ignore
    expectWhole(folder, checkpointFiles);
  }
});
