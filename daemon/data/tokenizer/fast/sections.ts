// What lies between added tokens, as the kinds of tokenizers that are known here treat it.

/** Code units, and where in them pieces end: piece n is codes[ends[n − 1], ends[n]), the first one begins at `start`. */
export interface Pieces {
  codes: Uint16Array;
  start: number;
  ends: Int32Array<ArrayBuffer>;
  count: number;
}

/** Bits for each code unit [65536] that ask for a closer look at a text: some are joined over all its units. */
export type Alerts = Uint8Array;
/** It is not known (yet) that this unit is cut here as the tokenizer cuts it. */
export const UNTRUSTED = 1;
/** An added token may begin here. */
export const TOKEN_START = 2;
/** U+0300 or above: only below is a text in NFC whatever it is. */
export const COMPOSABLE = 4;

/** How a kind of tokenizer treats what lies between added tokens. */
export interface Sections {
  /** Whether a text can be cut here at all, where its units have these alerts; called before its sections are cut. */
  accepts(text: string, alerts: number): boolean;
  /** Cuts codes[start, end), a part of the text, into pieces. */
  cut(text: string, codes: Uint16Array, start: number, end: number, pieces: Pieces): void;
  /** Writes the symbols that a piece begins with; -1 where one is not in the vocabulary. `symbols` has room for three a code unit. */
  symbols(codes: Uint16Array, start: number, end: number, symbols: Int32Array): number;
  /** Id of a piece that is a token as a whole; -1. */
  whole(codes: Uint16Array, start: number, end: number): number;
}
