// Blocks of whole rows: each group of preprocessing_batch_size rows is packed by itself, as LLaMA-Factory does.
import type { ExampleSet } from '../example-set.ts';
import type { DataOptions } from '../options.ts';
import { knapsack, packExample } from '../packing.ts';
import type { Dropped } from '../row-table.ts';
import { exampleOfRow } from '../stage-rows.ts';
import { hashOf, lengthAt, readPlaces, type ChosenRows } from './chosen.ts';

/** Rows longer than cutoff_len are left out and counted in `dropped`. */
export function packedBlocks(chosen: ChosenRows, options: DataOptions, padId: number, dropped: Dropped): ExampleSet {
  const { blockLength, cutoffLength, preprocessingBatchSize: group, neatPacking: neat } = options;
  const packs: Int32Array[] = [];
  const count = chosen.order.rows.length;
  for (let start = 0; start < count; start += group) {
    const places: number[] = [];
    for (let place = start; place < Math.min(start + group, count); place++) {
      const length = lengthAt(chosen, place);
      if (length > cutoffLength) leaveOut(chosen, place, cutoffLength, dropped);
      else if (length >= 0) places.push(place);
    }
    const lengths = places.map((place) => lengthAt(chosen, place));
    for (const pack of knapsack(lengths, blockLength - 1))
      packs.push(Int32Array.from(pack, (index) => places[index] ?? 0));
  }
  return {
    length: packs.length,
    lengths: new Int32Array(packs.length).fill(blockLength),
    hash: hashOf(chosen, { packed: blockLength, cutoffLength, group, neat, padId }),
    read: async (numbers) => {
      const wanted = Array.from(numbers, (number) => packs[number] ?? new Int32Array());
      const rows = await readPlaces(chosen, wanted.flatMap((pack) => [...pack])); // prettier-ignore
      let next = 0;
      return wanted.map((pack) => {
        const mine = rows.slice(next, next + pack.length).map(exampleOfRow);
        next += pack.length;
        return packExample(mine, { blockLength, padId, neat });
      });
    },
  };
}

function leaveOut({ tables, order }: ChosenRows, place: number, limit: number, dropped: Dropped): void {
  const dataset = tables[order.sets[place] ?? 0]?.dataset ?? '';
  const row = order.rows[place] ?? 0;
  dropped.add({
    dataset,
    row,
    at: [],
    code: 'too-long-to-pack',
    dropped: `it has more than ${limit} tokens and packing does not cut`,
  });
}
