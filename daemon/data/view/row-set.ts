// Which rows of a dataset something holds for, a bit a row: of ten million rows a set takes a megabyte and a quarter.

export class RowSet {
  #words = new Uint32Array(64);
  #size = 0;

  /** How many rows are in it. */
  get size(): number {
    return this.#size;
  }

  add(row: number): void {
    const word = row >>> 5;
    if (word >= this.#words.length) this.#grow(word);
    const bits = this.#words[word] ?? 0;
    const mask = 1 << (row & 31);
    if ((bits & mask) !== 0) return;
    this.#words[word] = bits | mask;
    this.#size += 1;
  }

  has(row: number): boolean {
    return ((this.#words[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  /** 32 rows at once: bit i of word w is row 32·w + i. */
  word(index: number): number {
    return this.#words[index] ?? 0;
  }

  #grow(word: number): void {
    const words = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }
}

export interface Chosen {
  readonly rows: readonly number[];
  /** How many there are in all. */
  readonly total: number;
}

/** Of the rows from `start` to before `end` that are in all sets, those numbered from `skip` on, `count` of them. */
export function rowsInAll(sets: readonly RowSet[], start: number, end: number, skip: number, count: number): Chosen {
  const rows: number[] = [];
  let total = 0;
  for (let word = start >>> 5; word << 5 < end; word++) {
    let bits = within(word, start, end);
    for (const set of sets) bits &= set.word(word);
    if (bits === 0) continue;
    const here = ones(bits);
    if (total + here > skip && rows.length < count) {
      for (let bit = 0, seen = total; bit < 32 && rows.length < count; bit++) {
        if ((bits & (1 << bit)) !== 0 && seen++ >= skip) rows.push(word * 32 + bit);
      }
    }
    total += here;
  }
  return { rows, total };
}

/** The bits of a word whose rows lie from `start` to before `end`. */
function within(word: number, start: number, end: number): number {
  const first = Math.max(0, start - word * 32);
  const last = Math.min(32, end - word * 32);
  if (first >= 32 || last <= first) return 0;
  const upTo = last === 32 ? -1 : (1 << last) - 1;
  return upTo & ~((1 << first) - 1);
}

/** Bits that are set (Warren, Hacker's Delight 5-1). */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A whole number for each row, 0 where none was set: 4 bytes a row. */
export class RowNumbers {
  #values = new Int32Array(1024);
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) {
      const values = new Int32Array(Math.max(row + 1, this.#values.length * 2));
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[row] = value;
    this.#rows = Math.max(this.#rows, row + 1);
  }

  at(row: number): number {
    return this.#values[row] ?? 0;
  }

  /** The rows of the largest numbers, the largest first; of equal ones the earlier row. */
  largest(count: number, isIn: (row: number) => boolean): number[] {
    const heap: number[] = [];
    // the least of those that are kept; a row must beat it once there are enough
    let least = 0;
    for (let row = 0; row < this.#rows; row++) {
      const value = this.at(row);
      if (value <= least || !isIn(row)) continue;
      heap.push(row);
      if (heap.length >= count * 2) least = this.#keep(heap, count);
    }
    this.#keep(heap, count);
    return heap;
  }

  #keep(rows: number[], count: number): number {
    rows.sort((a, b) => this.at(b) - this.at(a) || a - b);
    if (rows.length <= count) return 0;
    rows.length = count;
    return this.at(rows.at(-1) ?? 0);
  }
}
