// Random numbers: known answers, the shape of each distribution, independence of streams, purity.
import { describe, expect, it } from 'vitest';
import { Random, threefry } from './random.ts';

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
};

const correlation = (x: Float32Array, y: Float32Array): number => {
  const products = x.map((value, i) => value * (y[i] as number));
  return mean(products) / Math.sqrt(mean(x.map((value) => value * value)) * mean(y.map((value) => value * value)));
};

/** Kolmogorov–Smirnov: √n times the largest distance from a distribution function; above 1.95 once in a thousand. */
function kolmogorov(values: Float32Array, distribution: (x: number) => number): number {
  const sorted = Float32Array.from(values).sort();
  let largest = 0;
  sorted.forEach((x, i) => {
    const expected = distribution(x);
    largest = Math.max(largest, Math.abs(expected - i / sorted.length), Math.abs(expected - (i + 1) / sorted.length));
  });
  return largest * Math.sqrt(sorted.length);
}

/** Φ by Simpson's rule from 0: exact to 1e-10 where it is asked for here. */
function normalDistribution(x: number): number {
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  const pieces = 64;
  const width = x / pieces;
  let sum = density(0) + density(x);
  for (let i = 1; i < pieces; i++) sum += (i % 2 === 0 ? 2 : 4) * density(i * width);
  return 0.5 + (sum * width) / 3;
}

const uniform = (length: number, random: Random, bound = 1): Float32Array => {
  const out = new Float32Array(length);
  random.uniform(out, bound);
  return out;
};

const normal = (length: number, random: Random, deviation = 1): Float32Array => {
  const out = new Float32Array(length);
  random.normal(out, deviation);
  return out;
};

const keep = (length: number, random: Random, p: number): Uint8Array => {
  const out = new Uint8Array(length);
  random.keep(out, p);
  return out;
};

describe('threefry', () => {
  // Random123's known answers for 2×32 with 20 rounds: zeros, ones, digits of π
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [-1, -1],
      [-1, -1],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)('key %j, counter %j', (key, counter, answer) => {
    const words = { first: counter[0] | 0, second: counter[1] | 0 };
    threefry(key[0] | 0, key[1] | 0, words);
    expect([words.first >>> 0, words.second >>> 0]).toEqual(answer);
  });
});

describe('uniform', () => {
  it('is flat over [−bound, bound)', () => {
    const bound = 0.125;
    const values = uniform(200_001, new Random(1, 'a'), bound);
    expect(kolmogorov(values, (x) => (x / bound + 1) / 2)).toBeLessThan(1.95);
    expect(values.every((x) => x >= -bound && x < bound)).toBe(true);
    expect(Math.abs(correlation(values.subarray(0, 200_000), values.subarray(1)))).toBeLessThan(0.01);
  });
});

describe('normal', () => {
  it('has the normal shape, its deviation and no memory', () => {
    const values = normal(100_001, new Random(2, 'weights'), 0.02);
    expect(kolmogorov(values, (x) => normalDistribution(x / 0.02))).toBeLessThan(1.95);
    expect(Math.sqrt(mean(values.map((x) => x * x)))).toBeCloseTo(0.02, 3);
    expect(Math.abs(correlation(values.subarray(0, 100_000), values.subarray(1)))).toBeLessThan(0.015);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('keep', () => {
  it.each([0.0001, 0.001, 0.05, 0.1, 0.25, 0.5, 0.9])('keeps 1 − %d of all, in each byte lane', (p) => {
    const length = 1 << 22;
    const mask = keep(length, new Random(3, 'dropout', p), p);
    const counts = [0, 0, 0, 0];
    mask.forEach((bit, i) => (counts[i & 3] = (counts[i & 3] ?? 0) + bit));
    const deviation = Math.sqrt((p * (1 - p) * length) / 4);
    // five deviations: once in 1.7 million; p of 1e-4 is told from 2e-4 by far
    for (const count of counts) expect(Math.abs(count - ((1 - p) * length) / 4)).toBeLessThan(5 * deviation);
  });

  it('keeps all at 0, none at 1', () => {
    expect(mean(keep(100_000, new Random(4), 0))).toBe(1);
    expect(mean(keep(100_000, new Random(4), 1))).toBe(0);
  });

  it('drops neighbours, and neighbours across words and pieces, independently', () => {
    const p = 0.3;
    const mask = Float32Array.from(keep(1 << 20, new Random(5, 'site'), p), (bit) => bit - (1 - p));
    for (const lag of [1, 2, 3, 4, 5, 8, 576, 1 << 16]) {
      const lagged = correlation(mask.subarray(0, mask.length - lag), mask.subarray(lag));
      expect(Math.abs(lagged)).toBeLessThan(5 / Math.sqrt(mask.length - lag));
    }
  });

  it('writes exactly its target, however long and wherever it lies', () => {
    const whole = keep(70_000, new Random(6), 0.5);
    for (const [length, offset] of [[1, 0], [3, 1], [65_537, 3], [70_000, 2]] as const) {
      const around = new Uint8Array(length + offset + 5).fill(7);
      new Random(6).keep(around.subarray(offset, offset + length), 0.5);
      expect(around.subarray(offset, offset + length)).toEqual(whole.subarray(0, length));
      expect([...around.subarray(0, offset), ...around.subarray(offset + length)].every((byte) => byte === 7)).toBe(true);
    }
  }); // prettier-ignore
});

describe('streams', () => {
  it('give the same numbers again, and the beginning of a longer draw', () => {
    expect(uniform(101, new Random(42, 'neftune', 7, 0))).toEqual(
      uniform(500, new Random(42, 'neftune', 7, 0)).subarray(0, 101),
    );
    expect(normal(101, new Random(42, 'x'))).toEqual(normal(500, new Random(42, 'x')).subarray(0, 101));
  });

  it('do not depend on what was drawn before', () => {
    const used = new Random(42, 'x');
    uniform(33, used);
    keep(10, used, 0.5);
    expect(normal(8, used)).toEqual(normal(8, new Random(42, 'x')));
  });

  it('differ and are uncorrelated for other seeds, names, steps and kinds', () => {
    const length = 100_000;
    const base = uniform(length, new Random(42, 'dropout', 'layers.0.q', 3, 0));
    for (const other of [
      new Random(43, 'dropout', 'layers.0.q', 3, 0),
      new Random(42 + 2 ** 32, 'dropout', 'layers.0.q', 3, 0),
      new Random(42, 'dropout', 'layers.0.k', 3, 0),
      new Random(42, 'dropout', 'layers.0.q', 4, 0),
      new Random(42, 'dropout', 'layers.0.q', 3, 1),
      new Random(42),
    ]) {
      expect(Math.abs(correlation(base, uniform(length, other)))).toBeLessThan(0.016);
    }
    expect(Math.abs(correlation(base, normal(length, new Random(42, 'dropout', 'layers.0.q', 3, 0))))).toBeLessThan(
      0.016,
    );
  });

  it('have keys of their own: no two of 200,000 begin alike', () => {
    const seen = new Set<string>();
    for (let step = 0; step < 1000; step++) {
      for (let site = 0; site < 200; site++) seen.add(uniform(2, new Random(1, 'dropout', site, step)).join());
    }
    expect(seen.size).toBe(200_000);
  });
});
