// Sets of rows against lists of numbers.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowNumbers, rowsInAll, RowSet } from './row-set.ts';

const setOf = (rows: readonly number[]): RowSet => {
  const set = new RowSet();
  for (const row of rows) set.add(row);
  return set;
};

test('what is in all sets, in a range, a page of it', () => {
  const rows = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 200 });
  fc.assert(
    fc.property(rows, rows, fc.nat(310), fc.nat(310), fc.nat(40), fc.nat(40), (a, b, start, end, skip, count) => {
      const both = a.filter((row) => b.includes(row) && row >= start && row < end).sort((x, y) => x - y);
      const { rows, total } = rowsInAll([setOf(a), setOf(b)], start, end, skip, count);
      expect([rows, total]).toEqual([both.slice(skip, skip + count), both.length]);
      expect([setOf(a).size, a.every((row) => setOf(a).has(row))]).toEqual([a.length, true]);
    }),
  );
});

test('ten million rows', () => {
  const set = new RowSet();
  for (let row = 7; row < 10_000_000; row += 1000) set.add(row);
  expect(rowsInAll([set], 0, 10_000_000, 9_998, 5)).toEqual({ rows: [9_998_007, 9_999_007], total: 10_000 });
});

test('the largest numbers, the larger first, of equal ones the earlier row', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 3000 }), fc.integer({ min: 1, max: 30 }), (values, count) => {
      const numbers = new RowNumbers();
      for (const [row, value] of values.entries()) numbers.set(row, value);
      const isIn = (row: number): boolean => row % 3 !== 0;
      const expected = [...values.keys()].filter((row) => isIn(row) && (values[row] ?? 0) > 0).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b); // prettier-ignore
      expect(numbers.largest(count, isIn)).toEqual(expected.slice(0, count));
    }),
  );
});
