// Curves that grow, are cut back and refined; their moving average; what a grid of pixel columns keeps of them.
import { describe, expect, test } from 'vitest';
import { fillGrid, gridOf } from './grid.ts';
import { Points } from './points.ts';

const curve = (...pairs: readonly (readonly [number, number])[]): Points => {
  const points = new Points();
  for (const [x, y] of pairs) points.set(x, y);
  return points;
};
const pairs = ({ x, y }: Points): number[][] => [...x].map((one, i) => [one, y[i] ?? Number.NaN]);

describe('points', () => {
  test('a step that was done again counts as it was done last', () => {
    const points = curve([1, 10], [2, 20], [3, 30], [4, 40]);
    points.set(2, 21);
    expect(pairs(points)).toEqual([[1, 10], [2, 21]]); // prettier-ignore
  });

  test('grows past any first size', () => {
    const points = new Points();
    for (let step = 1; step <= 10_000; step++) points.set(step, step / 2);
    expect([points.length, points.x[9999], points.y[9999]]).toEqual([10_000, 10_000, 5000]);
  });

  test('finer points take the place of a range, others stay', () => {
    const points = curve([1, 1], [10, 10], [20, 20], [30, 30]);
    points.replace(10, 20, [10, 12, 15, 20], [10, 120, 150, 20]);
    expect(pairs(points)).toEqual([[1, 1], [10, 10], [12, 120], [15, 150], [20, 20], [30, 30]]); // prettier-ignore
  });

  test('nearest', () => {
    const points = curve([1, 0], [4, 0], [10, 0]);
    expect([-5, 1, 2.4, 2.6, 8, 99].map((x) => points.nearest(x))).toEqual([0, 0, 0, 1, 2, 2]);
    expect(new Points().nearest(3)).toBe(-1);
  });

  test('the moving average goes on where it was, and begins anew after a cut', () => {
    const points = curve([1, 4], [2, 8]);
    // weights 1 and 1/2: (8 + 4/2) / 1.5
    expect([...points.smooth(0.5)]).toEqual([4, 10 / 1.5]);
    points.set(4, 8);
    const whole = curve([1, 4], [2, 8], [4, 8]);
    expect([...points.smooth(0.5)]).toEqual([...whole.smooth(0.5)]);
    points.cut(1);
    points.set(2, 0);
    expect([...points.smooth(0.5)]).toEqual([...curve([1, 4], [2, 0]).smooth(0.5)]);
  });

  test('a level line stays level under any smoothing, wherever its points lie', () => {
    const points = curve([1, 3], [2, 3], [50, 3], [51, 3]);
    for (const value of points.smooth(0.97)) expect(value).toBeCloseTo(3, 12);
  });
});

describe('grid', () => {
  const drawn = (points: Points, from: number, to: number, columns: number): (number | null)[] => {
    const out = Array.from<number | null>({ length: columns * 2 }).fill(null);
    fillGrid(out, points.x, points.y, { from, to });
    return out;
  };

  test('its places ascend and lie in the range', () => {
    expect([...gridOf({ from: 0, to: 4 }, 2)]).toEqual([0.5, 1.5, 2.5, 3.5]);
  });

  test('a column keeps its lowest and highest value in the order they come', () => {
    expect(drawn(curve([0, 5], [1, 9], [2, 1], [3, 4]), 0, 4, 1)).toEqual([9, 1]);
    expect(drawn(curve([0, 5], [1, 1], [2, 9], [3, 4]), 0, 4, 1)).toEqual([1, 9]);
  });

  test('no extreme is lost, however many points there are', () => {
    const points = new Points();
    for (let step = 1; step <= 100_000; step++) points.set(step, step === 77_777 ? 1000 : Math.sin(step));
    const out = drawn(points, 0, 100_000, 300).filter((value) => value !== null);
    expect(out.length).toBeLessThanOrEqual(600);
    expect(Math.max(...out)).toBe(1000);
    expect(Math.min(...out)).toBeLessThan(-0.999);
  });

  test('a line that leaves the range is drawn to its edge', () => {
    expect(drawn(curve([0, 0], [10, 10]), 4, 6, 2)).toEqual([4, null, null, 6]);
    expect(drawn(curve([0, 0], [5, 5]), 4, 8, 2)).toEqual([5, null, null, null]);
  });
});
