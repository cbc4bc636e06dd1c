// Rows in the order of mixing become examples: one by one, packed into blocks, or joined and cut.
import type { ExampleSet } from '../example-set.ts';
import type { DataOptions } from '../options.ts';
import type { Dropped } from '../row-table.ts';
import { hashOf, lengthAt, readPlaces, type ChosenRows } from './chosen.ts';
import { joinedBlocks } from './joined.ts';
import { packedBlocks } from './packed.ts';

export interface ArrangeTools {
  readonly padId: number;
  /** Token that the first one of each joined block is replaced by; undefined: none. */
  readonly blockStart: number | undefined;
  readonly dropped: Dropped;
}

export function arrange(chosen: ChosenRows, options: DataOptions, tools: ArrangeTools): ExampleSet {
  if (!options.packing) return rowByRow(chosen);
  return options.stage === 'pt'
    ? joinedBlocks(chosen, options, tools.blockStart)
    : packedBlocks(chosen, options, tools.padId, tools.dropped);
}

function rowByRow(chosen: ChosenRows): ExampleSet {
  const count = chosen.order.rows.length;
  const places = new Int32Array(count);
  const lengths = new Int32Array(count);
  let kept = 0;
  for (let place = 0; place < count; place++) {
    const length = lengthAt(chosen, place);
    if (length < 0) continue;
    places[kept] = place;
    lengths[kept++] = length;
  }
  return {
    length: kept,
    lengths: lengths.slice(0, kept),
    hash: hashOf(chosen, { rows: 'apart' }),
    read: (numbers) =>
      readPlaces(
        chosen,
        Int32Array.from(numbers, (number) => places[number] ?? 0),
      ),
  };
}
