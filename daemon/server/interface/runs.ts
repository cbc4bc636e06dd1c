// Routes of runs: submit, watch, stop, resume, copy, compare, delete.
import { z } from 'zod';
import { recordedEvent } from '../../protocol.ts';
import {
  queueStatus,
  recipeDifference,
  runCheckpoint,
  runDetail,
  runEvaluation,
  runId,
  runSample,
  runSeries,
  runState,
  runSummary,
} from '../../runs/protocol.ts';
import { absolutePath, none, onlyOneSource, recipeSource, route } from './route.ts';

const tags = z.array(z.string().min(1).max(100)).max(50);
const name = z.string().min(1).max(200);
const notes = z.string().max(100_000);
const byRun = z.strictObject({ id: runId });

const submission = z
  .strictObject({
    ...recipeSource,
    /** What the run is called; default: the recipe's file name. */
    name: name.optional(),
    tags: tags.default([]),
    notes: notes.default(''),
  })
  .refine(onlyOneSource.check, onlyOneSource.message);

export const runRoutes = {
  listRuns: route({
    method: 'get',
    path: '/v1/runs',
    summary: 'Runs, newest first.',
    query: z.strictObject({
      state: runState.optional(),
      tag: z.string().max(100).optional(),
      /** Part of the name, id, recipe file or output directory. */
      search: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
      offset: z.coerce.number().int().min(0).default(0),
    }),
    response: z.object({ runs: z.array(runSummary), total: z.number().int() }),
  }),
  submitRun: route({
    method: 'post',
    path: '/v1/runs',
    summary: 'Checks a recipe and queues it. A recipe with errors is refused with its findings, and nothing starts.',
    body: submission,
    status: 201,
    response: runDetail,
  }),
  getRun: route({ method: 'get', path: '/v1/runs/{id}', summary: 'One run.', params: byRun, response: runDetail }),
  changeRun: route({
    method: 'patch',
    path: '/v1/runs/{id}',
    summary: 'Renames a run, sets its tags and notes.',
    params: byRun,
    body: z.strictObject({
      name: name.optional(),
      tags: tags.optional(),
      notes: notes.optional(),
    }),
    response: runDetail,
  }),
  deleteRun: route({
    method: 'delete',
    path: '/v1/runs/{id}',
    summary: 'Moves a run that is not active to the trash. Its output directory stays.',
    params: byRun,
    status: 204,
    response: z.null(),
  }),
  stopRun: route({
    method: 'post',
    path: '/v1/runs/{id}/stop',
    summary: 'Stops a run: after its step with a checkpoint, or at once with `kill`. A queued run leaves the queue.',
    params: byRun,
    body: z.strictObject({ kill: z.boolean().default(false) }),
    status: 202,
    response: runDetail,
  }),
  resumeRun: route({
    method: 'post',
    path: '/v1/runs/{id}/resume',
    summary: 'Queues a stopped or failed run again, from its last checkpoint or from the one named.',
    params: byRun,
    body: z.strictObject({ checkpoint: z.number().int().min(0).optional() }),
    status: 202,
    response: runDetail,
  }),
  cloneRun: route({
    method: 'post',
    path: '/v1/runs/{id}/clone',
    summary: 'Queues a copy with changed recipe keys; null removes a key. Without output_dir it gets one of its own.',
    params: byRun,
    body: z.strictObject({
      changes: z.record(z.string().max(200), z.unknown()).default({}),
      name: name.optional(),
      tags: tags.default([]),
    }),
    status: 201,
    response: runDetail,
  }),
  importRuns: route({
    method: 'post',
    path: '/v1/imports',
    summary: 'Takes in output directories that LLaMA-Factory wrote, the folder itself or those below it. Read-only.',
    body: z.strictObject({ folder: absolutePath }),
    status: 201,
    response: z.object({ runs: z.array(runSummary) }),
  }),
  runEvents: route({
    method: 'get',
    path: '/v1/runs/{id}/events',
    summary:
      "Server-sent events: `record`, the run's log from after the cursor (or Last-Event-ID) on, and on as it grows; " +
      '`state`, the run itself, at first and when its state has changed, after the records that led there.',
    params: byRun,
    query: z.strictObject({ after: z.coerce.number().int().min(0).optional() }),
    response: z.union([recordedEvent, runSummary]),
    produces: 'text/event-stream',
  }),
  runRecords: route({
    method: 'get',
    path: '/v1/runs/{id}/records',
    summary: "A page of the run's log.",
    params: byRun,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
    }),
    response: z.object({ records: z.array(recordedEvent), last: z.number().int() }),
  }),
  runSeries: route({
    method: 'get',
    path: '/v1/runs/{id}/series',
    summary: 'Metrics over the steps, downsampled to at most `points` each.',
    params: byRun,
    query: z.strictObject({
      /** Names joined by commas; default: all. loss, learningRate, gradNorm, tokensPerSecond, memory, eval_loss … */
      metrics: z.string().max(2000).optional(),
      points: z.coerce.number().int().min(3).max(100_000).default(1000),
      from: z.coerce.number().min(0).optional(),
      to: z.coerce.number().min(0).optional(),
    }),
    response: z.object({ series: z.array(runSeries), seq: z.number().int() }),
  }),
  runCheckpoints: route({
    method: 'get',
    path: '/v1/runs/{id}/checkpoints',
    summary: 'Checkpoints that are on the disk, oldest first.',
    params: byRun,
    response: z.object({ checkpoints: z.array(runCheckpoint) }),
  }),
  runScores: route({
    method: 'get',
    path: '/v1/runs/{id}/scores',
    summary: 'Evaluations, and answers to the sample prompts, oldest first.',
    params: byRun,
    response: z.object({ evaluations: z.array(runEvaluation), samples: z.array(runSample) }),
  }),
  runLog: route({
    method: 'get',
    path: '/v1/runs/{id}/log',
    summary: 'The last lines that the worker wrote to its standard output and error.',
    params: byRun,
    query: z.strictObject({ lines: z.coerce.number().int().min(1).max(5000).default(200) }),
    response: z.object({ lines: z.array(z.string()) }),
  }),
  diffRuns: route({
    method: 'get',
    path: '/v1/runs/{id}/diff',
    summary: 'Recipe keys that differ between a run and another, or between it and its recipe file as it is now.',
    params: byRun,
    query: z.strictObject({ other: runId.optional() }),
    response: z.object({ differences: z.array(recipeDifference) }),
  }),
} as const;

export const queueRoutes = {
  queue: route({ method: 'get', path: '/v1/queue', summary: 'What runs and waits, by device.', response: queueStatus }),
  changeQueue: route({
    method: 'patch',
    path: '/v1/queue',
    summary: 'Reorders what waits for a device, pauses or unpauses it, sets what happens after a failure.',
    body: z.strictObject({
      device: z
        .string()
        .regex(/^[a-z0-9:-]{1,40}$/)
        .optional(),
      /** Runs that come first, in this order; the others follow as they were. */
      order: z.array(runId).max(10_000).optional(),
      paused: z.boolean().optional(),
      continueAfterFailure: z.boolean().optional(),
    }),
    response: queueStatus,
  }),
  trash: route({
    method: 'get',
    path: '/v1/trash',
    summary: 'Deleted runs, newest first.',
    response: z.object({ runs: z.array(runSummary) }),
  }),
  restoreRun: route({
    method: 'post',
    path: '/v1/trash/{id}/restore',
    summary: 'Brings a deleted run back.',
    params: byRun,
    body: none,
    response: runDetail,
  }),
  purgeRun: route({
    method: 'delete',
    path: '/v1/trash/{id}',
    summary: 'Forgets a deleted run for good. Its output directory stays.',
    params: byRun,
    status: 204,
    response: z.null(),
  }),
} as const;
