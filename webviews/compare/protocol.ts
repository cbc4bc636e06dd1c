// What the compare view and its host say to each other. The host answers `ready` with `start` and `runs`, and sends `runs` again as they go on.
import { z } from 'zod';
import { runId, runSummary } from '../../daemon/runs/protocol.ts';
import { commonMessages } from '../shared/protocol.ts';

/** As many as can be told apart. */
export const MOST_RUNS = 8;

/** One metric of one run over the steps, with the tokens seen and the seconds trained by then: as long as `steps`, or empty where unknown. */
export const comparedCurve = z.object({
  metric: z.string(),
  steps: z.array(z.number()),
  tokens: z.array(z.number()),
  seconds: z.array(z.number()),
  values: z.array(z.number()),
});
export type ComparedCurve = z.infer<typeof comparedCurve>;

export const comparedRun = z.object({ run: runSummary, curves: z.array(comparedCurve) });
export type ComparedRun = z.infer<typeof comparedRun>;

export const toCompareView = z.discriminatedUnion('type', [
  /** All of them, in their order. */
  z.object({ type: z.literal('runs'), runs: z.array(comparedRun).max(MOST_RUNS) }),
  /** One of them has gone on. */
  z.object({ type: z.literal('update'), run: comparedRun }),
  /** Recipe keys that are not the same in all runs; values in the order of `runs`, null where a run does not set the key. */
  z.object({
    type: z.literal('differences'),
    differences: z.array(z.object({ key: z.string(), values: z.array(z.unknown()) })),
  }),
  z.object({ type: z.literal('connection'), live: z.boolean(), reason: z.string() }),
  z.object({ type: z.literal('problem'), message: z.string() }),
]);
export type ToCompareView = z.infer<typeof toCompareView>;

export const fromCompareView = z.discriminatedUnion('type', [
  ...commonMessages,
  /** The host lets the person choose. */
  z.object({ type: z.literal('choose') }),
  z.object({ type: z.literal('remove'), id: runId }),
  z.object({ type: z.literal('open'), id: runId }),
]);
export type FromCompareView = z.infer<typeof fromCompareView>;

export const horizontalAxes = ['steps', 'tokens', 'seconds'] as const;

/** What the view remembers over a reload. `runs` is all that is needed to restore it. */
export const compareViewState = z.object({
  runs: z.array(runId).max(MOST_RUNS),
  axis: z.enum(horizontalAxes),
  smoothing: z.number().min(0).max(0.999),
});
export type CompareViewState = z.infer<typeof compareViewState>;
