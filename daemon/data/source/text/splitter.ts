// Where rows begin and end in a window of bytes, without parsing them. Streams and indexes cut files with the same splitters.

/** Rows found in a window, three numbers each: first byte, byte after the last (both within the window), 1-based line. */
export type Spans = number[];

export interface Splitter {
  /**
   * Looks at the window from where the last call stopped and appends every row that is complete. `atEnd`: nothing follows.
   * Throws BrokenRowError where the borders of rows cannot be found; spans has the rows before it.
   */
  scan(window: Buffer, atEnd: boolean, spans: Spans): void;
  /** First byte that must stay in the window: the start of the row that is not complete yet. */
  readonly keepFrom: number;
  /** The first bytes of the window were dropped. */
  shift(bytes: number): void;
}

/** A row's first byte, and its line. */
export interface Place {
  readonly offset: number;
  readonly line: number;
}

export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;

/** The next place of a byte, remembered: asking again before it is reached costs nothing. */
export class NextByte {
  readonly #byte: number;
  #asked = Infinity;
  #found = -1;

  constructor(byte: number) {
    this.#byte = byte;
  }

  /** First place at or after `from`; the window's length where there is none. */
  at(window: Buffer, from: number): number {
    if (from < this.#asked || from > this.#found) {
      this.#asked = from;
      const found = window.indexOf(this.#byte, from);
      this.#found = found < 0 ? window.length : found;
    }
    return this.#found;
  }

  /** To be called when the window has changed. */
  reset(): void {
    this.#asked = Infinity;
  }
}
