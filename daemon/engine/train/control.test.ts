// When a run logs, evaluates, saves and stops, against what transformers 5.6 does.
import { describe, expect, it } from 'vitest';
import {
  actionsAfter,
  interval,
  isGreaterBetter,
  isPatienceOver,
  judge,
  noBest,
  rotated,
  rotatedAtEnd,
  type BestOptions,
  type ControlOptions,
  type Strategy,
} from './control.ts';

const never = { strategy: 'no' as Strategy, steps: 500 };
const options = (more: Partial<ControlOptions>): ControlOptions => ({
  logging: { ...never, first: false },
  evaluation: never,
  saving: never,
  totalSteps: 10,
  ...more,
});

/** Steps from 1 to 10, three an epoch, at which an action is due. */
const stepsOf = (action: 'log' | 'evaluate' | 'save', more: Partial<ControlOptions>): number[] =>
  Array.from({ length: 10 }, (_, i) => i + 1).filter(
    (step) => actionsAfter(options(more), step, step % 3 === 0, step / 3)[action],
  );

describe('actionsAfter', () => {
  it('logs by steps, by epochs with the last one cut short, and first where asked', () => {
    expect(stepsOf('log', { logging: { strategy: 'steps', steps: 4, first: false } })).toEqual([4, 8]);
    expect(stepsOf('log', { logging: { strategy: 'steps', steps: 4, first: true } })).toEqual([1, 4, 8]);
    expect(stepsOf('log', { logging: { strategy: 'epoch', steps: 4, first: false } })).toEqual([3, 6, 9, 10]);
    expect(stepsOf('log', { logging: { strategy: 'no', steps: 1, first: false } })).toEqual([]);
  });

  it('evaluates by steps and at the last step, once', () => {
    expect(stepsOf('evaluate', { evaluation: { strategy: 'steps', steps: 4 } })).toEqual([4, 8, 10]);
    expect(stepsOf('evaluate', { evaluation: { strategy: 'steps', steps: 5 } })).toEqual([5, 10]);
    expect(stepsOf('evaluate', { evaluation: { strategy: 'epoch', steps: 5 } })).toEqual([3, 6, 9, 10]);
  });

  it('waits with evaluations for eval_delay steps, or epochs', () => {
    expect(stepsOf('evaluate', { evaluation: { strategy: 'steps', steps: 2, delay: 5 } })).toEqual([6, 8, 10]);
    expect(stepsOf('evaluate', { evaluation: { strategy: 'epoch', steps: 2, delay: 2 } })).toEqual([6, 9, 10]);
  });

  it('saves by steps and at the last step, and never by itself where only the best is kept', () => {
    expect(stepsOf('save', { saving: { strategy: 'steps', steps: 4 } })).toEqual([4, 8, 10]);
    expect(stepsOf('save', { saving: { strategy: 'steps', steps: 500 } })).toEqual([10]);
    expect(stepsOf('save', { saving: { strategy: 'epoch', steps: 4 } })).toEqual([3, 6, 9, 10]);
    expect(stepsOf('save', { saving: { strategy: 'best', steps: 4 } })).toEqual([]);
    expect(stepsOf('save', { saving: { strategy: 'no', steps: 4 } })).toEqual([]);
  });

  it('takes steps below 1 as a share of all, rounded up, and 0 as never', () => {
    expect([interval(0.1, 10), interval(0.25, 10), interval(0.001, 10), interval(7, 10), interval(0, 10)]).toEqual([1, 3, 1, 7, Infinity]); // prettier-ignore
    expect(stepsOf('save', { saving: { strategy: 'steps', steps: 0.25 } })).toEqual([3, 6, 9, 10]);
    expect(stepsOf('log', { logging: { strategy: 'steps', steps: 0, first: false } })).toEqual([]);
  });
});

describe('judge', () => {
  const loss: BestOptions = { metric: 'loss', greaterIsBetter: false, patience: 2 };
  const run = (best: BestOptions, values: readonly number[], name = 'eval_loss') => {
    let state = noBest;
    return values.map((value) => {
      const { better, ...next } = judge(state, best, { [name]: value });
      state = next;
      return { better, waited: state.waited, stops: isPatienceOver(state, best) };
    });
  };

  it('keeps the best, counts what is no better (an equal one too), and stops when patience is over', () => {
    expect(run(loss, [2, 1, 1, 1.5])).toEqual([
      { better: true, waited: 0, stops: false },
      { better: true, waited: 0, stops: false },
      { better: false, waited: 1, stops: false },
      { better: false, waited: 2, stops: true },
    ]);
  });

  it('starts counting anew after a better one', () => {
    expect(run(loss, [2, 3, 1, 3, 0.5]).map(({ waited }) => waited)).toEqual([0, 1, 0, 1, 0]);
  });

  it('goes up where greater is better, and takes the metric with or without eval_', () => {
    const accuracy: BestOptions = { metric: 'accuracy', greaterIsBetter: true, patience: undefined };
    expect(run(accuracy, [0.1, 0.3, 0.2], 'eval_accuracy').map(({ better }) => better)).toEqual([true, true, false]);
    expect(run({ ...accuracy, metric: 'eval_accuracy' }, [0.1], 'eval_accuracy')[0]?.better).toBe(true);
    expect(run(accuracy, [0.3, 0.2, 0.2, 0.2], 'eval_accuracy').some(({ stops }) => stops)).toBe(false);
  });

  it('never takes NaN for the best', () => {
    expect(run(loss, [NaN, 2, NaN]).map(({ better }) => better)).toEqual([false, true, false]);
  });

  it('names the metrics there are when the wanted one is missing', () => {
    expect(() => judge(noBest, { ...loss, metric: 'rouge' }, { eval_loss: 1, eval_accuracy: 0 })).toThrow(
      'gives no eval_rouge: set it to one of eval_loss, eval_accuracy.',
    );
  });

  it('knows by the name which way is better', () => {
    expect(['loss', 'eval_loss', 'eval_accuracy'].map(isGreaterBetter)).toEqual([false, false, true]);
  });
});

describe('rotation', () => {
  const folders = (...steps: number[]) => steps.map((step) => ({ path: `/out/checkpoint-${step}` }));
  const names = (list: readonly { path: string }[]) => list.map(({ path }) => path);
  const name = (step: number) => `/out/checkpoint-${step}`;

  it('deletes the oldest beyond the limit', () => {
    expect(names(rotated(folders(10, 20, 30, 40), 2, null))).toEqual([name(10), name(20)]);
    expect(rotated(folders(10, 20), 2, null)).toEqual([]);
    expect([rotated(folders(10, 20), null, null), rotated(folders(10, 20), 0, null)]).toEqual([[], []]);
  });

  it('never deletes the newest or the best', () => {
    expect(names(rotated(folders(10, 20, 30, 40), 2, name(10)))).toEqual([name(20), name(30)]);
    expect(names(rotated(folders(10, 20, 30), 1, name(20)))).toEqual([name(10)]);
    expect(names(rotated(folders(10, 20, 30), 1, name(30)))).toEqual([name(10), name(20)]);
    expect(rotated(folders(10, 20), 1, name(10))).toEqual([]);
  });

  it('knows the best in an output directory that was moved', () => {
    expect(names(rotated(folders(10, 20, 30), 2, '/elsewhere/checkpoint-10'))).toEqual([name(20)]);
  });

  it('is not confused by a best one that is gone', () => {
    expect(names(rotated(folders(20, 30, 40), 2, name(10)))).toEqual([name(20)]);
  });

  it('keeps only the best after training with a limit of 1', () => {
    expect(names(rotatedAtEnd(folders(10, 20), 1, name(10)))).toEqual([name(20)]);
    expect([rotatedAtEnd(folders(10, 20), 2, name(10)), rotatedAtEnd(folders(10, 20), 1, null), rotatedAtEnd(folders(10, 20), 1, name(5))]).toEqual([[], [], []]); // prettier-ignore
  });
});
