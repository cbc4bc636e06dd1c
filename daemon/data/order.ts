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
