// train_results.json, eval_results.json, predict_results.json, and all_results.json with what all of them say.
// Source: transformers 5.6, trainer_pt_utils.py (save_metrics) and trainer_utils.py (speed_metrics).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './files.ts';
import { round, sorted } from './trainer-log.ts';

export type Metrics = Readonly<Record<string, number>>;

export type Split = 'train' | 'eval' | 'predict';

/**
 * `train_runtime` in seconds, samples and steps a second, rounded as upstream does. For training samples are all that the
 * run takes: max_steps times the total batch size where max_steps is set, else rows times epochs; steps are all of the run.
 */
export function speedMetrics(
  split: Split,
  seconds: number,
  { samples, steps }: { samples: number; steps: number },
): Record<string, number> {
  const runtime = { [`${split}_runtime`]: round(seconds, 4) };
  if (seconds <= 0) return runtime;
  return {
    ...runtime,
    [`${split}_samples_per_second`]: round(samples / seconds, 3),
    [`${split}_steps_per_second`]: round(steps / seconds, 3),
  };
}

const text = (metrics: Metrics): string => JSON.stringify(sorted(metrics), null, 4);

/** Writes the results of one split, and puts them into all_results.json beside those of the others. */
export async function saveResults(folder: string, split: Split, metrics: Metrics): Promise<void> {
  await writeWhole(join(folder, `${split}_results.json`), text(metrics));
  const all = join(folder, 'all_results.json');
  await writeWhole(all, text({ ...(await readMetrics(all)), ...metrics }));
}

/** Numbers of a results file; none where it is missing or broken. */
async function readMetrics(path: string): Promise<Metrics> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number')); // prettier-ignore
  } catch {
    return {};
  }
}
