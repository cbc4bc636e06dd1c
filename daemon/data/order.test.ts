// Orders are permutations that depend on (seed, epoch) alone; grouping by length is that of transformers' sampler.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochOrder, permutation } from './order.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sorted = (order: Int32Array): number[] => [...order].sort((a, b) => a - b);

test('a permutation has every number once and repeats itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.integer(), fc.nat(1000), (count, seed, epoch) => {
      const order = permutation(count, seed, epoch);
      expect(sorted(order)).toEqual(upTo(count));
      expect(permutation(count, seed, epoch)).toEqual(order);
    }),
  );
});

test('epochs and seeds differ, and every number comes first about as often', () => {
  expect(permutation(50, 1, 0)).not.toEqual(permutation(50, 1, 1));
  expect(permutation(50, 1, 0)).not.toEqual(permutation(50, 2, 0));
  const first = new Int32Array(8);
  for (let epoch = 0; epoch < 8000; epoch++) {
    const chosen = permutation(8, 5, epoch)[0] ?? 0;
    first[chosen] = (first[chosen] ?? 0) + 1;
  }
  // 1000 each; six standard deviations
  for (const count of first) expect(Math.abs(count - 1000)).toBeLessThan(180);
});

describe('grouped by length', () => {
  const cases = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 400 }),
    batch: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  });

  test('is a permutation in stretches that fall from long to short, the longest example first', () => {
    fc.assert(
      fc.property(cases, ({ lengths, batch, seed }) => {
        const order = epochOrder(Int32Array.from(lengths), 'group_by_length', seed, 0, batch);
        expect(sorted(order)).toEqual(upTo(lengths.length));
        const found = Array.from(order, (i) => lengths[i] ?? 0);
        expect(found[0]).toBe(Math.max(...lengths));
        const size = Math.max(1, Math.min(Math.floor(lengths.length / (batch * 4)), 50)) * batch;
        const random = permutation(lengths.length, seed, 0);
        for (let start = 0; start < found.length; start += size) {
          // the first of a stretch may have changed places with the longest of all
          const rest = found.slice(start + 1, start + size);
          expect(rest).toEqual([...rest].sort((a, b) => b - a));
          const members = new Set(random.subarray(start, start + size));
          for (const i of order.subarray(start + 1, start + size)) expect(members.has(i)).toBe(true);
        }
      }),
    );
  });

  test('equal lengths stay in the shuffled order, as a stable sort leaves them', () => {
    const order = epochOrder(new Int32Array(40).fill(7), 'group_by_length', 3, 2, 4);
    expect(order).toEqual(permutation(40, 3, 2));
  });

  test('wastes less on padding', () => {
    const lengths = Int32Array.from({ length: 2000 }, (_, i) => 1 + ((i * 7919) % 500));
    const padded = (order: Int32Array): number => {
      let total = 0;
      for (let start = 0; start < order.length; start += 8)
        total += 8 * Math.max(...Array.from(order.subarray(start, start + 8), (i) => lengths[i] ?? 0));
      return total;
    };
    const real = lengths.reduce((sum, length) => sum + length, 0);
    const grouped = padded(epochOrder(lengths, 'group_by_length', 1, 0, 8));
    expect(grouped / real).toBeLessThan(1.06);
    expect(padded(epochOrder(lengths, 'random', 1, 0, 8)) / real).toBeGreaterThan(1.5);
  });
});

test('sequential is as it comes', () => {
  expect([...epochOrder(Int32Array.of(5, 1, 9), 'sequential', 1, 4, 2)]).toEqual([0, 1, 2]);
});
