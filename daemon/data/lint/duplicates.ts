// Finds rows that were there before, by 64 bits of hash each. Memory has a limit: beyond some millions of rows only those
// are remembered that came first.

const LIMIT = 1 << 22;

/** 64 bits of a sequence of texts, as two whole numbers of 32. */
export class TextHash {
  low = 0;
  high = 0;

  reset(): void {
    this.low = 0x41c6ce57;
    this.high = 0x2545f491;
  }

  /** Adds a text and a border, so that "a", "b" is not "ab". */
  add(text: string): void {
    let { low, high } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, 0x9e3779b1);
      high = Math.imul(high ^ code, 0x5f356495);
    }
    low = Math.imul(low ^ 0x1f ^ (low >>> 16), 0x85ebca6b);
    high = Math.imul(high ^ 0x1f ^ (high >>> 13), 0xc2b2ae35);
    this.low = low ^ (high >>> 15);
    this.high = high ^ (low >>> 17);
  }
}

export class SeenRows {
  #slots = 1 << 12;
  #low = new Int32Array(this.#slots);
  #high = new Int32Array(this.#slots);
  /** Row number + 1; 0: the slot is free. */
  #row = new Float64Array(this.#slots);
  #size = 0;

  /** The row that had the same hash, or undefined for a new one, which is remembered. */
  add({ low, high }: TextHash, row: number): number | undefined {
    if (this.#size * 2 >= this.#slots) {
      if (this.#slots >= LIMIT * 2) return this.#known(low, high);
      this.#grow();
    }
    const known = this.#known(low, high);
    if (known !== undefined) return known;
    const slot = this.#find(low, high);
    this.#put(slot, low, high, row + 1);
    this.#size += 1;
    return undefined;
  }

  #known(low: number, high: number): number | undefined {
    const row = this.#row[this.#find(low, high)] ?? 0;
    return row > 0 ? row - 1 : undefined;
  }

  #find(low: number, high: number): number {
    const mask = this.#slots - 1;
    let slot = (low ^ (high >>> 7)) & mask;
    while ((this.#row[slot] ?? 0) > 0 && (this.#low[slot] !== low || this.#high[slot] !== high))
      slot = (slot + 1) & mask;
    return slot;
  }

  #put(slot: number, low: number, high: number, row: number): void {
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#row[slot] = row;
  }

  #grow(): void {
    const [low, high, row] = [this.#low, this.#high, this.#row];
    this.#slots *= 2;
    this.#low = new Int32Array(this.#slots);
    this.#high = new Int32Array(this.#slots);
    this.#row = new Float64Array(this.#slots);
    for (let i = 0; i < row.length; i++) {
      const number = row[i] ?? 0;
      if (number === 0) continue;
      const [a, b] = [low[i] ?? 0, high[i] ?? 0];
      this.#put(this.#find(a, b), a, b, number);
    }
  }
}
