// Which rows a run takes: max_samples and num_samples.
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { drawRows, takenRows } from './taken-rows.ts';
import { DataFolder } from './testing.ts';

const folder = new DataFolder();
const cache = new DataFolder();
afterAll(() => {
  folder.remove();
  cache.remove();
});

folder.write('rows.jsonl', Array.from({ length: 2000 }, (_, id) => `${JSON.stringify({ id })}\n`).join('')); // prettier-ignore

async function taken(numSamples: number | undefined, maxSamples: number | undefined, seed = 1): Promise<number[]> {
  const entry = parseEntry('set', { file_name: 'rows.jsonl', num_samples: numSamples }, 'dataset_info.json');
  const rows: number[] = [];
  for await (const { row, value } of takenRows(entry, folder.path, { maxSamples, seed, cache: cache.path })) {
    expect(value).toEqual({ id: row });
    rows.push(row);
  }
  return rows;
}

const first = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('all, or the first', async () => {
  expect(await taken(undefined, undefined)).toEqual(first(2000));
  expect(await taken(undefined, 7)).toEqual(first(7));
  expect(await taken(undefined, 0)).toEqual([]);
  expect(await taken(undefined, 5000)).toEqual(first(2000));
});

test('drawn: few, many, all and more than there are', async () => {
  for (const count of [1, 3, 500, 1999]) {
    const rows = await taken(count, undefined);
    expect(new Set(rows).size).toBe(count);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  }
  expect(await taken(2000, undefined)).toEqual(first(2000));
  const more = await taken(2500, undefined);
  expect([more.length, new Set(more).size]).toEqual([2500, 2000]);
});

test('the same for a seed, others for another; max_samples takes of what was drawn', async () => {
  const rows = await taken(100, undefined);
  expect(await taken(100, undefined)).toEqual(rows);
  expect(await taken(100, undefined, 2)).not.toEqual(rows);
  const fewer = await taken(100, 10);
  expect(fewer.length).toBe(10);
  for (const row of fewer) expect(rows).toContain(row);
});

test('every row is drawn about as often as any other', () => {
  const counts = new Float64Array(20);
  for (let seed = 0; seed < 2000; seed++) for (const row of drawRows(20, 5, seed)) counts[row] = (counts[row] ?? 0) + 1;
  // 500 each on average, with a deviation of 19
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
  fc.assert(
    fc.property(fc.nat(30), fc.nat(60), fc.nat(), (rows, count, seed) => {
      const drawn = drawRows(rows, count, seed);
      expect(drawn.length).toBe(rows === 0 ? 0 : count);
      expect(new Set(drawn).size).toBe(rows === 0 ? 0 : Math.min(rows, count));
    }),
  );
});
