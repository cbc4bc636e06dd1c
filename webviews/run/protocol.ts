// What the run panel and its host say to each other.
//
// The host answers `ready` with `start`, `run`, `backlog`, `series` and the tables, then sends `records` as they come. `series` holds
// everything up to its `seq`, the records go on from there: a record the view has is passed over, one that does not follow makes it
// ask for `resync`. So nothing is lost or counted twice, however often the connection breaks.
import { z } from 'zod';
import { recordedEvent } from '../../daemon/protocol.ts';
import {
  recipeDifference,
  runCheckpoint,
  runDetail,
  runEvaluation,
  runId,
  runSample,
  runSeries,
  runSummary,
} from '../../daemon/runs/protocol.ts';
import { commonMessages } from '../shared/protocol.ts';

const step = z.number().int().min(0);

export const toRunView = z.discriminatedUnion('type', [
  /** The run with its recipe: first, and when its state, name, tags or notes have changed. */
  z.object({ type: z.literal('run'), run: runDetail }),
  /** What changes all the time: progress and health. */
  z.object({ type: z.literal('summary'), run: runSummary }),
  /** Metrics up to and with the record `seq`. With `range` only those steps, finer than before: to be put in their place. */
  z.object({
    type: z.literal('series'),
    series: z.array(runSeries),
    seq: z.number().int(),
    range: z.object({ from: z.number(), to: z.number() }).optional(),
  }),
  /** Records up to `seq` of the series, the last few hundred: for the log only. */
  z.object({ type: z.literal('backlog'), records: z.array(recordedEvent) }),
  /** Records as they are written. */
  z.object({ type: z.literal('records'), records: z.array(recordedEvent) }),
  z.object({ type: z.literal('checkpoints'), checkpoints: z.array(runCheckpoint) }),
  z.object({ type: z.literal('scores'), evaluations: z.array(runEvaluation), samples: z.array(runSample) }),
  /** The run of the same recipe before this one; null where there is none. */
  z.object({
    type: z.literal('previous'),
    run: z.object({ id: runId, name: z.string(), created: z.number() }).nullable(),
    loss: runSeries.nullable(),
  }),
  /** Recipe keys that differ from the file as it is now; null where there is no file to compare with. */
  z.object({ type: z.literal('differences'), differences: z.array(recipeDifference).nullable() }),
  /** Whether the daemon answers; `reason` says why not, in one sentence. */
  z.object({ type: z.literal('connection'), live: z.boolean(), reason: z.string() }),
  /** Something the view asked for could not be done: what, where, what to do next. */
  z.object({ type: z.literal('problem'), message: z.string() }),
  /** The run was deleted. */
  z.object({ type: z.literal('removed') }),
]);
export type ToRunView = z.infer<typeof toRunView>;

/** What a person may ask for; the host asks back where that is due. */
export const runCommand = z.discriminatedUnion('name', [
  z.object({ name: z.literal('stop') }),
  z.object({ name: z.literal('kill') }),
  /** From the checkpoint of a step, or from the last one. */
  z.object({ name: z.literal('resume'), checkpoint: step.optional() }),
  z.object({ name: z.literal('clone') }),
  z.object({ name: z.literal('delete') }),
  z.object({ name: z.literal('compare') }),
  /** The recipe's file as it is now. */
  z.object({ name: z.literal('openRecipe') }),
  /** The recipe as it was run. */
  z.object({ name: z.literal('openAsRun') }),
  /** VS Code's own difference editor: the recipe as run beside the file as it is now. */
  z.object({ name: z.literal('diffRecipe') }),
  z.object({ name: z.literal('openOutput') }),
  z.object({ name: z.literal('showLog') }),
  z.object({ name: z.literal('revealCheckpoint'), step }),
  z.object({ name: z.literal('previewData') }),
  z.object({ name: z.literal('copyDiagnostics') }),
  z.object({ name: z.literal('openRun'), id: runId }),
  z.object({ name: z.literal('setTags'), tags: z.array(z.string().min(1).max(100)).max(50) }),
  z.object({ name: z.literal('setNotes'), notes: z.string().max(100_000) }),
]);
export type RunCommand = z.infer<typeof runCommand>;

export const fromRunView = z.discriminatedUnion('type', [
  ...commonMessages,
  z.object({ type: z.literal('command'), command: runCommand }),
  /** Finer series of some steps, because they are looked at closely. */
  z.object({ type: z.literal('zoom'), from: z.number(), to: z.number() }),
  /** A record is missing, or a series came out of order: everything again, please. */
  z.object({ type: z.literal('resync') }),
]);
export type FromRunView = z.infer<typeof fromRunView>;

/** What the view remembers over a reload. `run` is all that is needed to restore it. */
export const runViewState = z.object({
  run: runId,
  /** 0: no smoothing; below 1. */
  smoothing: z.number().min(0).max(0.999),
  zoom: z.object({ from: z.number(), to: z.number() }).nullable(),
});
export type RunViewState = z.infer<typeof runViewState>;
