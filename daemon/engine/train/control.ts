// When a run logs, evaluates, saves and stops: transformers' rules as pure functions.
// Source: transformers 5.6, trainer_callback.py (flow, early stopping) and trainer_utils.py (rotation).
import { basename } from 'node:path';
import { UserError } from '../../errors.ts';

export type Strategy = 'no' | 'steps' | 'epoch' | 'best';

export interface ControlOptions {
  readonly logging: { readonly strategy: Strategy; readonly steps: number; readonly first: boolean };
  /** `delay`: steps, or epochs where the strategy is epoch, before the first evaluation. */
  readonly evaluation: { readonly strategy: Strategy; readonly steps: number; readonly delay?: number };
  readonly saving: { readonly strategy: Strategy; readonly steps: number };
  readonly totalSteps: number;
}

export interface Actions {
  readonly log: boolean;
  readonly evaluate: boolean;
  readonly save: boolean;
}

/** Steps between two actions: a share of all steps where it is below 1; 0 means never. */
export const interval = (steps: number, totalSteps: number): number =>
  steps <= 0 ? Number.POSITIVE_INFINITY : steps < 1 ? Math.ceil(steps * totalSteps) : Math.floor(steps);

/**
 * What is due after an optimizer step, counted from 1. `epochEnds`: it was the last of an epoch; `epoch`: epochs done, needed
 * only where evaluations by epoch are delayed. The last step of a run ends its epoch, and is evaluated and saved where that
 * goes by steps.
 */
export function actionsAfter(
  { logging, evaluation, saving, totalSteps }: ControlOptions,
  step: number,
  epochEnds: boolean,
  epoch = 0,
): Actions {
  const last = step >= totalSteps;
  const due = ({ strategy, steps }: { strategy: Strategy; steps: number }, atEnd: boolean): boolean =>
    (strategy === 'steps' && ((last && atEnd) || step % interval(steps, totalSteps) === 0)) ||
    (strategy === 'epoch' && (epochEnds || last));
  const { delay = 0 } = evaluation;
  return {
    log: due(logging, false) || (logging.first && step === 1),
    evaluate: due(evaluation, true) && delay <= (evaluation.strategy === 'epoch' ? epoch : step),
    save: due(saving, true),
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

/** The value of metric_for_best_model, with or without its eval_. Throws UserError where the evaluation does not give it. */
export function watchedMetric(metric: string, metrics: Readonly<Record<string, number>>): number {
  const name = metric.startsWith('eval_') ? metric : `eval_${metric}`;
  const value = metrics[name];
  if (value !== undefined) return value;
  throw new UserError(
    'metric-missing',
    `metric_for_best_model is ${metric}, but the evaluation gives no ${name}: set it to one of ${Object.keys(metrics).join(', ')}.`,
    { status: 1 },
  );
}

/** The state after an evaluation, and whether it was the best so far. NaN is never better than a number. */
export function judge(
  state: BestState,
  { metric, greaterIsBetter }: BestOptions,
  metrics: Readonly<Record<string, number>>,
): BestState & { readonly better: boolean } {
  const value = watchedMetric(metric, metrics);
  const better =
    !Number.isNaN(value) && (state.metric === null || (greaterIsBetter ? value > state.metric : value < state.metric));
  return better
    ? { metric: value, checkpoint: state.checkpoint, waited: 0, better }
    : { ...state, waited: state.waited + 1, better };
}

/** Whether evaluations have gone without a better metric for as long as early_stopping_steps allows. */
export const isPatienceOver = ({ waited }: BestState, { patience }: BestOptions): boolean =>
  patience !== undefined && waited >= patience;

/**
 * Checkpoints to delete, oldest first, so that `limit` of `checkpoints` (oldest first) remain. The newest always stays, to
 * resume from; so does the best, found by its folder's name, since an output directory may have been moved.
 */
export function rotated<T extends { readonly path: string }>(
  checkpoints: readonly T[],
  limit: number | null,
  best: string | null,
): T[] {
  if (limit === null || limit <= 0) return [];
  const newest = checkpoints.at(-1);
  const isBest = ({ path }: T): boolean => best !== null && basename(path) === basename(best);
  const kept = checkpoints.filter((checkpoint) => checkpoint === newest || isBest(checkpoint)).length;
  const removable = checkpoints.filter((checkpoint) => checkpoint !== newest && !isBest(checkpoint));
  return removable.slice(0, Math.max(0, checkpoints.length - Math.max(limit, kept)));
}

/** What else goes once training is over: with save_total_limit 1 and a best checkpoint, all but that one. */
export const rotatedAtEnd = <T extends { readonly path: string }>(
  checkpoints: readonly T[],
  limit: number | null,
  best: string | null,
): T[] =>
  limit === 1 && best !== null && checkpoints.some(({ path }) => basename(path) === basename(best))
    ? checkpoints.filter(({ path }) => basename(path) !== basename(best))
    : [];
