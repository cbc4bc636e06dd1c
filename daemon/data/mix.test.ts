// Mixing: the turns and stops of the datasets library, shares kept, no row lost or repeated where none may be.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interleave, type MixedRows, type MixStrategy } from './mix.ts';

const pairs = ({ sets, rows }: MixedRows): [number, number][] => Array.from(sets, (set, i) => [set, rows[i] ?? -1]);
const rowsOf = (mixed: MixedRows, set: number): number[] =>
  pairs(mixed).flatMap(([from, row]) => (from === set ? [row] : []));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const shares = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 });

describe('taking turns, as datasets 4.0 does with lengths 3, 4 and 5', () => {
  const flat = (strategy: MixStrategy): number[] =>
    pairs(interleave([3, 4, 5], strategy, undefined, 0)).map(([set, row]) => [0, 3, 7][set]! + row); // prettier-ignore

  test('under stops with the shortest', () => expect(flat('interleave_under')).toEqual([0, 3, 7, 1, 4, 8, 2, 5, 9]));
  test('over goes on to the longest', () =>
    expect(flat('interleave_over')).toEqual([0, 3, 7, 1, 4, 8, 2, 5, 9, 0, 6, 10, 1, 3, 11]));
  test('once leaves out what is used up', () =>
    expect(flat('interleave_once')).toEqual([0, 3, 7, 1, 4, 8, 2, 5, 9, 6, 10, 11]));
  test('concat is one after another', () => expect(flat('concat')).toEqual(upTo(12)));
});

test('every strategy takes each set in order from its start, and stops as it says', () => {
  fc.assert(
    fc.property(shares, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), fc.nat(), (weights, stream, seed) => {
      const lengths = weights.map(() => stream.next().value as number);
      for (const probabilities of [weights, undefined]) {
        const once = interleave(lengths, 'interleave_once', probabilities, seed);
        lengths.forEach((length, set) => expect(rowsOf(once, set)).toEqual(upTo(length)));
        const under = interleave(lengths, 'interleave_under', probabilities, seed);
        const used = lengths.map((length, set) => {
          const rows = rowsOf(under, set);
          expect(rows).toEqual(upTo(rows.length));
          return rows.length / length;
        });
        expect(Math.max(...used)).toBe(1);
        const over = interleave(lengths, 'interleave_over', probabilities, seed);
        const rounds = lengths.map((length, set) => {
          const rows = rowsOf(over, set);
          expect(rows).toEqual(rows.map((_, i) => i % length));
          return rows.length / length;
        });
        expect(Math.min(...rounds)).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 60 },
  );
});

test('draws keep the shares', () => {
  fc.assert(
    fc.property(shares, fc.nat(), (weights, seed) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const mixed = interleave(weights.map(() => 4000), 'interleave_under', weights.map((weight) => weight / total), seed); // prettier-ignore
      const drawn = mixed.sets.length;
      weights.forEach((weight, set) => {
        const p = weight / total;
        // six standard deviations: one failure in a thousand million
        expect(Math.abs(rowsOf(mixed, set).length - drawn * p)).toBeLessThan(6 * Math.sqrt(drawn * p * (1 - p)) + 1);
      });
    }),
    { numRuns: 25 },
  );
});

test('the same seed gives the same draws, another seed others', () => {
  const draw = (seed: number): Int32Array => interleave([50, 50], 'interleave_once', [0.5, 0.5], seed).sets;
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
});

test('one set alone is not mixed', () => {
  fc.assert(
    fc.property(sizes, ([size = 1]) => {
      for (const strategy of ['concat', 'interleave_under', 'interleave_over', 'interleave_once'] as const)
        expect(pairs(interleave([size], strategy, undefined, 3))).toEqual(upTo(size).map((row) => [0, row]));
    }),
  );
});

test.each([
  [[0.5], 'interleave_under', 'has 1 values for 2 datasets'],
  [[0.5, -1], 'interleave_under', 'has the value -1'],
  [[0.5, Number.NaN], 'interleave_under', 'has the value NaN'],
  [[1, 0], 'interleave_over', 'share of 0'],
  [[1, 0], 'interleave_once', 'share of 0'],
  [[0, 0], 'interleave_under', 'no share above 0'],
] as const)('shares %j with %s are refused', (probabilities, strategy, message) => {
  expect(() => interleave([2, 2], strategy, probabilities, 0)).toThrow(message);
});
