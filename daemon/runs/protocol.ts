// What the daemon says about runs: states, summaries, checkpoints, scores, series, differences, the queue.
// Times are milliseconds since the epoch, sizes bytes, durations seconds, unless a comment says otherwise.
import { z } from 'zod';

/**
 * queued: waits for its device. running: its worker is at work. stopping: the worker finishes a step and writes a checkpoint.
 * done, stopped, failed: no worker; stopped and failed runs can be resumed.
 */
export const runStates = ['queued', 'running', 'stopping', 'done', 'stopped', 'failed'] as const;
export const runState = z.enum(runStates).meta({ id: 'RunState' });
export type RunState = z.infer<typeof runState>;

/** Run ids are file names and command-line words. */
export const runId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9-]*$/);

/** Why a run failed, as far as the daemon can tell. */
export const failureKinds = [
  'out-of-memory',
  'killed',
  'machine-restarted',
  'disk-full',
  'not-finite',
  'bad-recipe',
  'bad-data',
  'engine-bug',
  'lost',
] as const;

export const runFailure = z
  .object({
    kind: z.enum(failureKinds),
    /** The error's own code, e.g. 'loss-not-finite'. */
    code: z.string(),
    /** One sentence: what, where, what to do next. */
    message: z.string(),
    /** Last lines that the worker wrote. */
    logTail: z.array(z.string()),
  })
  .meta({ id: 'RunFailure' });
export type RunFailure = z.infer<typeof runFailure>;

/** What the heartbeat of a worker tells. Slow: no step for long, but the processor is at work. Hung: neither. */
export const runHealth = z
  .object({
    state: z.enum(['starting', 'working', 'slow', 'hung']),
    /** Seconds since the worker last got anything done. */
    idleSeconds: z.number(),
    /** Resident memory of the worker. */
    memory: z.number(),
    /** Memory that the system could still give, the limits of a container included. */
    availableMemory: z.number(),
    /** low: the system has little left. critical: the next allocation may get the worker killed. */
    memoryPressure: z.enum(['none', 'low', 'critical']),
  })
  .meta({ id: 'RunHealth' });
export type RunHealth = z.infer<typeof runHealth>;

/** How far a run is: folded from its event log. */
export const runProgress = z
  .object({
    step: z.number().int(),
    totalSteps: z.number().int(),
    epoch: z.number(),
    epochs: z.number(),
    /** What the worker is doing, in a few words; empty between phases. */
    phase: z.string(),
    loss: z.number().nullable(),
    learningRate: z.number().nullable(),
    tokensPerSecond: z.number().nullable(),
    totalTokens: z.number(),
    remainingSeconds: z.number().nullable(),
    peakMemory: z.number().nullable(),
    /** Last value of each evaluation metric. */
    scores: z.record(z.string(), z.number()),
    /** The checkpoint that the run itself calls its best. */
    bestCheckpoint: z.number().int().nullable(),
    /** Totals that the end of the run gave. */
    totals: z.record(z.string(), z.number()),
    warnings: z.number().int(),
    /** Number of the last event that counts here. */
    seq: z.number().int(),
  })
  .meta({ id: 'RunProgress' });
export type RunProgress = z.infer<typeof runProgress>;

export const runSummary = z
  .object({
    id: runId,
    name: z.string(),
    state: runState,
    /** llama-factory: read from an output directory that LLaMA-Factory wrote; such runs cannot be changed. */
    source: z.enum(['anneal', 'llama-factory']),
    outputDir: z.string(),
    /** Absolute; null where the recipe came as text. */
    recipeFile: z.string().nullable(),
    stage: z.string(),
    finetuningType: z.string(),
    device: z.string(),
    tags: z.array(z.string()),
    created: z.number(),
    started: z.number().nullable(),
    ended: z.number().nullable(),
    /** Place in the queue of its device, from 1; null when not queued. */
    position: z.number().int().nullable(),
    progress: runProgress,
    failure: runFailure.nullable(),
    health: runHealth.nullable(),
  })
  .meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof runSummary>;

export const runDetail = runSummary
  .extend({
    notes: z.string(),
    overrides: z.array(z.string()),
    workingDirectory: z.string(),
    /** The recipe's text as it runs; edits of the file afterwards do not reach it. */
    recipe: z.string(),
    /** How often the run was started. */
    attempts: z.number().int(),
    /** The run this one is a changed copy of. */
    clonedFrom: runId.nullable(),
  })
  .meta({ id: 'RunDetail' });
export type RunDetail = z.infer<typeof runDetail>;

export const runCheckpoint = z
  .object({
    step: z.number().int(),
    path: z.string(),
    /** Of all files in it. */
    bytes: z.number(),
    written: z.number(),
    /** Evaluation metrics of its step. */
    scores: z.record(z.string(), z.number()),
    best: z.boolean(),
    /** Holds what an exact resume needs. */
    resumable: z.boolean(),
  })
  .meta({ id: 'RunCheckpoint' });
export type RunCheckpoint = z.infer<typeof runCheckpoint>;

export const runEvaluation = z
  .object({ step: z.number().int(), epoch: z.number(), time: z.number(), metrics: z.record(z.string(), z.number()) })
  .meta({ id: 'RunEvaluation' });

export const runSample = z
  .object({ step: z.number().int(), time: z.number(), prompt: z.string(), text: z.string() })
  .meta({ id: 'RunSample' });

/**
 * One metric over the steps, oldest first; a step that was done again after a resume counts as it was done last.
 * Downsampled by largest-triangle-three-buckets where there were more points than asked for.
 */
export const runSeries = z
  .object({
    metric: z.string(),
    steps: z.array(z.number()),
    values: z.array(z.number()),
    /** Points before downsampling. */
    points: z.number().int(),
  })
  .meta({ id: 'RunSeries' });
export type RunSeries = z.infer<typeof runSeries>;

/** One recipe key that differs; null where a side does not set it. */
export const recipeDifference = z
  .object({ key: z.string(), left: z.unknown(), right: z.unknown() })
  .meta({ id: 'RecipeDifference' });
export type RecipeDifference = z.infer<typeof recipeDifference>;

export const queueStatus = z
  .object({
    devices: z.array(
      z.object({ device: z.string(), running: z.array(runId), waiting: z.array(runId), paused: z.boolean() }),
    ),
    /** Whether the next run starts after one has failed; otherwise its device is paused. */
    continueAfterFailure: z.boolean(),
  })
  .meta({ id: 'QueueStatus' });
export type QueueStatus = z.infer<typeof queueStatus>;

export const modelOnDisk = z
  .object({
    path: z.string(),
    kind: z.enum(['model', 'adapter', 'checkpoint']),
    /** config.json's model_type. */
    modelType: z.string().nullable(),
    /** Base model that an adapter names. */
    base: z.string().nullable(),
    /** Of the weights. */
    bytes: z.number(),
    modified: z.number(),
  })
  .meta({ id: 'ModelOnDisk' });
