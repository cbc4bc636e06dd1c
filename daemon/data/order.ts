// Orders as pure functions of (seed, epoch): a run that resumes finds its place by counting.

/** 32-bit mixing function (splitmix32; Steele, Lea & Flood 2014): a well-spread number for each counter value. */
export function mix(seed: number, counter: number): number {
  let z = (seed + Math.imul(counter + 1, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** A permutation of 0 … count−1 that depends on nothing but its arguments (Fisher–Yates). */
export function permutation(count: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const key = mix(seed, epoch);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((mix(key, i) / 2 ** 32) * (i + 1));
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
}

export type SamplingStrategy = 'random' | 'sequential' | 'group_by_length';

/** The order in which an epoch goes through its examples; `batch` is the size of what should be of one length. */
export function epochOrder(
  lengths: Int32Array,
  strategy: SamplingStrategy,
  seed: number,
  epoch: number,
  batch: number,
): Int32Array {
  if (strategy === 'sequential') return Int32Array.from(lengths, (_, i) => i);
  const order = permutation(lengths.length, seed, epoch);
  return strategy === 'random' ? order : grouped(order, lengths, batch);
}

/**
 * A shuffled order cut into stretches of up to 50 batches (at least four stretches, where there are enough batches), each sorted
 * from long to short, and the longest example of all first, so that memory that does not suffice shows at once. The grouping of
 * transformers' LengthGroupedSampler.
 */
function grouped(order: Int32Array, lengths: Int32Array, batch: number): Int32Array {
  const batches = Math.max(1, Math.min(Math.floor(order.length / (batch * 4)), 50));
  const size = batches * batch;
  let longest = 0;
  for (let start = 0; start < order.length; start += size) {
    const stretch = [...order.subarray(start, start + size)].sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
    order.set(stretch, start);
    if ((lengths[stretch[0] ?? 0] ?? 0) > (lengths[order[longest] ?? 0] ?? 0)) longest = start;
  }
  const first = order[0];
  if (first !== undefined) {
    order[0] = order[longest] ?? first;
    order[longest] = first;
  }
  return order;
}
