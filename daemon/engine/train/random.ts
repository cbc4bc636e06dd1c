// Random numbers as pure functions of (seed, stream, position): a run that resumes draws what it would have drawn.
// Keys, uniform and normal numbers come from Threefry 2×32-20, which turns a counter into random bits (Salmon et al. 2011,
// "Parallel random numbers: as easy as 1, 2, 3", section 4.2). Dropout masks need hundreds of millions of draws a second:
// each piece of a mask runs the small generator sfc32 (Doty-Humphrey, PractRand) from a key that Threefry makes for it.

/** Skein's key schedule constant, 32 bits. */
const PARITY = 0x1bd11bda;

/** Masks in a piece: one key each. A multiple of 4. */
const PIECE = 1 << 16;

/** What draws are for: different kinds of one stream share no counter. */
const kinds = { uniform: 0, normal: 1, keep: 2, fold: 3 } as const;

export interface Words {
  first: number;
  second: number;
}

/** Threefry 2×32 with 20 rounds: the two words of the counter are replaced by 64 random bits (as signed words). */
export function threefry(key0: number, key1: number, words: Words): void {
  const key2 = PARITY ^ key0 ^ key1;
  let x = (words.first + key0) | 0;
  let y = (words.second + key1) | 0;
  // five groups of four rounds; rotations 13 15 26 6 and 17 29 16 24 take turns, the key is added after each group
  for (let group = 1; group <= 5; group++) {
    const odd = (group & 1) === 1;
    x = (x + y) | 0;
    y = (odd ? (y << 13) | (y >>> 19) : (y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = (odd ? (y << 15) | (y >>> 17) : (y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = (odd ? (y << 26) | (y >>> 6) : (y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = (odd ? (y << 6) | (y >>> 26) : (y << 24) | (y >>> 8)) ^ x;
    x = (x + (group % 3 === 1 ? key1 : group % 3 === 2 ? key2 : key0)) | 0;
    y = (y + (group % 3 === 1 ? key2 : group % 3 === 2 ? key0 : key1) + group) | 0;
  }
  words.first = x;
  words.second = y;
}

export class Random {
  readonly #key0: number;
  readonly #key1: number;
  /** Counter in, random bits out. */
  readonly #words: Words = { first: 0, second: 0 };

  /** Different streams of one seed are independent: name what is drawn for. `seed` is a whole number of up to 53 bits. */
  constructor(seed: number, ...stream: readonly (string | number)[]) {
    let key0 = seed | 0;
    let key1 = Math.floor(seed / 2 ** 32) | 0;
    // each character makes the key of the next: the stream's name is folded in without losing bits
    for (const character of stream.join('/')) {
      this.#words.first = character.codePointAt(0) ?? 0;
      this.#words.second = kinds.fold;
      threefry(key0, key1, this.#words);
      key0 = this.#words.first;
      key1 = this.#words.second;
    }
    this.#key0 = key0;
    this.#key1 = key1;
  }

  /** Uniform in [−bound, bound), 24 bits each. */
  uniform(out: Float32Array, bound: number): void {
    const words = this.#words;
    for (let i = 0; i < out.length; i += 2) {
      this.#draw(i, kinds.uniform);
      out[i] = ((words.first >>> 8) / 2 ** 23 - 1) * bound;
      if (i + 1 < out.length) out[i + 1] = ((words.second >>> 8) / 2 ** 23 - 1) * bound;
    }
  }

  /** Normal with mean 0 (Box & Muller 1958). */
  normal(out: Float32Array, deviation: number): void {
    const words = this.#words;
    for (let i = 0; i < out.length; i += 2) {
      this.#draw(i, kinds.normal);
      // u in (0, 1]: the logarithm is finite
      const u = ((words.first >>> 0) + 1) / 2 ** 32;
      const angle = ((words.second >>> 0) / 2 ** 32) * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(u)) * deviation;
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
  }

  /** 1 with probability 1 − p, else 0; p is kept to 2⁻³¹. */
  keep(out: Uint8Array, p: number): void {
    const piece = new Uint32Array(Math.min(PIECE, Math.ceil(out.length / 4) * 4) / 4);
    const bytes = new Uint8Array(piece.buffer);
    for (let start = 0; start < out.length; start += PIECE) {
      this.#draw(start / PIECE, kinds.keep);
      keepPiece(piece, this.#words, p);
      const length = Math.min(PIECE, out.length - start);
      out.set(length === bytes.length ? bytes : bytes.subarray(0, length), start);
    }
  }

  #draw(counter: number, kind: number): void {
    this.#words.first = counter | 0;
    // counters of more than 32 bits go on beside the kind
    this.#words.second = (Math.floor(counter / 2 ** 32) << 2) | kind;
    threefry(this.#key0, this.#key1, this.#words);
  }
}

/**
 * Fills `out` with four 0/1 bytes a word. Seven bits of each byte of a random word are compared with those of p at once; the
 * one in 128 that is equal is decided by 24 bits more.
 */
function keepPiece(out: Uint32Array, { first, second }: Words, p: number): void {
  // dropped where 31 random bits are below p · 2³¹
  const threshold = Math.min(2 ** 31, Math.max(0, Math.round(p * 2 ** 31)));
  const coarse = Math.floor(threshold / 2 ** 24);
  const fine = threshold % 2 ** 24;
  const add = Math.imul(128 - coarse, 0x01010101);
  const equal = Math.imul(coarse, 0x01010101);
  const always = coarse > 127;
  let a = 0;
  let b = first;
  let c = second;
  let counter = 1;
  for (let i = -12; i < out.length; i++) {
    const bits = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + bits) | 0;
    // the first twelve words mix the key
    if (i < 0) continue;
    const seven = bits & 0x7f7f7f7f;
    let kept = ((seven + add) >>> 7) & 0x01010101;
    const ties = ((((seven ^ equal) + 0x7f7f7f7f) & 0x80808080) ^ 0x80808080) >>> 7;
    if (ties !== 0 && !always) {
      for (let shift = 0; shift < 32; shift += 8) {
        if (((ties >>> shift) & 1) === 0) continue;
        const more = (a + b + counter) | 0;
        counter = (counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + more) | 0;
        if (more >>> 8 < fine) kept &= ~(1 << shift);
      }
    }
    out[i] = always ? 0 : kept;
  }
}
