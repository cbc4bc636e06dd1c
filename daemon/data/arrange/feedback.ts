// KTO rows with the answer of the row before them, inside groups of preprocessing_batch_size rows; the first of a group has the last
// one's. LLaMA-Factory 0.9.5 stops at a row without an answer; here the one before that serves.
import type { FeedbackExample } from '../example.ts';
import type { ExampleSet } from '../example-set.ts';
import { feedbackOf, hasAnswer } from '../feedback/parts.ts';
import type { DataOptions } from '../options.ts';
import type { KeptRow } from '../row-table.ts';
import { hashOf, readPlaces, type ChosenRows } from './chosen.ts';
import { usablePlaces } from './row-by-row.ts';

export function feedbackRows(
  chosen: ChosenRows,
  { cutoffLength, preprocessingBatchSize: group }: DataOptions,
): ExampleSet<FeedbackExample> {
  const { places, lengths } = usablePlaces(chosen);
  return {
    length: places.length,
    lengths,
    hash: hashOf(chosen, { feedback: cutoffLength, group }),
    read: async (numbers) => {
      const wanted = Int32Array.from(numbers, (number) => places[number] ?? 0);
      const rows = await readPlaces(chosen, wanted);
      const befores = await rowsBefore(chosen, wanted, group);
      return rows.map((row, i) => feedbackOf(row, befores[i] ?? row, cutoffLength));
    },
  };
}

/** For each place the nearest row in front of it that has an answer, round its group; itself where no other has. */
async function rowsBefore(chosen: ChosenRows, places: Int32Array, group: number): Promise<(KeptRow | undefined)[]> {
  const count = chosen.order.rows.length;
  const found = Array.from<KeptRow | undefined>({ length: places.length });
  let open = Array.from(places, (place, i) => ({ place, i }));
  for (let step = 1; open.length > 0; step++) {
    const rows = await readPlaces(chosen, open.map(({ place }) => placeBefore(place, step, group, count))); // prettier-ignore
    open = open.filter(({ i }, k) => {
      const row = rows[k];
      if (row && hasAnswer(row)) found[i] = row;
      return found[i] === undefined && step < group;
    });
  }
  return found;
}

function placeBefore(place: number, step: number, group: number, count: number): number {
  const start = place - (place % group);
  const size = Math.min(group, count - start);
  return start + ((place - start - (step % size) + size) % size);
}
