// When a run logs, evaluates, saves and stops: transformers' rules as pure functions.

export type Strategy = 'no' | 'steps' | 'epoch' | 'best';

export interface ControlOptions {
  readonly logging: { readonly strategy: Strategy; readonly steps: number; readonly first: boolean };
  readonly evaluation: { readonly strategy: Strategy; readonly steps: number };
  readonly saving: { readonly strategy: Strategy; readonly steps: number };
  readonly totalSteps: number;
}

export interface Actions {
  readonly log: boolean;
  readonly evaluate: boolean;
  readonly save: boolean;
}

/** Steps between two actions: a share of all steps where it is below 1. */
export const interval = (steps: number, totalSteps: number): number =>
  steps < 1 ? Math.max(1, Math.ceil(steps * totalSteps)) : Math.floor(steps);

/** What is due after an optimizer step. The last step always logs. */
export function actionsAfter(
  { logging, evaluation, saving, totalSteps }: ControlOptions,
  step: number,
  epochEnds: boolean,
): Actions {
  const last = step >= totalSteps;
  const due = ({ strategy, steps }: { strategy: Strategy; steps: number }): boolean =>
    (strategy === 'steps' && step % interval(steps, totalSteps) === 0) || (strategy === 'epoch' && (epochEnds || last));
  return {
    log: due(logging) || (logging.first && step === 1),
    evaluate: due(evaluation),
    // the last step is saved as a checkpoint too, where anything is saved
    save: due(saving) || (last && saving.strategy === 'steps'),
  };
}

export interface BestOptions {
  readonly metric: string;
  readonly greaterIsBetter: boolean;
  /** Evaluations without a better metric after which training stops; undefined: never. */
  readonly patience: number | undefined;
}

export interface BestState {
  readonly metric: number | null;
  readonly checkpoint: string | null;
  readonly waited: number;
}

export const noBest: BestState = { metric: null, checkpoint: null, waited: 0 };

/** transformers' default: a metric that ends in loss is better when smaller. */
export const isGreaterBetter = (metric: string): boolean => !metric.endsWith('loss');

/** The state after an evaluation, and whether it was the best so far. */
export function judge(
  state: BestState,
  { metric, greaterIsBetter }: BestOptions,
  metrics: Readonly<Record<string, number>>,
): BestState & { readonly better: boolean } {
  const value = metrics[metric.startsWith('eval_') ? metric : `eval_${metric}`];
  if (value === undefined) return { ...state, better: false };
  const better = state.metric === null || (greaterIsBetter ? value > state.metric : value < state.metric);
  return better
    ? { metric: value, checkpoint: state.checkpoint, waited: 0, better }
    : { ...state, waited: state.waited + 1, better };
}

/** Checkpoints to delete so that `limit` remain; the best one always stays. */
export function rotated<T extends { readonly path: string }>(
  checkpoints: readonly T[],
  limit: number | null,
  best: string | null,
): T[] {
  if (limit === null || limit <= 0 || checkpoints.length <= limit) return [];
  const newest = checkpoints.at(-1);
  const removable = checkpoints.filter((checkpoint) => checkpoint.path !== best && checkpoint !== newest);
  const keeps = best !== null && best !== newest?.path ? Math.max(limit, 2) : limit;
  return removable.slice(0, Math.max(0, checkpoints.length - keeps));
}
