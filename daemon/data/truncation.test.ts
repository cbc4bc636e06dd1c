// The truncation and packing tables of the facts.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knapsack } from './packing.ts';
import { truncateTurn } from './truncation.ts';

interface Facts {
  goldens: { source: number; target: number; cutoff: number; kept: [number, number] }[];
  packing: { goldens: { lengths: number[]; capacity: number; packs: number[][] | string }[] };
}

const facts = JSON.parse(readFileSync(new URL('fixtures/facts/truncation.json', import.meta.url), 'utf8')) as Facts;

test.each(facts.goldens)('$source + $target in $cutoff', ({ source, target, cutoff, kept }) => {
  expect(truncateTurn(source, target, cutoff)).toEqual(kept);
});

test.each(facts.packing.goldens.filter(({ packs }) => typeof packs !== 'string'))(
  '$lengths in $capacity',
  ({ lengths, capacity, packs }) => {
    expect(knapsack(lengths, capacity).map((pack) => pack.map((index) => lengths[index]))).toEqual(packs);
  },
);
