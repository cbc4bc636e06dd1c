// Remembers the ids of pieces, so that the tokenizer is asked for each only once: words recur, rows do not.
import type { Tokenizer as RustTokenizer } from 'tokenizers';
import type { Cutter } from './pieces.ts';

/** Pieces to remember before starting anew; and the longest one, in characters, worth a place. */
const REMEMBERED = 400_000;
const LONGEST = 48;

export class PieceMemory {
  readonly #rust: RustTokenizer;
  readonly #cutter: Cutter;
  /** Number of a piece; the ids of piece n are #ids[n]. */
  #numbers = new Map<string, number>();
  #ids: Int32Array[] = [];

  constructor(rust: RustTokenizer, cutter: Cutter) {
    this.#rust = rust;
    this.#cutter = cutter;
  }

  /** Ids of each text without tokens around it: equal to what the tokenizer gives for the whole text. */
  async encodeAll(texts: readonly string[]): Promise<Int32Array[]> {
    if (this.#ids.length > REMEMBERED) {
      this.#numbers = new Map();
      this.#ids = [];
    }
    const unknown: string[] = [];
    const numbered = texts.map((text) => this.#number(text, unknown));
    await this.#learn(unknown);
    const result = numbered.map((numbers) => numbers && this.#join(numbers));
    const whole = texts.filter((_, i) => result[i] === undefined);
    const encodings = whole.length > 0 ? await this.#rust.encodeBatch(whole, { addSpecialTokens: false }) : [];
    let next = 0;
    return result.map((ids) => ids ?? Int32Array.from(encodings[next++]?.getIds() ?? []));
  }

  /** Numbers of a text's pieces; unknown ones get the next numbers. Undefined where the cuts are in doubt. */
  #number(text: string, unknown: string[]): Int32Array | undefined {
    const pieces = this.#cutter.cut(text);
    const numbers = new Int32Array(pieces.length);
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] ?? '';
      let number = this.#numbers.get(piece);
      if (number === undefined) {
        if (!this.#cutter.isCertain(piece)) return undefined;
        number = this.#ids.length + unknown.length;
        const copy = ownCopy(piece);
        this.#numbers.set(copy, number);
        unknown.push(copy);
      }
      numbers[i] = number;
    }
    return numbers;
  }

  async #learn(pieces: string[]): Promise<void> {
    if (pieces.length === 0) return;
    const encodings = await this.#rust.encodeBatch(pieces, { addSpecialTokens: false });
    encodings.forEach((encoding) => this.#ids.push(Int32Array.from(encoding.getIds())));
    // long ones hardly recur; their numbers stay valid for the texts at hand
    for (const piece of pieces) if (piece.length > LONGEST) this.#numbers.delete(piece);
  }

  #join(numbers: Int32Array): Int32Array {
    let length = 0;
    for (const number of numbers) length += this.#ids[number]?.length ?? 0;
    const joined = new Int32Array(length);
    let at = 0;
    for (const number of numbers) {
      const ids = this.#ids[number];
      if (!ids) continue;
      // most pieces are one token, for which set() is slow
      for (let i = 0; i < ids.length; i++) joined[at++] = ids[i] ?? 0;
    }
    return joined;
  }
}

/** A piece apart from the text it was cut out of: V8 keeps the whole text alive for a longer slice of it. */
const ownCopy = (piece: string): string =>
  piece.length < 13 ? piece : Buffer.from(piece, 'utf16le').toString('utf16le');
