// Everything a run says. The worker emits RunEvents, events.jsonl stores them, the command line and every later client reads them.
import { z } from 'zod';

const metrics = z.record(z.string(), z.number());

/** One optimizer step. Learning rate is the one used in the step; tokens counts every position the model saw, padding included. */
export const stepEvent = z.object({
  type: z.literal('step'),
  step: z.number().int(),
  totalSteps: z.number().int(),
  epoch: z.number(),
  loss: z.number(),
  gradNorm: z.number(),
  learningRate: z.number(),
  /** Tokens of this step, and since the run began. */
  tokens: z.number().int(),
  totalTokens: z.number().int(),
  /** Seconds this step took. */
  seconds: z.number(),
  tokensPerSecond: z.number(),
  /** Seconds that the rest of the run will take at this speed. */
  remainingSeconds: z.number(),
  /** Resident memory of the worker in bytes, and its highest so far. */
  memory: z.number(),
  peakMemory: z.number(),
});

export const runEvent = z.discriminatedUnion('type', [
  /** A phase before the first step: 'recipe', 'data', 'model', 'graph'. `done` of `total` where the phase can count. */
  z.object({
    type: z.literal('phase'),
    phase: z.string(),
    message: z.string(),
    done: z.number().optional(),
    total: z.number().optional(),
  }),
  z.object({
    type: z.literal('start'),
    totalSteps: z.number().int(),
    startStep: z.number().int(),
    examples: z.number().int(),
    epochs: z.number(),
    totalBatchSize: z.number().int(),
    parameters: z.number().int(),
    trainableParameters: z.number().int(),
    device: z.string(),
    precision: z.string(),
    outputDir: z.string(),
    stage: z.string(),
    finetuningType: z.string(),
  }),
  stepEvent,
  /** Numbers of a step that came without the rest: logs of runs that something else trained. */
  z.object({
    type: z.literal('metrics'),
    step: z.number().int(),
    totalSteps: z.number().int(),
    epoch: z.number(),
    metrics,
  }),
  z.object({ type: z.literal('eval'), step: z.number().int(), epoch: z.number(), metrics }),
  z.object({
    type: z.literal('checkpoint'),
    step: z.number().int(),
    path: z.string(),
    bytes: z.number(),
    best: z.boolean(),
  }),
  z.object({ type: z.literal('sample'), step: z.number().int(), prompt: z.string(), text: z.string() }),
  z.object({ type: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({
    type: z.literal('end'),
    state: z.enum(['done', 'stopped', 'failed']),
    step: z.number().int(),
    metrics,
    /** For failed runs: what, where and what to do next. */
    error: z.object({ code: z.string(), message: z.string(), status: z.number().int() }).optional(),
  }),
]);

export type StepEvent = z.infer<typeof stepEvent>;
export type RunEvent = z.infer<typeof runEvent>;

/** A RunEvent as stored: sequence numbers start at 1 and have no gaps; time is milliseconds since the epoch. */
export const recordedEvent = z.object({ seq: z.number().int().positive(), time: z.number(), event: runEvent });
export type RecordedEvent = z.infer<typeof recordedEvent>;

/** What a worker takes from the process that started it. */
export const workerRequest = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('train'),
    recipeFile: z.string(),
    /** The recipe's text where it is not to be read from the file: a queued run keeps the recipe it was queued with. */
    recipeText: z.string().optional(),
    overrides: z.array(z.string()),
    workingDirectory: z.string(),
  }),
  /** Finish the step, write a checkpoint, end with state 'stopped'. */
  z.object({ method: z.literal('stop') }),
]);
export type WorkerRequest = z.infer<typeof workerRequest>;
