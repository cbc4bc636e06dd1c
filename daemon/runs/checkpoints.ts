// Checkpoints of a run as they lie on the disk, with the scores of their steps.
import { stat } from 'node:fs/promises';
import { isResumable } from '../engine/train/checkpoint.ts';
import { listCheckpoints } from '../engine/train/run-directory/files.ts';
import type { RunEvaluation } from './history.ts';
import type { RunCheckpoint } from './protocol.ts';
import { sizeOf } from './size.ts';

/** Oldest first. `best`: the step that the run calls its best; where it calls none, the lowest eval_loss counts. */
export async function readCheckpoints(
  outputDir: string,
  evaluations: readonly RunEvaluation[],
  best: number | null,
): Promise<RunCheckpoint[]> {
  const found = listCheckpoints(outputDir);
  const scores = new Map(evaluations.map(({ step, metrics }) => [step, metrics]));
  const bestStep = best ?? lowestLoss(found.map(({ step }) => step), scores); // prettier-ignore
  return await Promise.all(
    found.map(async ({ step, path }) => ({
      step,
      path,
      bytes: await sizeOf(path),
      written: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0,
      scores: scores.get(step) ?? {},
      best: step === bestStep,
      resumable: isResumable(path),
    })),
  );
}

function lowestLoss(steps: readonly number[], scores: ReadonlyMap<number, Readonly<Record<string, number>>>): number | undefined {
  const lossOf = (step: number): number => scores.get(step)?.['eval_loss'] ?? Number.POSITIVE_INFINITY;
  const scored = steps.filter((step) => Number.isFinite(lossOf(step)));
  return scored.sort((a, b) => lossOf(a) - lossOf(b))[0];
} // prettier-ignore
