// What the daemon keeps of a run: record.json in the run's folder. The log, the recipe and the output stand in files of their own.
import { z } from 'zod';
import { runFailure, runId, runProgress, runState, runSummary, type RunProgress } from './protocol.ts';

export const runRecord = z.object({
  version: z.literal(1),
  id: runId,
  name: z.string(),
  source: runSummary.shape.source,
  state: runState,
  recipeFile: z.string().nullable(),
  overrides: z.array(z.string()),
  workingDirectory: z.string(),
  outputDir: z.string(),
  stage: z.string(),
  finetuningType: z.string(),
  device: z.string(),
  tags: z.array(z.string()),
  notes: z.string(),
  clonedFrom: runId.nullable(),
  created: z.number(),
  started: z.number().nullable(),
  ended: z.number().nullable(),
  attempts: z.number().int(),
  /** Orders the queue; null when not queued. */
  rank: z.number().nullable(),
  /** What the next start resumes from: a checkpoint folder; null: what the recipe says. */
  resumeFrom: z.string().nullable(),
  /** Number of the log's last event when the worker was last started: what follows is of this attempt. */
  startedAfter: z.number().int(),
  /** Somebody wanted the worker killed. */
  killed: z.boolean(),
  failure: runFailure.nullable(),
  progress: runProgress,
});
export type RunRecord = z.infer<typeof runRecord>;

export const noProgress: RunProgress = {
  step: 0,
  totalSteps: 0,
  epoch: 0,
  epochs: 0,
  phase: '',
  loss: null,
  learningRate: null,
  tokensPerSecond: null,
  totalTokens: 0,
  remainingSeconds: null,
  peakMemory: null,
  scores: {},
  bestCheckpoint: null,
  totals: {},
  warnings: 0,
  seq: 0,
};
