// Each row that is not left out is an example.
import type { StageExample } from '../example.ts';
import type { ExampleSet } from '../example-set.ts';
import type { KeptRow } from '../row-table.ts';
import { hashOf, lengthAt, readPlaces, type ChosenRows } from './chosen.ts';

export interface UsablePlaces {
  /** Places of the rows that are not left out: [rows]. */
  readonly places: Int32Array;
  /** Tokens of each: [rows]. */
  readonly lengths: Int32Array;
}

export function usablePlaces(chosen: ChosenRows): UsablePlaces {
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
  return { places: places.slice(0, kept), lengths: lengths.slice(0, kept) };
}

export function rowByRow<T extends StageExample>(chosen: ChosenRows, make: (row: KeptRow) => T): ExampleSet<T> {
  const { places, lengths } = usablePlaces(chosen);
  return {
    length: places.length,
    lengths,
    hash: hashOf(chosen, { rows: 'apart' }),
    read: async (numbers) => {
      const wanted = Int32Array.from(numbers, (number) => places[number] ?? 0);
      return (await readPlaces(chosen, wanted)).map(make);
    },
  };
}
