// Learning-rate schedules by transformers' names: the factor on learning_rate at each optimizer step, counted from 0.
// Source: transformers 5.6, optimization.py (formulas); warm-up starts at factor 0. LLaMA-Factory 0.9.5 for what it fills in.
import { metricSchedule, type MetricSchedule } from './metric-schedule.ts';
import { ScheduleSettings, type Kwargs } from './schedule-settings.ts';
import { UserError } from '../../errors.ts';

export interface ScheduleOptions {
  readonly type: string;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly kwargs: Kwargs;
}

export interface Schedule {
  /** The factor on learning_rate for a step below totalSteps. */
  (step: number): number;
  /** There where the schedule follows the evaluation: takes its metric, and is saved with a checkpoint. */
  readonly metric?: MetricSchedule;
}

type Curve = (step: number) => number;

/** warmup_steps from 1 on, or a share of all steps below: the recipe's warmup_ratio ends up here too. */
export const warmupStepsOf = (warmup: number, totalSteps: number): number =>
  warmup >= 1 ? Math.floor(warmup) : Math.ceil(warmup * totalSteps);

/** Schedules that need evaluations during training: eval_strategy must not be "no". */
export const followsMetric = (type: string): boolean => type === 'reduce_lr_on_plateau' || type === 'greedy';

/** The factor by step. Throws UserError for unknown schedules, unknown settings and settings that do not fit. */
export function makeSchedule(options: ScheduleOptions): Schedule {
  const { type, learningRate, kwargs } = options;
  if (type === 'reduce_lr_on_plateau' || type === 'greedy') {
    const metric = metricSchedule(type, learningRate, kwargs);
    return Object.assign(() => metric.learningRate / learningRate, { metric });
  }
  const make = makers[type];
  if (make) return make(options);
  const known = [...Object.keys(makers), 'reduce_lr_on_plateau', 'greedy'].join(', ');
  throw new UserError('schedule-unknown', `There is no schedule "${type}": lr_scheduler_type can be ${known}.`);
}

const makers: Readonly<Record<string, (options: ScheduleOptions) => Curve>> = {
  constant: () => () => 1,
  constant_with_warmup: (options) => warmed(options, () => 1),
  linear: (options) => {
    settingsOf(options, []);
    const { totalSteps, warmupSteps } = options;
    return warmed(options, (step) => Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps)));
  },
  cosine: (options) => {
    const cycles = settingsOf(options, ['num_cycles']).number('num_cycles', 0.5);
    return warmed(options, (step) => Math.max(0, halfCosine(cycles * 2 * progress(options, step))));
  },
  cosine_with_restarts: (options) => {
    const cycles = settingsOf(options, ['num_cycles']).number('num_cycles', 1);
    return warmed(options, (step) => {
      const x = progress(options, step);
      return x >= 1 ? 0 : Math.max(0, halfCosine((cycles * x) % 1));
    });
  },
  polynomial,
  inverse_sqrt: inverseSqrt,
  cosine_with_min_lr: cosineWithMinimum,
  cosine_warmup_with_min_lr: cosineWarmupWithMinimum,
  warmup_stable_decay: warmupStableDecay,
};

const settingsOf = ({ type, kwargs }: ScheduleOptions, known: readonly string[]): ScheduleSettings =>
  new ScheduleSettings(type, kwargs, known);

const warmed =
  ({ warmupSteps }: ScheduleOptions, after: Curve): Curve =>
  (step) =>
    step < warmupSteps ? step / Math.max(1, warmupSteps) : after(step);

/** 0 at the end of the warm-up, 1 at the end of the run. */
const progress = ({ warmupSteps, totalSteps }: ScheduleOptions, step: number): number =>
  (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);

/** ½(1 + cos πx). */
const halfCosine = (x: number): number => 0.5 * (1 + Math.cos(Math.PI * x));

function polynomial(options: ScheduleOptions): Curve {
  const settings = settingsOf(options, ['lr_end', 'power']);
  const { learningRate, warmupSteps, totalSteps } = options;
  const end = settings.number('lr_end', 1e-7);
  const power = settings.number('power', 1);
  if (end >= learningRate) {
    throw settings.error(
      `lr_end (${end}) of the polynomial schedule must be below learning_rate (${learningRate}): set lr_end in lr_scheduler_kwargs.`,
    );
  }
  return warmed(options, (step) => {
    if (step >= totalSteps) return end / learningRate;
    const left = 1 - (step - warmupSteps) / (totalSteps - warmupSteps);
    return ((learningRate - end) * left ** power + end) / learningRate;
  });
}

function inverseSqrt(options: ScheduleOptions): Curve {
  const settings = settingsOf(options, ['timescale']);
  const { warmupSteps } = options;
  const timescale = settings.number('timescale', warmupSteps || 10_000);
  if (timescale <= 0) throw settings.error(`timescale (${timescale}) of the schedule inverse_sqrt must be above 0.`);
  return warmed(options, (step) => 1 / Math.sqrt((step + timescale - warmupSteps) / timescale));
}

/** Least factor: min_lr_rate, or min_lr as a share of learning_rate. */
function minimumRate(settings: ScheduleSettings, { type, learningRate }: ScheduleOptions): number {
  const rate = settings.optional('min_lr_rate');
  const minimum = settings.optional('min_lr');
  if (rate !== undefined && minimum === undefined) return rate;
  if (minimum !== undefined && rate === undefined) return minimum / learningRate;
  throw settings.error(`The schedule ${type} needs either min_lr or min_lr_rate in lr_scheduler_kwargs, not both.`);
}

function cosineWithMinimum(options: ScheduleOptions): Curve {
  const settings = settingsOf(options, ['num_cycles', 'min_lr', 'min_lr_rate']);
  const cycles = settings.number('num_cycles', 0.5);
  const minimum = minimumRate(settings, options);
  return warmed(options, (step) => scaled(halfCosine(cycles * 2 * progress(options, step)), minimum));
}

/** Warms up from the first step on and reaches the minimum in the last one: one step ahead of cosine_with_min_lr. */
function cosineWarmupWithMinimum(options: ScheduleOptions): Curve {
  const settings = settingsOf(options, ['num_cycles', 'min_lr', 'min_lr_rate', 'warmup_lr_rate']);
  const { warmupSteps } = options;
  const cycles = settings.number('num_cycles', 0.5);
  const minimum = minimumRate(settings, options);
  const first = settings.optional('warmup_lr_rate');
  return (step) => {
    if (step >= warmupSteps) return scaled(halfCosine(cycles * 2 * progress(options, step + 1)), minimum);
    return first === undefined
      ? (step + 1) / Math.max(1, warmupSteps)
      : first + ((1 - first) * step) / Math.max(1, warmupSteps - 1);
  };
}

/** A factor of 0..1 squeezed into minimum..1. */
const scaled = (factor: number, minimum: number): number => Math.max(0, factor * (1 - minimum) + minimum);

const curves = ['linear', 'cosine', '1-sqrt'] as const;

/** Up, level, down (Hu et al. 2024, MiniCPM), each part by a curve of its own. */
function warmupStableDecay(options: ScheduleOptions): Curve {
  const settings = settingsOf(options, ['num_decay_steps', 'num_stable_steps', 'warmup_type', 'decay_type', 'min_lr_ratio', 'num_cycles']); // prettier-ignore
  const { warmupSteps: warmup, totalSteps } = options;
  // LLaMA-Factory's defaults: a third of what follows the warm-up is level
  const level = Math.floor((totalSteps - warmup) / 3);
  const stable = settings.number('num_stable_steps', level);
  const decay = settings.number('num_decay_steps', totalSteps - warmup - level);
  const minimum = settings.number('min_lr_ratio', 0);
  const cycles = settings.number('num_cycles', 0.5);
  const up = settings.choice('warmup_type', curves, 'linear');
  const down = settings.choice('decay_type', curves, 'cosine');
  return (step) => {
    if (step < warmup) {
      const x = step / Math.max(1, warmup);
      return scaled(up === 'linear' ? x : up === 'cosine' ? 1 - halfCosine(x) : 1 - Math.sqrt(1 - x), minimum);
    }
    if (step < warmup + stable) return 1;
    if (step >= warmup + stable + decay) return minimum;
    const x = (step - warmup - stable) / Math.max(1, decay);
    return scaled(down === 'linear' ? 1 - x : down === 'cosine' ? halfCosine(cycles * 2 * x) : 1 - Math.sqrt(x), minimum); // prettier-ignore
  };
}
