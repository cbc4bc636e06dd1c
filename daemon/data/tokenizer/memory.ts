// Remembers the ids of pieces, so that the tokenizer is asked for each only once: words recur, rows do not.
import type { Tokenizer as RustTokenizer } from 'tokenizers';
import type { Cutter } from './pieces.ts';

/** Pieces to remember before starting anew; and the longest one worth a place. */
const REMEMBERED = 400_000;
const LONGEST = 64;

export class PieceMemory {
  readonly #rust: RustTokenizer;
  readonly #cutter: Cutter;
  readonly #ids = new Map<string, Int32Array>();

  constructor(rust: RustTokenizer, cutter: Cutter) {
    this.#rust = rust;
    this.#cutter = cutter;
  }

  /** Ids of each text without tokens around it: equal to what the tokenizer gives for the whole text. */
  async encodeAll(texts: readonly string[]): Promise<Int32Array[]> {
    if (this.#ids.size > REMEMBERED) this.#ids.clear();
    const unknown = new Set<string>();
    const cut = texts.map((text) => {
      const pieces = this.#cutter.cut(text);
      for (const piece of pieces) {
        if (this.#ids.has(piece) || unknown.has(piece)) continue;
        if (!this.#cutter.isCertain(piece)) return undefined;
        unknown.add(piece);
      }
      return pieces;
    });
    const fresh = await this.#ask([...unknown]);
    const result = cut.map((pieces) => (pieces === undefined ? undefined : this.#join(pieces, fresh)));
    for (const [piece, ids] of fresh) if (piece.length <= LONGEST) this.#ids.set(piece, ids);
    const whole = texts.filter((_, i) => result[i] === undefined);
    const encodings = await this.#rust.encodeBatch(whole, { addSpecialTokens: false });
    let next = 0;
    return result.map((ids) => ids ?? Int32Array.from(encodings[next++]?.getIds() ?? []));
  }

  async #ask(pieces: readonly string[]): Promise<Map<string, Int32Array>> {
    const encodings = await this.#rust.encodeBatch([...pieces], { addSpecialTokens: false });
    return new Map(pieces.map((piece, i) => [piece, Int32Array.from(encodings[i]?.getIds() ?? [])]));
  }

  #join(pieces: readonly string[], fresh: ReadonlyMap<string, Int32Array>): Int32Array {
    const parts = pieces.map((piece) => this.#ids.get(piece) ?? fresh.get(piece));
    let length = 0;
    for (const part of parts) length += part?.length ?? 0;
    const ids = new Int32Array(length);
    let at = 0;
    for (const part of parts) {
      if (!part) continue;
      // most pieces are one token, for which set() is slow
      for (let i = 0; i < part.length; i++) ids[at++] = part[i] ?? 0;
    }
    return ids;
  }
}
