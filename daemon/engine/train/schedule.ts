// Learning-rate schedules by transformers' names: the factor on learning_rate at each optimizer step, counted from 0.
// Source: transformers 5.6, optimization.py (formulas); warm-up starts at factor 0.
import { UserError } from '../../errors.ts';

export interface ScheduleOptions {
  readonly type: string;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export type Schedule = (step: number) => number;

type Setting = (key: string, fallback: number) => number;

/** warmup_steps from 1 on, or a share of all steps below: the recipe's warmup_ratio ends up here too. */
export const warmupStepsOf = (warmup: number, totalSteps: number): number =>
  warmup >= 1 ? Math.floor(warmup) : Math.ceil(warmup * totalSteps);

/** The factor by step. Throws UserError for schedules that need more than steps, or settings they lack. */
export function makeSchedule({
  type,
  learningRate,
  warmupSteps: warmup,
  totalSteps: total,
  kwargs,
}: ScheduleOptions): Schedule {
  const number: Setting = (key, fallback) => {
    const value = kwargs[key];
    return typeof value === 'number' ? value : fallback;
  };
  const warm = (step: number): number => step / Math.max(1, warmup);
  const progress = (step: number): number => (step - warmup) / Math.max(1, total - warmup);
  const warmed =
    (after: Schedule): Schedule =>
    (step) =>
      step < warmup ? warm(step) : after(step);
  switch (type) {
    case 'constant':
      return () => 1;
    case 'constant_with_warmup':
      return warmed(() => 1);
    case 'linear':
      return warmed((step) => Math.max(0, (total - step) / Math.max(1, total - warmup)));
    case 'cosine': {
      const cycles = number('num_cycles', 0.5);
      return warmed((step) => Math.max(0, halfCosine(cycles * 2 * progress(step))));
    }
    case 'cosine_with_restarts': {
      const cycles = number('num_cycles', 1);
      return warmed((step) => (progress(step) >= 1 ? 0 : Math.max(0, halfCosine((cycles * progress(step)) % 1))));
    }
    case 'polynomial': {
      const end = number('lr_end', 1e-7);
      const power = number('power', 1);
      if (end >= learningRate)
        throw new UserError(
          'schedule-settings',
          `lr_end (${end}) of the polynomial schedule must be below learning_rate (${learningRate}).`,
        );
      return warmed((step) => {
        if (step > total) return end / learningRate;
        const left = 1 - (step - warmup) / (total - warmup);
        return ((learningRate - end) * left ** power + end) / learningRate;
      });
    }
    case 'inverse_sqrt': {
      const timescale = number('timescale', warmup || 10_000);
      return warmed((step) => 1 / Math.sqrt((step + timescale - warmup) / timescale));
    }
    case 'cosine_with_min_lr':
    case 'cosine_warmup_with_min_lr':
      return cosineWithMinimum(type, learningRate, warmup, total, number);
    case 'warmup_stable_decay':
      return warmupStableDecay(warmup, total, kwargs, number);
    case 'reduce_lr_on_plateau':
    case 'greedy':
      throw new UserError(
        'schedule-later',
        `The schedule ${type} follows the evaluation, which Anneal does not have yet: choose another lr_scheduler_type.`,
      );
    default:
      throw new UserError('schedule-unknown', `There is no schedule "${type}".`);
  }
}

/** ½(1 + cos πx). */
const halfCosine = (x: number): number => 0.5 * (1 + Math.cos(Math.PI * x));

function minimumRate(learningRate: number, number: Setting): number {
  const rate = number('min_lr_rate', Number.NaN);
  if (!Number.isNaN(rate)) return rate;
  const minimum = number('min_lr', Number.NaN);
  if (Number.isNaN(minimum))
    throw new UserError('schedule-settings', 'This schedule needs min_lr or min_lr_rate in lr_scheduler_kwargs.');
  return minimum / learningRate;
}

function cosineWithMinimum(
  type: string,
  learningRate: number,
  warmup: number,
  total: number,
  number: Setting,
): Schedule {
  const cycles = number('num_cycles', 0.5);
  const minimum = minimumRate(learningRate, number);
  const decayed = (progress: number): number =>
    Math.max(0, halfCosine(cycles * 2 * progress) * (1 - minimum) + minimum);
  const span = Math.max(1, total - warmup);
  if (type === 'cosine_with_min_lr')
    return (step) => (step < warmup ? step / Math.max(1, warmup) : decayed((step - warmup) / span));
  const first = number('warmup_lr_rate', Number.NaN);
  return (step) => {
    if (step >= warmup) return decayed((step - warmup + 1) / span);
    return Number.isNaN(first)
      ? (step + 1) / Math.max(1, warmup)
      : first + ((1 - first) * step) / Math.max(1, warmup - 1);
  };
}

/** Up, level, down (Hu et al. 2024, MiniCPM), each part by a curve of its own. */
function warmupStableDecay(
  warmup: number,
  total: number,
  kwargs: Readonly<Record<string, unknown>>,
  number: Setting,
): Schedule {
  // LLaMA-Factory's defaults: a third of what follows the warm-up is level
  const level = Math.floor((total - warmup) / 3);
  const stable = number('num_stable_steps', level);
  const decay = number('num_decay_steps', total - warmup - level);
  const minimum = number('min_lr_ratio', 0);
  const cycles = number('num_cycles', 0.5);
  const up = kwargs['warmup_type'] ?? 'linear';
  const down = kwargs['decay_type'] ?? 'cosine';
  const scaled = (factor: number): number => Math.max(0, factor * (1 - minimum) + minimum);
  return (step) => {
    if (step < warmup) {
      const x = step / Math.max(1, warmup);
      return scaled(up === 'linear' ? x : up === 'cosine' ? 0.5 * (1 - Math.cos(Math.PI * x)) : 1 - Math.sqrt(1 - x));
    }
    if (step < warmup + stable) return 1;
    if (step >= warmup + stable + decay) return minimum;
    const x = (step - warmup - stable) / Math.max(1, decay);
    return scaled(down === 'linear' ? 1 - x : down === 'cosine' ? halfCosine(cycles * 2 * x) : 1 - Math.sqrt(x));
  };
}
