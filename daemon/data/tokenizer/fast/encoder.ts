// Ids of texts without asking the tokenizer for each: added tokens are cut out, the rest is cut into pieces, a piece's ids are
// remembered or made here. Equal to the official tokenizer, or undefined: for tokenizers of a kind that is not known here,
// for texts with characters that it might cut otherwise, and where a first comparison with it fails.
import { z } from 'zod';
import type { Tokenizer as RustTokenizer } from 'tokenizers';
import { AddedTokens, readAddedTokens } from './added-tokens.ts';
import { Bpe, bpeSchema, PLACES, type BpeModel } from './bpe.ts';
import { ByteSections } from './byte-sections.ts';
import { grown, PieceTable } from './piece-table.ts';
import { TOKEN_START, type Alerts, type Pieces, type Sections } from './sections.ts';
import { WordSections } from './word-sections.ts';

const modelSchema = z.object({ model: bpeSchema });

/** Code units of the longest text that is encoded here: its bytes fit one heap. */
const LONGEST = PLACES / 4;

export class FastEncoder {
  readonly #alerts: Alerts;
  readonly #added: AddedTokens;
  readonly #sections: Sections;
  readonly #bpe: Bpe;
  readonly #prefersWhole: boolean;
  readonly #table = new PieceTable();
  #codes = new Uint16Array(1 << 12);
  #bytes = Buffer.from(this.#codes.buffer);
  readonly #pieces: Pieces = { codes: this.#codes, start: 0, ends: new Int32Array(1 << 12), count: 0 };
  #symbols = new Int32Array(1 << 12);
  /** Places at which an added token may begin. */
  #starts = new Int32Array(1 << 10);
  #out = new Int32Array(1 << 12);
  #used = 0;
  #failed = false;

  constructor(alerts: Alerts, added: AddedTokens, sections: Sections, bpe: Bpe, model: BpeModel) {
    this.#alerts = alerts;
    this.#added = added;
    this.#sections = sections;
    this.#bpe = bpe;
    this.#prefersWhole = model.ignore_merges;
  }

  /** Ids of texts without special tokens around them, views of one array; undefined for those only the tokenizer itself knows. */
  encodeAll(texts: readonly string[]): (Int32Array | undefined)[] {
    this.#used = 0;
    const ends = texts.map((text) => {
      const start = this.#used;
      if (this.#encode(text)) return this.#used;
      this.#used = start;
      return -1;
    });
    const all = this.#out.slice(0, this.#used);
    let start = 0;
    return ends.map((end) => {
      if (end < 0) return undefined;
      const ids = all.subarray(start, end);
      start = end;
      return ids;
    });
  }

  /** Appends the ids of a text; false where they are not known. */
  #encode(text: string): boolean {
    const { length } = text;
    if (length > LONGEST) return false;
    if (length > this.#codes.length) {
      this.#codes = new Uint16Array(length * 2);
      this.#bytes = Buffer.from(this.#codes.buffer);
    }
    const codes = this.#codes;
    this.#bytes.write(text, 'utf16le');
    const alerts = this.#alerts;
    let found = 0;
    let starts = 0;
    this.#starts = grown(this.#starts, length);
    for (let i = 0; i < length; i++) {
      const alert = alerts[codes[i] ?? 0] ?? 0;
      if (alert === 0) continue;
      found |= alert;
      if ((alert & TOKEN_START) !== 0) this.#starts[starts++] = i;
    }
    if (!this.#sections.accepts(text, found)) return false;
    this.#failed = false;
    let at = 0;
    if (starts > 0) {
      for (const token of this.#added.find(codes, length, this.#starts.subarray(0, starts))) {
        if (token.start > at) this.#section(text, codes, at, token.start);
        this.#out = grown(this.#out, this.#used + 1);
        this.#out[this.#used++] = token.id;
        at = token.end;
      }
    }
    if (at < length) this.#section(text, codes, at, length);
    return !this.#failed;
  }

  #section(text: string, codes: Uint16Array, start: number, end: number): void {
    const pieces = this.#pieces;
    this.#sections.cut(text, codes, start, end, pieces);
    // a piece has no more ids than bytes, and ▁ may be put in front
    this.#out = grown(this.#out, this.#used + (end - start) * 3 + 3);
    const table = this.#table;
    for (let piece = 0; piece < pieces.count; piece++) {
      piece = table.write(pieces, piece, this.#out, this.#used);
      this.#used = table.used;
      if (piece < pieces.count) this.#newPiece(pieces, piece);
    }
  }

  #newPiece({ codes, start: first, ends }: Pieces, piece: number): void {
    const start = piece === 0 ? first : (ends[piece - 1] ?? 0);
    const end = ends[piece] ?? 0;
    this.#symbols = grown(this.#symbols, (end - start) * 3);
    const symbols = this.#symbols;
    let count = 1;
    const whole = this.#prefersWhole ? this.#sections.whole(codes, start, end) : -1;
    if (whole >= 0) symbols[0] = whole;
    else {
      count = this.#sections.symbols(codes, start, end, symbols);
      if (count < 0) {
        this.#failed = true;
        return;
      }
      count = this.#bpe.merge(symbols, count);
    }
    this.#table.add(codes, start, end, symbols, count);
    this.#out.set(symbols.subarray(0, count), this.#used);
    this.#used += count;
  }
}

/**
 * An encoder for a tokenizer, from its tokenizer.json and the tokens added to it since; undefined where its kind is not known here,
 * or where it gives other ids for one of the samples.
 */
export async function fastEncoder(
  rust: RustTokenizer,
  tokenizerJson: unknown,
  addedSince: readonly string[],
  samples: readonly string[],
): Promise<FastEncoder | undefined> {
  const parsed = modelSchema.safeParse(tokenizerJson);
  const tokens = readAddedTokens(tokenizerJson, addedSince, (content) => rust.tokenToId(content));
  if (!parsed.success || !tokens) return undefined;
  const { model } = parsed.data;
  const bpe = new Bpe(model);
  const hasNormalized = tokens.some(({ normalized }) => normalized);
  const alerts = new Uint8Array(0x10000);
  const sections = ByteSections.of(rust, tokenizerJson, bpe, alerts) ?? (hasNormalized ? undefined : WordSections.of(tokenizerJson, bpe, alerts)); // prettier-ignore
  if (!sections) return undefined;
  const encoder = new FastEncoder(alerts, new AddedTokens(tokens, alerts), sections, bpe, model);
  const expected = await rust.encodeBatch([...samples], { addSpecialTokens: false });
  const differs = encoder.encodeAll(samples).some((ids, i) => {
    const own = expected[i]?.getIds() ?? [];
    return ids !== undefined && (ids.length !== own.length || ids.some((id, k) => id !== own[k]));
  });
  return differs ? undefined : encoder;
}
