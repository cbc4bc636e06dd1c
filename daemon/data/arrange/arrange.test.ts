// Packing and joining lose no token and repeat none; blocks are the same whether asked for one by one or together.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IGNORED, type Example } from '../example.ts';
import { eachExample, type ExampleSet } from '../example-set.ts';
import type { DataOptions } from '../options.ts';
import { Dropped, type KeptRow, type RowTable } from '../row-table.ts';
import { exampleOfRow } from '../stage-rows.ts';
import { arrange } from './arrange.ts';
import type { ChosenRows } from './chosen.ts';

const PAD = 999_999;

/** A table whose row n has lengths[n] tokens that are found nowhere else; -1: left out. */
function tableOf(lengths: readonly number[], set: number): RowTable {
  let next = set * 100_000;
  const examples = lengths.map((length, row): Example | undefined => {
    if (length < 0) return undefined;
    const ids = Int32Array.from({ length }, () => next++);
    return { origins: [{ dataset: `set${set}`, row }], ids, labels: ids.map((id) => (id % 3 === 0 ? IGNORED : id)) };
  });
  return {
    dataset: `set${set}`,
    lengths: Int32Array.from(lengths),
    dropped: new Dropped(),
    truncated: 0,
    trains: true,
    hash: `${set}`,
    read: (rows) => Promise.resolve(Array.from(rows).flatMap((row) => keptOf(examples[row]))),
  };
}

function keptOf(example: Example | undefined): KeptRow[] {
  const [origin] = example?.origins ?? [];
  if (!example || !origin) return [];
  const { ids, labels } = example;
  return [{ origin, parts: [{ ids, labels }], marks: [] }];
}

function chosenRows(sets: readonly (readonly number[])[]): ChosenRows {
  const pairs = sets.flatMap((lengths, set) => lengths.map((_, row) => [set, row] as const));
  const order = {
    sets: Int32Array.from(pairs, ([set]) => set),
    rows: Int32Array.from(pairs, ([, row]) => row),
  };
  return { tables: sets.map((lengths, set) => tableOf(lengths, set)), order };
}

type Options = DataOptions<'pt' | 'sft'>;
const options = (values: Partial<Options>): Options =>
  ({ stage: 'sft', preprocessingBatchSize: 1000, ...values }) as Options;

async function all(set: ExampleSet): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const example of eachExample(set, 7)) examples.push(example);
  return examples;
}

const sets = fc.array(fc.array(fc.integer({ min: -1, max: 31 }), { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 3 }); // prettier-ignore

const tokensOf = ({ tables, order }: ChosenRows): Promise<Example[]> =>
  Promise.all(
    Array.from(order.rows, (row, place) => tables[order.sets[place] ?? 0]?.read([row]) ?? Promise.resolve([])),
  ).then((rows) => rows.flat().map(exampleOfRow));

test('rows on their own', async () => {
  await fc.assert(
    fc.asyncProperty(sets, async (lengths) => {
      const chosen = chosenRows(lengths);
      const set = arrange(chosen, options({ packing: false }), { padId: PAD, blockStart: undefined, dropped: new Dropped() }); // prettier-ignore
      const examples = await all(set);
      expect(examples).toEqual(await tokensOf(chosen));
      expect([...set.lengths]).toEqual(examples.map(({ ids }) => ids.length));
    }),
    { numRuns: 50 },
  );
});

describe('packing', () => {
  test.each([true, false])('never loses or repeats a token (neat_packing %s)', async (neatPacking) => {
    await fc.assert(
      fc.asyncProperty(sets, fc.integer({ min: 1, max: 50 }), async (lengths, group) => {
        const chosen = chosenRows(lengths);
        const dropped = new Dropped();
        const packing = options({ stage: 'sft', packing: true, neatPacking, blockLength: 32, cutoffLength: 30, preprocessingBatchSize: group }); // prettier-ignore
        const set = arrange(chosen, packing, { padId: PAD, blockStart: undefined, dropped });
        const blocks = await all(set);
        const rows = (await tokensOf(chosen)).filter(({ ids }) => ids.length > 0);
        const fitting = rows.filter(({ ids }) => ids.length <= 30);
        expect(dropped.count).toBe(rows.length - fitting.length);
        const packed = blocks.flatMap(({ ids }) => [...ids].filter((id) => id !== PAD)).sort((a, b) => a - b);
        expect(packed).toEqual(fitting.flatMap(({ ids }) => [...ids]).sort((a, b) => a - b));
        for (const block of blocks) checkBlock(block, new Map(rows.map((row) => [row.ids[0] ?? -1, row])), neatPacking);
      }),
      { numRuns: 60 },
    );
  });
});

/** Every row stands in one piece, with its labels, positions from 0 and a segment of its own. */
function checkBlock(block: Example, rows: ReadonlyMap<number, Example>, neat: boolean): void {
  let segment = 0;
  let at = 0;
  while (at < block.ids.length && block.ids[at] !== PAD) {
    const row = rows.get(block.ids[at] ?? -1);
    if (!row) throw new Error('a block begins inside a row');
    const end = at + row.ids.length;
    segment += 1;
    expect(block.ids.slice(at, end)).toEqual(row.ids);
    expect(block.labels.slice(at, end)).toEqual(row.labels);
    expect([...(block.positions?.slice(at, end) ?? [])]).toEqual(Array.from(row.ids, (_, i) => i));
    if (neat) expect(new Set(block.segments?.slice(at, end))).toEqual(new Set([segment]));
    at = end;
  }
  expect(new Set(block.labels.slice(at))).toEqual(new Set([IGNORED]));
  if (neat) expect(new Set(block.segments?.slice(at))).toEqual(new Set([0]));
  else expect(block.segments).toBeUndefined();
}

test('joined blocks are the texts in order, cut at cutoff_len, each group by itself', async () => {
  await fc.assert(
    fc.asyncProperty(sets, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 50 }), async (lengths, cutoffLength, group) => {
      const chosen = chosenRows(lengths);
      const joining = options({ stage: 'pt', packing: true, cutoffLength, preprocessingBatchSize: group });
      const set = arrange(chosen, joining, { padId: PAD, blockStart: undefined, dropped: new Dropped() });
      const blocks = await all(set);
      const expected: number[][] = [];
      for (let start = 0; start < chosen.order.rows.length; start += group) {
        const part = { ...chosen, order: { sets: chosen.order.sets.subarray(start, start + group), rows: chosen.order.rows.subarray(start, start + group) } };
        const tokens = (await tokensOf(part)).flatMap(({ ids }) => [...ids]);
        for (let at = 0; at + cutoffLength <= tokens.length; at += cutoffLength) expected.push(tokens.slice(at, at + cutoffLength));
      }
      expect(blocks.map(({ ids }) => [...ids])).toEqual(expected);
      for (const { ids, labels } of blocks) expect(labels).toEqual(ids);
    }),
    { numRuns: 60 },
  ); // prettier-ignore
});

test('a joined block has bos in front, and names the rows it is made of', async () => {
  const chosen = chosenRows([[8, 3], [12, 2]]); // prettier-ignore
  const set = arrange(chosen, options({ stage: 'pt', packing: true, cutoffLength: 5 }), { padId: PAD, blockStart: 94, dropped: new Dropped() }); // prettier-ignore
  const blocks = await all(set);
  expect(blocks.map(({ ids }) => [...ids])).toEqual([
    [94, 1, 2, 3, 4],
    [94, 6, 7, 8, 9],
    [94, 100_000, 100_001, 100_002, 100_003],
    [94, 100_005, 100_006, 100_007, 100_008],
    [94, 100_010, 100_011, 100_012, 100_013],
  ]);
  const origins = blocks.map((block) => block.origins.map(({ dataset, row }) => `${dataset} ${row}`));
  expect(origins).toEqual([['set0 0'], ['set0 0', 'set0 1'], ['set0 1', 'set1 0'], ['set1 0'], ['set1 0', 'set1 1']]);
});

test('a kto row has the answer of the one before it in its group, the first that of the last', async () => {
  // row n asks n and answers 100 + n; row 4 is left out but has an answer, row 5 is left out and has none
  const row = (n: number): KeptRow => {
    const [asked, answered] = [Int32Array.of(n, n), n === 5 ? new Int32Array() : Int32Array.of(100 + n)];
    return { origin: { dataset: 'set0', row: n }, parts: [{ ids: asked, labels: asked }, { ids: answered, labels: answered }], marks: [n % 2, 0] }; // prettier-ignore
  };
  const lengths = Int32Array.of(3, 3, 3, 3, -1, -1, 3, 3);
  const table: RowTable = { ...tableOf([], 0), lengths, read: (rows) => Promise.resolve(Array.from(rows, row)) };
  const chosen = { tables: [table], order: { sets: new Int32Array(8), rows: Int32Array.from({ length: 8 }, (_, i) => i) } }; // prettier-ignore
  const feedback = { ...options({}), stage: 'kto' as const, cutoffLength: 9, preprocessingBatchSize: 7 };
  const set = arrange(chosen, feedback, { padId: PAD, blockStart: undefined, dropped: new Dropped() });
  const examples = await set.read([0, 1, 2, 3, 4, 5]);
  expect(examples.map(({ own, kl }) => [own.ids.at(-1), kl.ids[0], kl.ids.at(-1)])).toEqual([
    [100, 0, 106],
    [101, 1, 100],
    [102, 2, 101],
    [103, 3, 102],
    [106, 6, 104],
    [107, 7, 107],
  ]);
  expect(examples.map(({ desirable }) => desirable)).toEqual([false, true, false, true, false, true]);
  expect([...(examples[4]?.kl.labels ?? [])]).toEqual([IGNORED, IGNORED, 104]);
});
