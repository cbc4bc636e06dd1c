// Schedules that follow the evaluation: reduce_lr_on_plateau (torch) and greedy (transformers; GreedyLR, arXiv 2512.14527).
// Between evaluations the rate stands still; their state is plain JSON, so a resumed run goes on where it was.
import { z } from 'zod';
import { ScheduleSettings, type Kwargs } from './schedule-settings.ts';

const stateSchema = z.object({
  learningRate: z.number(),
  /** Best metric so far; null before the first. */
  best: z.number().nullable(),
  bad: z.number().int(),
  good: z.number().int(),
  /** Evaluations still to be waited for after a reduction, and after an increase. */
  cooldown: z.number().int(),
  warmup: z.number().int(),
  /** Reductions without effect that are left until a greedy schedule starts over. */
  untilReset: z.number().int(),
  /** The last metrics, where they are averaged. */
  window: z.array(z.number()),
});

export type MetricState = z.infer<typeof stateSchema>;

/** Follows one metric; `learningRate` is the rate of the steps until the next evaluation. */
export interface MetricSchedule {
  readonly learningRate: number;
  /** Hands over the metric of an evaluation during training (not of the one after it). */
  observe(metric: number): void;
  save(): MetricState;
  /** Takes what `save` gave. Throws where it is something else. */
  restore(state: unknown): void;
}

interface Comparison {
  readonly mode: 'min' | 'max';
  readonly threshold: number;
  readonly thresholdMode: 'rel' | 'abs';
}

/** Better by more than the threshold. Anything is better than nothing. */
function isBetter(value: number, best: number | null, { mode, threshold, thresholdMode }: Comparison): boolean {
  if (best === null) return !Number.isNaN(value) && Math.abs(value) !== Number.POSITIVE_INFINITY;
  if (mode === 'min') return value < (thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold);
  return value > (thresholdMode === 'rel' ? best * (1 + threshold) : best + threshold);
}

const comparison = (settings: ScheduleSettings, threshold: number, mode: 'rel' | 'abs'): Comparison => ({
  mode: settings.choice('mode', ['min', 'max'], 'min'),
  threshold: settings.number('threshold', threshold),
  thresholdMode: settings.choice('threshold_mode', ['rel', 'abs'], mode),
});

function factorOf(settings: ScheduleSettings, fallback: number): number {
  const factor = settings.number('factor', fallback);
  if (factor < 1) return factor;
  throw settings.error(`factor (${factor}) in lr_scheduler_kwargs must be below 1.`);
}

/** torch's ReduceLROnPlateau: after `patience` evaluations without a better metric the rate is multiplied by `factor`. */
class Plateau implements MetricSchedule {
  static readonly settings = ['mode', 'factor', 'patience', 'threshold', 'threshold_mode', 'cooldown', 'min_lr', 'eps'];
  readonly #comparison: Comparison;
  readonly #factor: number;
  readonly #patience: number;
  readonly #cooldown: number;
  readonly #minimum: number;
  readonly #epsilon: number;
  #state: MetricState;

  constructor(learningRate: number, kwargs: Kwargs) {
    const settings = new ScheduleSettings('reduce_lr_on_plateau', kwargs, Plateau.settings);
    this.#comparison = comparison(settings, 1e-4, 'rel');
    this.#factor = factorOf(settings, 0.1);
    this.#patience = settings.number('patience', 10);
    this.#cooldown = settings.number('cooldown', 0);
    this.#minimum = settings.number('min_lr', 0);
    this.#epsilon = settings.number('eps', 1e-8);
    this.#state = { learningRate, best: null, bad: 0, good: 0, cooldown: 0, warmup: 0, untilReset: 0, window: [] };
  }

  get learningRate(): number {
    return this.#state.learningRate;
  }

  observe(metric: number): void {
    const state = this.#state;
    if (isBetter(metric, state.best, this.#comparison)) {
      state.best = metric;
      state.bad = 0;
    } else state.bad += 1;
    if (state.cooldown > 0) {
      state.cooldown -= 1;
      state.bad = 0;
    }
    if (state.bad <= this.#patience) return;
    const lower = Math.max(state.learningRate * this.#factor, this.#minimum);
    if (state.learningRate - lower > this.#epsilon) state.learningRate = lower;
    state.cooldown = this.#cooldown;
    state.bad = 0;
  }

  save(): MetricState {
    return structuredClone(this.#state);
  }

  restore(state: unknown): void {
    this.#state = stateSchema.parse(state);
  }
}

/** Down by `factor` where the metric stands still, up by it where it improves; from the start again after long at the bottom. */
class Greedy implements MetricSchedule {
  static readonly settings = [
    ...Plateau.settings,
    'warmup',
    'max_lr',
    'verbose',
    'smooth',
    'window_size',
    'reset_start',
  ];
  readonly #comparison: Comparison;
  readonly #factor: number;
  readonly #patience: number;
  readonly #cooldown: number;
  readonly #warmup: number;
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #epsilon: number;
  /** Metrics averaged; 1 where they are taken as they are. */
  readonly #window: number;
  readonly #resetAfter: number;
  readonly #initial: number;
  #state: MetricState;

  constructor(learningRate: number, kwargs: Kwargs) {
    const settings = new ScheduleSettings('greedy', kwargs, Greedy.settings);
    this.#comparison = comparison(settings, 1e-6, 'abs');
    this.#factor = factorOf(settings, 0.95);
    this.#patience = settings.number('patience', 10);
    this.#cooldown = settings.number('cooldown', 0);
    this.#warmup = settings.number('warmup', 0);
    // upstream's default is far above the learning rates of fine-tuning: without min_lr nothing is ever reduced there
    this.#minimum = settings.number('min_lr', 1e-3);
    this.#maximum = settings.number('max_lr', 1);
    this.#epsilon = settings.number('eps', 1e-8);
    this.#window = settings.flag('smooth') ? settings.number('window_size', 50) : 1;
    this.#resetAfter = settings.number('reset_start', 500);
    this.#initial = learningRate;
    this.#state = this.#begin();
  }

  get learningRate(): number {
    return this.#state.learningRate;
  }

  observe(metric: number): void {
    const state = this.#state;
    state.window.push(metric);
    if (state.window.length > this.#window) state.window.shift();
    const value = state.window.reduce((sum, one) => sum + one, 0) / state.window.length;
    if (state.cooldown > 0 || state.warmup > 0) {
      if (state.cooldown > 0) state.cooldown -= 1;
      else state.warmup -= 1;
      state.bad = 0;
      state.good = 0;
      return;
    }
    if (isBetter(value, state.best, this.#comparison)) {
      state.best = value;
      state.bad = 0;
      state.good += 1;
    } else {
      state.bad += 1;
      state.good = 0;
    }
    if (state.good > this.#patience) this.#increase(state);
    else if (state.bad > this.#patience) this.#reduce(state);
  }

  save(): MetricState {
    return structuredClone(this.#state);
  }

  restore(state: unknown): void {
    this.#state = stateSchema.parse(state);
  }

  #increase(state: MetricState): void {
    const higher = Math.min(state.learningRate / this.#factor, this.#maximum);
    if (higher - state.learningRate > this.#epsilon) state.learningRate = higher;
    state.untilReset = this.#resetAfter;
    state.warmup = this.#warmup;
    state.good = 0;
  }

  #reduce(state: MetricState): void {
    const lower = Math.max(state.learningRate * this.#factor, this.#minimum);
    if (state.learningRate - lower > this.#epsilon) state.learningRate = lower;
    if (state.learningRate <= this.#minimum) {
      state.untilReset -= 1;
      if (state.untilReset <= 0) this.#state = this.#begin();
    }
    // also after a start from the beginning, as upstream does
    this.#state.cooldown = this.#cooldown;
    this.#state.bad = 0;
  }

  #begin(): MetricState {
    return {
      learningRate: this.#initial,
      best: null,
      bad: 0,
      good: 0,
      cooldown: 0,
      warmup: 0,
      untilReset: this.#resetAfter,
      window: [],
    };
  }
}

/** Throws UserError where a setting is unknown or does not fit. Sources: torch 2.13 lr_scheduler.py, transformers 5.6 optimization.py. */
export const metricSchedule = (
  type: 'reduce_lr_on_plateau' | 'greedy',
  learningRate: number,
  kwargs: Kwargs,
): MetricSchedule => (type === 'greedy' ? new Greedy(learningRate, kwargs) : new Plateau(learningRate, kwargs));
