// Curves of runs with the tokens and seconds of their steps.
import { expect, test } from 'vitest';
import { curvesOf } from './compare-feed.ts';

const series = (metric: string, steps: number[], values: number[]) => ({ metric, steps, values, points: steps.length });

test('thinned steps get the time and the tokens of all steps before them', () => {
  const loss = series('loss', [1, 3], [5, 4]);
  const all = [series('seconds', [1, 2, 3], [1, 2, 4]), series('totalTokens', [1, 2, 3], [10, 20, 30])];
  expect(curvesOf([loss, series('epoch', [1], [1])], all)).toEqual([
    { metric: 'loss', steps: [1, 3], values: [5, 4], seconds: [1, 7], tokens: [10, 30] },
  ]);
});

test('what was measured before the first step has taken nothing', () => {
  const all = [series('seconds', [2], [3])];
  expect(curvesOf([series('eval_loss', [0, 2], [5, 4])], all)).toMatchObject([{ seconds: [0, 3], tokens: [] }]);
});
