// Remembers the ids of pieces: a hash table of code units, so that looking one up makes no string. What a short piece needs lies in
// one stretch of 32 bytes: most of the time goes into fetching such stretches from memory.
import type { Pieces } from './sections.ts';

/** Pieces to remember before starting anew; the longest one, in code units, that is worth a place. */
const REMEMBERED = 340_000;
const LONGEST = 48;

/**
 * Eight numbers a slot: length and count of ids (0: an empty slot), hash, the one id or the place of the ids, the place of the code
 * units beyond the eighth, and the first eight code units, two a number.
 */
const FIELDS = 8;
const SHORT = 8;

export class PieceTable {
  #slots = new Int32Array((1 << 15) * FIELDS);
  #mask = (1 << 15) - 1;
  #count = 0;
  #codes = new Uint16Array(1 << 12);
  #codesUsed = 0;
  #ids = new Int32Array(1 << 14);
  #idsUsed = 0;
  /** Where the ids end that were written last. */
  used = 0;

  /**
   * Writes the ids of pieces from number `piece` on to out[at …] up to the first that is not remembered; returns its number, or the
   * count of pieces.
   */
  write({ codes, start, ends, count }: Pieces, piece: number, out: Int32Array, at: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let used = at;
    let from = piece === 0 ? start : (ends[piece - 1] ?? 0);
    for (let i = piece; i < count; i++) {
      const to = ends[i] ?? 0;
      const length = to - from;
      const first = pairAt(codes, from, length);
      const second = length > 2 ? pairAt(codes, from + 2, length - 2) : 0;
      const third = length > 4 ? pairAt(codes, from + 4, length - 4) : 0;
      const fourth = length > 6 ? pairAt(codes, from + 6, length - 6) : 0;
      let hash = hashOf(first, second, third, fourth, length);
      if (length > SHORT) hash = hashOn(hash, codes, from + SHORT, to);
      let slot = (hash & mask) * FIELDS;
      let head = slots[slot] ?? 0;
      while (
        head !== 0 &&
        (head >> 8 !== length ||
          slots[slot + 4] !== first ||
          slots[slot + 5] !== second ||
          slots[slot + 6] !== third ||
          slots[slot + 7] !== fourth ||
          !this.#continues(slots[slot + 3] ?? 0, codes, from + SHORT, to))
      ) {
        slot = (slot + FIELDS) & (mask * FIELDS + FIELDS - 1);
        head = slots[slot] ?? 0;
      }
      if (head === 0) {
        this.used = used;
        return i;
      }
      const id = slots[slot + 2] ?? 0;
      // a piece of one token, as most are, has it here
      if ((head & 0xff) === 1) out[used++] = id;
      else for (let k = 0; k < (head & 0xff); k++) out[used++] = this.#ids[id + k] ?? 0;
      from = to;
    }
    this.used = used;
    return count;
  }

  #continues(place: number, codes: Uint16Array, start: number, end: number): boolean {
    const known = this.#codes;
    for (let i = start; i < end; i++) if (known[place + i - start] !== codes[i]) return false;
    return true;
  }

  /** Remembers a piece that is not yet, where it is short enough. Starts anew when there are too many. */
  add(codes: Uint16Array, start: number, end: number, ids: Int32Array, count: number): void {
    const length = end - start;
    if (length > LONGEST || count > 0xff) return;
    if (this.#count === REMEMBERED) this.#clear();
    if ((this.#count + 1) * 3 > (this.#mask + 1) * 2) this.#grow();
    const first = pairAt(codes, start, length);
    const second = length > 2 ? pairAt(codes, start + 2, length - 2) : 0;
    const third = length > 4 ? pairAt(codes, start + 4, length - 4) : 0;
    const fourth = length > 6 ? pairAt(codes, start + 6, length - 6) : 0;
    let hash = hashOf(first, second, third, fourth, length);
    if (length > SHORT) hash = hashOn(hash, codes, start + SHORT, end);
    const slot = this.#emptySlot(hash);
    const slots = this.#slots;
    slots[slot] = (length << 8) | count;
    slots[slot + 1] = hash;
    slots[slot + 2] = count === 1 ? (ids[0] ?? 0) : this.#keepIds(ids, count);
    slots[slot + 3] = length > SHORT ? this.#keepCodes(codes, start + SHORT, end) : 0;
    slots[slot + 4] = first;
    slots[slot + 5] = second;
    slots[slot + 6] = third;
    slots[slot + 7] = fourth;
    this.#count += 1;
  }

  #keepIds(ids: Int32Array, count: number): number {
    const place = this.#idsUsed;
    this.#ids = grown(this.#ids, place + count);
    for (let i = 0; i < count; i++) this.#ids[place + i] = ids[i] ?? 0;
    this.#idsUsed += count;
    return place;
  }

  #keepCodes(codes: Uint16Array, start: number, end: number): number {
    const place = this.#codesUsed;
    this.#codes = grown(this.#codes, place + end - start);
    for (let i = start; i < end; i++) this.#codes[place + i - start] = codes[i] ?? 0;
    this.#codesUsed += end - start;
    return place;
  }

  #emptySlot(hash: number): number {
    const slots = this.#slots;
    let slot = (hash & this.#mask) * FIELDS;
    while (slots[slot] !== 0) slot = (slot + FIELDS) & (slots.length - 1);
    return slot;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    this.#mask = this.#mask * 2 + 1;
    const slots = this.#slots;
    for (let from = 0; from < before.length; from += FIELDS) {
      if (before[from] === 0) continue;
      const to = this.#emptySlot(before[from + 1] ?? 0);
      for (let i = 0; i < FIELDS; i++) slots[to + i] = before[from + i] ?? 0;
    }
  }

  #clear(): void {
    this.#slots.fill(0);
    this.#count = 0;
    this.#codesUsed = 0;
    this.#idsUsed = 0;
  }
}

/** One or two code units as a number. */
const pairAt = (codes: Uint16Array, at: number, length: number): number =>
  length > 1 ? (codes[at] ?? 0) | ((codes[at + 1] ?? 0) << 16) : (codes[at] ?? 0);

function hashOf(first: number, second: number, third: number, fourth: number, length: number): number {
  // products that do not wait for each other
  const mixed =
    Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b) ^ Math.imul(third, 0xc2b2ae35) ^ Math.imul(fourth, 0x27d4eb2f); // prettier-ignore
  const spread = Math.imul(mixed ^ (mixed >>> 15) ^ length, 0x2c1b3c6d);
  return spread ^ (spread >>> 13);
}

/** Goes on with the units behind the eighth (FNV-1a). */
function hashOn(from: number, codes: Uint16Array, start: number, end: number): number {
  let hash = from;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (codes[i] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** The same numbers with room for at least `length`. */
export function grown<T extends Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>(values: T, length: number): T {
  if (values.length >= length) return values;
  const more = new (values.constructor as new (length: number) => T)(Math.max(length, values.length * 2));
  more.set(values);
  return more;
}
