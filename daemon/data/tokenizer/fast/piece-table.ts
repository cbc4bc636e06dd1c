// Remembers the ids of pieces: a hash table of code units, so that looking one up makes no string.
import type { Pieces } from './sections.ts';

/** Pieces to remember before starting anew; the longest one, in code units, that is worth a place. */
const REMEMBERED = 400_000;
const LONGEST = 48;

/** Five numbers an entry: hash, start and length of its code units, start of its ids (or the one id) and their count. */
const FIELDS = 5;

export class PieceTable {
  /** Places of entries. */
  #slots = new Int32Array(1 << 14);
  /** The first entry's place is never used: a slot of 0 is empty. */
  #entries = new Int32Array((1 << 13) * FIELDS);
  #count = 1;
  #codes = new Uint16Array(1 << 16);
  #codesUsed = 0;
  #ids = new Int32Array(1 << 16);
  #idsUsed = 0;
  used = 0;
  hash = 0;

  /**
   * Writes the ids of pieces from number `piece` on to out[used …] up to the first that is not remembered; returns its number, or
   * the count of pieces. `used` and `hash` tell where the ids end, and that piece's hash.
   */
  write({ codes, start, ends, count }: Pieces, piece: number, out: Int32Array, at: number): number {
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let used = at;
    let from = piece === 0 ? start : (ends[piece - 1] ?? 0);
    for (let i = piece; i < count; i++) {
      const to = ends[i] ?? 0;
      let hash = 0x811c9dc5;
      for (let k = from; k < to; k++) hash = Math.imul(hash ^ (codes[k] ?? 0), 0x01000193);
      hash ^= hash >>> 15;
      let slot = hash & mask;
      let entry = slots[slot] ?? 0;
      while (entry !== 0 && (entries[entry] !== hash || !this.#isAt(entry, codes, from, to))) {
        slot = (slot + 1) & mask;
        entry = slots[slot] ?? 0;
      }
      if (entry === 0) {
        this.used = used;
        this.hash = hash;
        return i;
      }
      const ids = entries[entry + 4] ?? 0;
      const first = entries[entry + 3] ?? 0;
      // a piece of one token, as most are, has it here
      if (ids === 1) out[used++] = first;
      else for (let k = 0; k < ids; k++) out[used++] = this.#ids[first + k] ?? 0;
      from = to;
    }
    this.used = used;
    return count;
  }

  #isAt(entry: number, codes: Uint16Array, start: number, end: number): boolean {
    if (this.#entries[entry + 2] !== end - start) return false;
    const known = this.#codes;
    const apart = (this.#entries[entry + 1] ?? 0) - start;
    for (let i = start; i < end; i++) if (known[i + apart] !== codes[i]) return false;
    return true;
  }

  /** Remembers a piece that is not yet (FNV-1a is its hash), where it is short enough. Starts anew when there are too many. */
  add(codes: Uint16Array, start: number, end: number, hash: number, ids: Int32Array, count: number): void {
    if (end - start > LONGEST) return;
    if (this.#count === REMEMBERED) this.#clear();
    this.#codes = grown(this.#codes, this.#codesUsed + end - start);
    this.#ids = grown(this.#ids, this.#idsUsed + count);
    this.#entries = grown(this.#entries, (this.#count + 1) * FIELDS);
    for (let i = start; i < end; i++) this.#codes[this.#codesUsed + i - start] = codes[i] ?? 0;
    for (let i = 0; i < count; i++) this.#ids[this.#idsUsed + i] = ids[i] ?? 0;
    const at = this.#count * FIELDS;
    this.#entries[at] = hash;
    this.#entries[at + 1] = this.#codesUsed;
    this.#entries[at + 2] = end - start;
    this.#entries[at + 3] = count === 1 ? (ids[0] ?? 0) : this.#idsUsed;
    this.#entries[at + 4] = count;
    this.#codesUsed += end - start;
    this.#idsUsed += count;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    else this.#place(this.#count - 1);
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#entries[entry * FIELDS] ?? 0) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry * FIELDS;
  }

  #rehash(size: number): void {
    this.#slots = new Int32Array(size);
    for (let entry = 1; entry < this.#count; entry++) this.#place(entry);
  }

  #clear(): void {
    this.#slots.fill(0);
    this.#count = 1;
    this.#codesUsed = 0;
    this.#idsUsed = 0;
  }
}

/** The same numbers with room for at least `length`. */
export function grown<T extends Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>(values: T, length: number): T {
  if (values.length >= length) return values;
  const more = new (values.constructor as new (length: number) => T)(Math.max(length, values.length * 2));
  more.set(values);
  return more;
}
