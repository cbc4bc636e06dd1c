// Packing rows into blocks of one length: the greedy knapsack of LLaMA-Factory, longest first.
import { IGNORED, weightsOf, type Example } from './example.ts';

/** Packs of indices into `lengths`; every length must fit the capacity. Of equal lengths the last one is taken first. */
export function knapsack(lengths: readonly number[], capacity: number): number[][] {
  const order = lengths
    .map((length, index) => ({ length, index }))
    .sort((a, b) => a.length - b.length || a.index - b.index);
  const packs: number[][] = [];
  while (order.length > 0) {
    const pack: number[] = [];
    for (let room = capacity; ;) {
      const place = lastFitting(order, room);
      if (place < 0) break;
      const [taken] = order.splice(place, 1);
      if (!taken) break;
      room -= taken.length;
      pack.push(taken.index);
    }
    if (pack.length === 0) throw new Error('a length exceeds the capacity');
    packs.push(pack);
  }
  return packs;
}

/** Place of the longest entry that fits, by bisection; −1 for none. */
function lastFitting(order: readonly { length: number }[], room: number): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle]?.length ?? 0) <= room) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface PackOptions {
  /** Length of a block: the recipe's cutoff_len. */
  readonly blockLength: number;
  readonly padId: number;
  /** neat_packing: rows in a block do not see each other. */
  readonly neat: boolean;
}

/** Rows that fit one block, padded to its length; positions restart with each row. */
export function packExample(rows: readonly Example[], { blockLength, padId, neat }: PackOptions): Example {
  const ids = new Int32Array(blockLength).fill(padId);
  const labels = new Int32Array(blockLength).fill(IGNORED);
  const positions = new Int32Array(blockLength);
  const segments = new Int32Array(blockLength);
  const weights = rows.some((row) => row.weights) ? new Float32Array(blockLength) : undefined;
  const origins: Example['origins'][number][] = [];
  let start = 0;
  for (const [i, row] of rows.entries()) {
    ids.set(row.ids, start);
    labels.set(row.labels, start);
    weights?.set(weightsOf(row), start);
    for (let p = 0; p < row.ids.length; p++) positions[start + p] = p;
    segments.fill(i + 1, start, start + row.ids.length);
    start += row.ids.length;
    origins.push(...row.origins);
  }
  return { origins, ids, labels, positions, ...(weights && { weights }), ...(neat && { segments }) };
}
