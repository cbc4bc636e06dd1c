// Random numbers as pure functions of (seed, stream, counter): a run that resumes draws what it would have drawn.
// Philox 2×32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 4.3).

const MULTIPLIER = 0xd256d193;
const WEYL = 0x9e3779b9;

/** High and low word of a 32 × 32 bit product, the high one in `high`. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return (aHigh * bHigh + Math.floor((middle + aLow * bHigh) / 0x10000)) >>> 0;
}

export class Random {
  readonly #key: number;
  /** Second word of the last block. */
  #second = 0;

  /** Different streams of one seed are independent: name what is drawn for. */
  constructor(seed: number, ...stream: readonly (string | number)[]) {
    let key = (seed ^ WEYL) >>> 0;
    // FNV-1a over the stream's name
    for (const character of stream.join('/')) key = Math.imul(key ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    this.#key = key;
  }

  /** 32 random bits for a counter; 32 more stand in `second`. */
  #block(counter: number, high: number): number {
    let left = counter >>> 0;
    let right = high >>> 0;
    let key = this.#key;
    for (let round = 0; round < 10; round++) {
      const product = highProduct(left, MULTIPLIER);
      const low = Math.imul(left, MULTIPLIER) >>> 0;
      left = (product ^ key ^ right) >>> 0;
      right = low;
      key = (key + WEYL) >>> 0;
    }
    this.#second = right;
    return left;
  }

  /** Uniform in [−bound, bound). */
  uniform(out: Float32Array, bound: number): void {
    for (let i = 0; i < out.length; i += 2) {
      out[i] = (this.#block(i, 0) / 2 ** 31 - 1) * bound;
      if (i + 1 < out.length) out[i + 1] = (this.#second / 2 ** 31 - 1) * bound;
    }
  }

  /** Normal with mean 0 (Box & Muller 1958). */
  normal(out: Float32Array, deviation: number): void {
    for (let i = 0; i < out.length; i += 2) {
      const u = (this.#block(i, 1) + 1) / 2 ** 32;
      const angle = (this.#second / 2 ** 32) * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(u)) * deviation;
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
  }

  /** 1 with probability 1 − p, else 0; p is kept to 2⁻¹⁶. Four values a block. */
  keep(out: Uint8Array, p: number): void {
    const threshold = Math.round(p * 65536);
    for (let i = 0; i < out.length; i += 4) {
      const first = this.#block(i, 2);
      const second = this.#second;
      out[i] = (first & 0xffff) >= threshold ? 1 : 0;
      out[i + 1] = first >>> 16 >= threshold ? 1 : 0;
      out[i + 2] = (second & 0xffff) >= threshold ? 1 : 0;
      out[i + 3] = second >>> 16 >= threshold ? 1 : 0;
    }
  }
}
