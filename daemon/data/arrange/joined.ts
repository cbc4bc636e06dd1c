// Pre-training blocks: the texts of each group of preprocessing_batch_size rows are joined and cut into blocks of cutoff_len; what
// does not fill a block is lost, and where the tokenizer adds bos the first token of each block is overwritten by it, as upstream.
import type { Example } from '../example.ts';
import type { ExampleSet } from '../example-set.ts';
import type { DataOptions } from '../options.ts';
import { hashOf, lengthAt, readPlaces, type ChosenRows } from './chosen.ts';

/** Rows [firstPlace, endPlace), of which those that are left out have no tokens; its blocks begin with number firstBlock. */
interface Group {
  readonly firstPlace: number;
  readonly endPlace: number;
  readonly firstBlock: number;
}

export function joinedBlocks(
  chosen: ChosenRows,
  { cutoffLength, preprocessingBatchSize }: DataOptions,
  blockStart: number | undefined,
): ExampleSet {
  const groups: Group[] = [];
  let blocks = 0;
  for (let firstPlace = 0; firstPlace < chosen.order.rows.length; firstPlace += preprocessingBatchSize) {
    const endPlace = Math.min(firstPlace + preprocessingBatchSize, chosen.order.rows.length);
    let tokens = 0;
    for (let place = firstPlace; place < endPlace; place++) tokens += Math.max(0, lengthAt(chosen, place));
    groups.push({ firstPlace, endPlace, firstBlock: blocks });
    blocks += Math.floor(tokens / cutoffLength);
  }
  return {
    length: blocks,
    lengths: new Int32Array(blocks).fill(cutoffLength),
    hash: hashOf(chosen, { joined: cutoffLength, group: preprocessingBatchSize, blockStart }),
    read: async (numbers) => {
      const made: Example[] = [];
      for (const number of Array.from(numbers)) {
        const group = groups.findLast(({ firstBlock }) => firstBlock <= number);
        if (group) made.push(await block(chosen, group, (number - group.firstBlock) * cutoffLength, cutoffLength));
      }
      if (blockStart !== undefined) for (const { ids } of made) ids[0] = blockStart;
      return made;
    },
  };
}

/** Tokens [from, from + length) of a group's joined rows. */
async function block(chosen: ChosenRows, group: Group, from: number, length: number): Promise<Example> {
  const places: number[] = [];
  /** Where in the group each of the places begins. */
  const starts: number[] = [];
  let at = 0;
  for (let place = group.firstPlace; place < group.endPlace && at < from + length; place++) {
    const tokens = lengthAt(chosen, place);
    if (tokens > 0 && at + tokens > from) {
      places.push(place);
      starts.push(at);
    }
    at += Math.max(0, tokens);
  }
  const rows = await readPlaces(chosen, places);
  const ids = new Int32Array(length);
  for (const [i, row] of rows.entries()) {
    const start = (starts[i] ?? 0) - from;
    const part = row.parts[0]?.ids.subarray(Math.max(0, -start), Math.max(0, length - start));
    if (part) ids.set(part, Math.max(0, start));
  }
  return { origins: rows.map(({ origin }) => origin), ids, labels: ids };
}
