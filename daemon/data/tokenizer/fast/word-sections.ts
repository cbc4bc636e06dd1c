// Tokenizers without a pre-tokenizer, whose vocabulary writes a space as ▁ (SentencePiece: Llama 2, Mistral, Gemma, Phi 3). A token
// is only ever merged into one that is in the vocabulary, so where none has ▁ after the character in front of a space, nothing is
// merged across that space and the text can be cut there.
import { z } from 'zod';
import type { Bpe } from './bpe.ts';
import { grown } from './piece-table.ts';
import { UNTRUSTED, type Alerts, type Pieces, type Sections } from './sections.ts';

const MARK = '▁';
const MARK_CODE = MARK.charCodeAt(0);
const BLANK = 32;

const replace = z.object({
  type: z.literal('Replace'),
  pattern: z.object({ String: z.literal(' ') }),
  content: z.literal(MARK),
});
const prepend = z.object({ type: z.literal('Prepend'), prepend: z.literal(MARK) });

/** ▁ in front: of every section, of a text's first one unless it begins with a space, or of none. */
type Prefix = 'always' | 'first' | 'never';

const schema = z.object({ model: z.object({ byte_fallback: z.literal(true) }) }).and(
  z.union([
    z
      .object({
        normalizer: z.object({ type: z.literal('Sequence'), normalizers: z.tuple([prepend, replace]) }),
        pre_tokenizer: z.null(),
      })
      .transform((): { prefix: Prefix } => ({ prefix: 'always' })),
    z
      .object({
        normalizer: z.union([replace, z.object({ type: z.literal('Sequence'), normalizers: z.tuple([replace]) })]),
        // a split at spaces finds none: the normalizer has replaced them
        pre_tokenizer: z.union([
          z.null(),
          z.object({ type: z.literal('Split'), pattern: z.object({ String: z.literal(' ') }) }),
        ]),
      })
      .transform((): { prefix: Prefix } => ({ prefix: 'never' })),
    z
      .object({
        normalizer: z.null(),
        pre_tokenizer: z.object({
          type: z.literal('Metaspace'),
          replacement: z.literal(MARK),
          prepend_scheme: z.enum(['first', 'never']),
          split: z.literal(false),
        }),
      })
      .transform(({ pre_tokenizer: { prepend_scheme: prefix } }): { prefix: Prefix } => ({ prefix })),
  ]),
);

export class WordSections implements Sections {
  readonly #prefix: Prefix;
  readonly #vocab: ReadonlyMap<string, number>;
  /** Tokens of single bytes, for characters that the vocabulary lacks. */
  readonly #byteIds: Int32Array;
  /** 1 for code units behind which nothing may be cut. */
  readonly #joining: Uint8Array;
  /** Ids of characters of the basic plane: -1 for those the vocabulary lacks, -2 for those not looked up yet. */
  readonly #unitIds = new Int32Array(0x10000).fill(-2);
  #scratch = new Uint16Array(1 << 10);

  private constructor(prefix: Prefix, vocab: ReadonlyMap<string, number>, byteIds: Int32Array) {
    this.#prefix = prefix;
    this.#vocab = vocab;
    this.#byteIds = byteIds;
    this.#joining = unitsBeforeSpace(vocab.keys());
  }

  /** Undefined for tokenizers of another kind. */
  static of(tokenizerJson: unknown, { vocab }: Bpe, alerts: Alerts): WordSections | undefined {
    const parsed = schema.safeParse(tokenizerJson);
    if (!parsed.success) return undefined;
    const byteIds = Int32Array.from({ length: 256 }, (_, byte) => vocab.get(byteToken(byte)) ?? -1);
    for (let code = 0; code < alerts.length; code++) {
      const isOdd = code === MARK_CODE || (code >= 0xd800 && code < 0xe000);
      alerts[code] = (alerts[code] ?? 0) | (isOdd ? UNTRUSTED : 0);
    }
    return byteIds.includes(-1) ? undefined : new WordSections(parsed.data.prefix, vocab, byteIds);
  }

  /** A ▁ that is written in a text would be taken for a space; half a character has no bytes. */
  accepts(text: string, alerts: number): boolean {
    return (alerts & UNTRUSTED) === 0 || (!text.includes(MARK) && text.isWellFormed());
  }

  cut(_text: string, codes: Uint16Array, start: number, end: number, pieces: Pieces): void {
    const prefixed = this.#prefix === 'always' || (this.#prefix === 'first' && start === 0 && codes[0] !== BLANK);
    if (!prefixed) {
      this.#cut(codes, start, end, pieces);
      return;
    }
    const length = end - start + 1;
    this.#scratch = grown(this.#scratch, length);
    this.#scratch[0] = BLANK;
    this.#scratch.set(codes.subarray(start, end), 1);
    this.#cut(this.#scratch, 0, length, pieces);
  }

  /** Each piece is some spaces and what follows up to the next ones. */
  #cut(codes: Uint16Array, start: number, end: number, pieces: Pieces): void {
    pieces.codes = codes;
    pieces.start = start;
    pieces.ends = grown(pieces.ends, end - start);
    const { ends } = pieces;
    const joining = this.#joining;
    let count = 0;
    for (let i = start + 1; i < end; i++) {
      if (codes[i] !== BLANK) continue;
      const before = codes[i - 1] ?? 0;
      if (before !== BLANK && joining[before] === 0) ends[count++] = i;
    }
    ends[count++] = end;
    pieces.count = count;
  }

  symbols(codes: Uint16Array, start: number, end: number, symbols: Int32Array): number {
    let count = 0;
    for (let i = start; i < end; i++) {
      const code = codes[i] ?? 0;
      const isPair = code >= 0xd800 && code < 0xdc00;
      const id = isPair ? this.#vocab.get(String.fromCharCode(code, codes[i + 1] ?? 0)) ?? -1 : this.#unitId(code); // prettier-ignore
      if (id >= 0) symbols[count++] = id;
      else {
        const character = isPair ? String.fromCharCode(code, codes[i + 1] ?? 0) : String.fromCharCode(code);
        for (const byte of Buffer.from(character, 'utf8')) symbols[count++] = this.#byteIds[byte] ?? -1;
      }
      if (isPair) i += 1;
    }
    return count;
  }

  #unitId(code: number): number {
    let id = this.#unitIds[code] ?? -1;
    if (id === -2) {
      id = this.#vocab.get(String.fromCharCode(code === BLANK ? MARK_CODE : code)) ?? -1;
      this.#unitIds[code] = id;
    }
    return id;
  }

  whole(codes: Uint16Array, start: number, end: number): number {
    return this.#vocab.get(String.fromCharCode(...codes.subarray(start, end)).replaceAll(' ', MARK)) ?? -1;
  }
}

const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/** Last code units of the characters that some token of the vocabulary has in front of an inner ▁. */
function unitsBeforeSpace(vocabulary: Iterable<string>): Uint8Array {
  const found = new Uint8Array(0x10000);
  for (const token of vocabulary) {
    for (let at = token.indexOf(MARK, 1); at > 0; at = token.indexOf(MARK, at + 1)) {
      const before = token.charCodeAt(at - 1);
      if (before !== MARK_CODE) found[before] = 1;
    }
  }
  return found;
}
