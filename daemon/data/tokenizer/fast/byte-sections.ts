// Byte-level tokenizers (GPT-2 and after): patterns cut the text, each piece begins as the bytes of its UTF-8.
import { z } from 'zod';
import type { Tokenizer as RustTokenizer } from 'tokenizers';
import type { Bpe } from './bpe.ts';
import { grown } from './piece-table.ts';
import type { Alerts, Pieces, Sections } from './sections.ts';
import { cut, patternsOf, type Patterns } from './patterns.ts';
import { Trust } from './trust.ts';

const schema = z.object({
  normalizer: z
    .union([
      z.null(),
      z.object({ type: z.literal('NFC') }),
      z.object({ type: z.literal('Sequence'), normalizers: z.tuple([]) }),
    ])
    .default(null),
  pre_tokenizer: z.unknown(),
});

/** GPT-2's alphabet: a printable character for each byte. */
function byteAlphabet(): string[] {
  const printable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

export class ByteSections implements Sections {
  readonly #patterns: Patterns;
  readonly #trust: Trust;
  readonly #vocab: ReadonlyMap<string, number>;
  readonly #alphabet = byteAlphabet();
  /** Id of each byte, -1 where the vocabulary lacks it. */
  readonly #byteIds: Int32Array;
  #scans = false;

  private constructor(patterns: Patterns, trust: Trust, { vocab }: Bpe) {
    this.#patterns = patterns;
    this.#trust = trust;
    this.#vocab = vocab;
    this.#byteIds = Int32Array.from(this.#alphabet, (character) => vocab.get(character) ?? -1);
  }

  /** Undefined for tokenizers of another kind. */
  static of(rust: RustTokenizer, tokenizerJson: unknown, bpe: Bpe, alerts: Alerts): ByteSections | undefined {
    const parsed = schema.safeParse(tokenizerJson);
    if (!parsed.success) return undefined;
    const patterns = patternsOf(parsed.data.pre_tokenizer);
    const own = rust.getPreTokenizer();
    if (!patterns || !own) return undefined;
    const composes = parsed.data.normalizer?.type === 'NFC';
    return new ByteSections(patterns, new Trust(own, patterns.steps, composes, alerts), bpe);
  }

  accepts(text: string, alerts: number): boolean {
    const certainty = this.#trust.judge(text, alerts);
    this.#scans = certainty === 'scanner';
    return certainty !== 'none';
  }

  cut(text: string, codes: Uint16Array, start: number, end: number, pieces: Pieces): void {
    pieces.codes = codes;
    pieces.start = start;
    pieces.ends = grown(pieces.ends, end - start);
    const { scanner, steps } = this.#patterns;
    if (scanner && this.#scans) {
      pieces.count = scanner(codes, start, end, pieces.ends);
      return;
    }
    let count = 0;
    let at = start;
    for (const { length } of cut(text.slice(start, end), steps)) {
      at += length;
      pieces.ends[count++] = at;
    }
    pieces.count = count;
  }

  symbols(codes: Uint16Array, start: number, end: number, symbols: Int32Array): number {
    let count = 0;
    let complete = true;
    const ids = this.#byteIds;
    const write = (byte: number): void => {
      const id = ids[byte] ?? -1;
      if (id < 0) complete = false;
      symbols[count++] = id;
    };
    for (let i = start; i < end; i++) {
      const code = codes[i] ?? 0;
      if (code < 0x80) write(code);
      else if (code < 0x800) {
        write(0xc0 | (code >> 6));
        write(0x80 | (code & 0x3f));
      } else if (code >= 0xd800 && code < 0xdc00) {
        const point = 0x10000 + ((code - 0xd800) << 10) + ((codes[++i] ?? 0) - 0xdc00);
        write(0xf0 | (point >> 18));
        write(0x80 | ((point >> 12) & 0x3f));
        write(0x80 | ((point >> 6) & 0x3f));
        write(0x80 | (point & 0x3f));
      } else {
        write(0xe0 | (code >> 12));
        write(0x80 | ((code >> 6) & 0x3f));
        write(0x80 | (code & 0x3f));
      }
    }
    return complete ? count : -1;
  }

  whole(codes: Uint16Array, start: number, end: number): number {
    const alphabet = this.#alphabet;
    let written = '';
    for (let i = start; i < end; i++) {
      const code = codes[i] ?? 0;
      if (code >= 0x80) return this.#vocab.get(this.#inAlphabet(codes.subarray(start, end))) ?? -1;
      written += alphabet[code] ?? '';
    }
    return this.#vocab.get(written) ?? -1;
  }

  #inAlphabet(codes: Uint16Array): string {
    const bytes = Buffer.from(String.fromCharCode(...codes), 'utf8');
    return Array.from(bytes, (byte) => this.#alphabet[byte] ?? '').join('');
  }
}
