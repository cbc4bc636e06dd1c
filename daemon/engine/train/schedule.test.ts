// Schedules against the learning rates of transformers, torch and LLaMA-Factory, to a relative 1e-12.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { metricSchedule } from './metric-schedule.ts';
import { makeSchedule, warmupStepsOf, type ScheduleOptions } from './schedule.ts';

interface ByMetric {
  readonly type: 'reduce_lr_on_plateau' | 'greedy';
  readonly learningRate: number;
  readonly kwargs: Record<string, unknown>;
  readonly metrics: readonly number[];
  /** Before the first evaluation, and after each. */
  readonly lr: readonly number[];
}

const { bySteps, byMetric } = JSON.parse(readFileSync(new URL('fixtures/schedules.json', import.meta.url), 'utf8')) as {
  bySteps: (ScheduleOptions & { lr: number[] })[];
  byMetric: ByMetric[];
};

/** The largest difference in units of what is allowed: 1e-12 relative, or 1e-22 where cosine leaves a rounding in place of zero. */
const worst = (ours: readonly number[], theirs: readonly number[]): number =>
  ours.length === theirs.length
    ? Math.max(...theirs.map((rate, i) => Math.abs((ours[i] ?? NaN) - rate) / (1e-12 * rate + 1e-22)))
    : Number.POSITIVE_INFINITY;

const options = (type: string, more: Partial<ScheduleOptions> = {}): ScheduleOptions => ({
  type,
  learningRate: 1e-3,
  warmupSteps: 0,
  totalSteps: 10,
  kwargs: {},
  ...more,
});

describe('schedules by step', () => {
  it.each(bySteps.map(({ lr, ...given }) => ({ name: `${given.type} ${JSON.stringify(given.kwargs)}`, given, lr })))(
    '$name',
    ({ given, lr }) => {
      const schedule = makeSchedule(given);
      const rates = lr.map((_, step) => given.learningRate * schedule(step));
      expect(worst(rates, lr)).toBeLessThanOrEqual(1);
    },
  );

  it('covers every schedule that has a formula', () => {
    expect(new Set(bySteps.map(({ type }) => type)).size).toBe(10);
  });
});

describe('schedules by evaluation', () => {
  it.each(byMetric.map((golden) => ({ ...golden, name: `${golden.type} ${JSON.stringify(golden.kwargs)}` })))(
    '$name',
    ({ type, learningRate, kwargs, metrics, lr }) => {
      const schedule = makeSchedule(options(type, { learningRate, kwargs }));
      const rates = [learningRate * schedule(0)];
      for (const metric of metrics) {
        schedule.metric?.observe(metric);
        rates.push(learningRate * schedule(rates.length));
      }
      expect(worst(rates, lr)).toBeLessThanOrEqual(1);
    },
  );

  it.each(byMetric.map((golden) => ({ ...golden, name: `${golden.type} ${JSON.stringify(golden.kwargs)}` })))(
    'goes on from its saved state after any evaluation: $name',
    ({ type, learningRate, kwargs, metrics, lr }) => {
      for (let cut = 0; cut <= metrics.length; cut++) {
        const before = metricSchedule(type, learningRate, kwargs);
        for (const metric of metrics.slice(0, cut)) before.observe(metric);
        const after = metricSchedule(type, learningRate, kwargs);
        after.restore(JSON.parse(JSON.stringify(before.save())));
        const rates = [after.learningRate];
        for (const metric of metrics.slice(cut)) {
          after.observe(metric);
          rates.push(after.learningRate);
        }
        expect(worst(rates, lr.slice(cut))).toBeLessThanOrEqual(1);
      }
    },
  );

  it('has no metric where the schedule goes by steps', () => {
    expect(makeSchedule(options('linear')).metric).toBeUndefined();
  });

  it('refuses a state that is none', () => {
    expect(() => metricSchedule('greedy', 1e-3, {}).restore({ best: 1 })).toThrow(/learningRate/);
  });
});

describe('warm-up', () => {
  it('is a number of steps from 1 on and a share of all below, rounded up', () => {
    expect([warmupStepsOf(0, 30), warmupStepsOf(0.1, 30), warmupStepsOf(0.1, 31), warmupStepsOf(3.9, 30)]).toEqual([0, 3, 4, 3]); // prettier-ignore
  });
});

describe('settings that do not fit', () => {
  it.each([
    ['unknown schedule', options('cosine_annealing'), 'There is no schedule "cosine_annealing"'],
    ['unknown setting', options('cosine', { kwargs: { num_cycle: 2 } }), 'num_cycle is no setting of the schedule cosine: it takes num_cycles'],
    ['setting where there is none', options('linear', { kwargs: { power: 2 } }), 'it takes none'],
    ['text for a number', options('polynomial', { kwargs: { lr_end: '1e-7' } }), 'lr_end of the schedule polynomial must be a number'],
    ['end above the start', options('polynomial', { learningRate: 1e-8 }), 'must be below learning_rate'],
    ['no minimum', options('cosine_with_min_lr'), 'needs either min_lr or min_lr_rate'],
    ['two minima', options('cosine_with_min_lr', { kwargs: { min_lr: 1e-5, min_lr_rate: 0.1 } }), 'not both'],
    ['a curve that is none', options('warmup_stable_decay', { kwargs: { decay_type: 'sqrt' } }), 'must be one of linear, cosine, 1-sqrt'],
    ['a factor that raises', options('reduce_lr_on_plateau', { kwargs: { factor: 1.5 } }), 'must be below 1'],
    ['greedy on the wrong type', options('greedy', { kwargs: { smooth: 'yes' } }), 'must be true or false'],
  ])('%s', (_, given, sentence) => {
    expect(() => makeSchedule(given)).toThrow(sentence);
  }); // prettier-ignore
});
