// Fewer points, the same picture: ends and spikes stay, order stays, nothing is made up.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { downsample } from './downsample.ts';

test('keeps everything where there is little, the ends and the spikes where there is much', () => {
  const x = Array.from({ length: 10_000 }, (_, i) => i);
  const y = x.map((i) => Math.sin(i / 500));
  y[1234] = 50;
  y[7777] = -50;
  expect(downsample(x.slice(0, 10), y, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const kept = downsample(x, y, 200);
  expect(kept).toHaveLength(200);
  expect([kept[0], kept.at(-1)]).toEqual([0, 9999]);
  expect(kept).toContain(1234);
  expect(kept).toContain(7777);
});

test('the paper’s own rule on a case by hand', () => {
  // buckets {1, 2} and {3, 4}: from (0,0) the mean of the second is (3.5, 0.5), and point 2 spans the larger triangle;
  // from (2,4) with the last point (5,0), point 3 spans 9.5 halves and point 4 only 3.5
  expect(downsample([0, 1, 2, 3, 4, 5], [0, 1, 4, -1, 2, 0], 4)).toEqual([0, 2, 3, 5]);
});

test('indices ascend, are of the series, and as many as asked for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 0, maxLength: 400 }),
      fc.integer({ min: 3, max: 100 }),
      (y, count) => {
        const kept = downsample(y.map((_, i) => i), y, count); // prettier-ignore
        expect(kept).toHaveLength(Math.min(count, y.length));
        expect(kept.every((index, i) => index > (kept[i - 1] ?? -1) && index < y.length)).toBe(true);
      },
    ),
  );
});
