// Where a tokenizer cuts a text before its vocabulary comes in: pieces whose ids never depend on what stands around them.
// Only for tokenizers whose way of cutting is known here; for all others, and for rare characters whose class may differ
// between Unicode versions, there are no pieces and the tokenizer gets the whole text.
import { z } from 'zod';
import { wordCutterOf } from './words.ts';

const addedToken = z.object({
  content: z.string(),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
});

/** One step of a pre-tokenizer, as far as it is known. */
const step = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ByteLevel'), add_prefix_space: z.literal(false), use_regex: z.boolean() }),
  z.object({ type: z.literal('Digits'), individual_digits: z.literal(true) }),
  z.object({
    type: z.literal('Split'),
    pattern: z.object({ Regex: z.string() }),
    behavior: z.literal('Isolated'),
    invert: z.literal(false),
  }),
]);

const added = z.object({ added_tokens: z.array(addedToken).default([]) });

const schema = z.object({
  normalizer: z
    .union([
      z.null(),
      z.object({ type: z.literal('NFC') }),
      z.object({ type: z.literal('Sequence'), normalizers: z.tuple([]) }),
    ])
    .default(null),
  pre_tokenizer: z.union([step, z.object({ type: z.literal('Sequence'), pretokenizers: z.array(step) })]),
  model: z.object({ type: z.enum(['BPE', 'WordLevel']), dropout: z.null().optional() }),
});

const letters = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const spaces = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** ByteLevel's own pattern (GPT-2). */
const byteLevelPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Patterns of Split steps by their text in tokenizer.json; they stand for the same cuts in JavaScript, which a test sweeps. */
const splitPatterns: ReadonlyMap<string, RegExp> = new Map(
  (
    [
      // Llama 3, OLMo 2, and many after it
      [
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        `${letters}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`,
      ],
      // Qwen 2 and 3
      [
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        `${letters}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`,
      ],
    ] as const
  ).map(([written, pattern]) => [written, new RegExp(pattern, 'gu')]),
);

/** Characters whose class has been the same in every Unicode version since 9, and on which NFC, where it matters, can be checked alone. */
const settled =
  /^[\0-\u0084\u0086-\u017e\u0180-\u0233\u0388-\u03ff\u0400-\u0482\u048a-\u0527\u05d0-\u05ea\u0620-\u064a\u0660-\u0669\u2002-\u200d\u2010-\u2027\u202f-\u205e\u20a0-\u20bd\u2100-\u2129\u212b-\u214f\u2150-\u2188\u2190-\u23f3\u2460-\u27bf\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u3400-\u4db5\u4e00-\u9fcc\uac00-\ud7a3\uff01-\uffbe\uffe0-\uffe6\u{1f300}-\u{1f320}\u{1f330}-\u{1f393}\u{1f3a0}-\u{1f3c4}\u{1f400}-\u{1f43e}\u{1f442}-\u{1f4f7}\u{1f500}-\u{1f53d}\u{1f600}-\u{1f64f}\u{1f680}-\u{1f6c5}]*$/u;

export interface Cutter {
  /** Pieces of a text; their ids one after another are the text's. */
  readonly cut: (text: string) => readonly string[];
  /** Whether a piece is beyond doubt; a text with a doubtful one must go to the tokenizer whole. */
  readonly isCertain: (piece: string) => boolean;
}

/** How a tokenizer cuts, from its tokenizer.json and the tokens added since; undefined where that is not known here. */
export function cutterOf(tokenizerJson: unknown, addedSince: readonly string[]): Cutter | undefined {
  const listed = added.safeParse(tokenizerJson);
  if (!listed.success || listed.data.added_tokens.some(({ single_word, lstrip }) => single_word || lstrip))
    return undefined;
  const tokens = new Map(listed.data.added_tokens.map(({ content, rstrip }) => [content, rstrip]));
  for (const content of addedSince) tokens.set(content, tokens.get(content) ?? false);
  const between = wordCutterOf(tokenizerJson) ?? patternCutterOf(tokenizerJson);
  return (
    between && {
      cut: aroundTokens(tokens, between.cut),
      isCertain: (piece) => tokens.has(piece) || between.isCertain(piece),
    }
  );
}

function patternCutterOf(tokenizerJson: unknown): Cutter | undefined {
  const parsed = schema.safeParse(tokenizerJson);
  if (!parsed.success) return undefined;
  const { normalizer, pre_tokenizer: pre } = parsed.data;
  const patterns = patternsOf(pre.type === 'Sequence' ? pre.pretokenizers : [pre]);
  if (!patterns) return undefined;
  const composes = normalizer?.type === 'NFC';
  return {
    cut: (text) =>
      patterns.reduce<readonly string[]>(
        (pieces, pattern) =>
          pieces.length === 1 ? isolate(text, pattern) : pieces.flatMap((piece) => isolate(piece, pattern)),
        [text],
      ),
    isCertain: (piece) => settled.test(piece) && (!composes || piece.normalize('NFC') === piece),
  };
}

function patternsOf(steps: readonly z.infer<typeof step>[]): readonly RegExp[] | undefined {
  const patterns: RegExp[] = [];
  for (const each of steps) {
    if (each.type === 'Digits') patterns.push(/\p{N}/gu);
    else if (each.type === 'Split') {
      const known = splitPatterns.get(each.pattern.Regex);
      if (!known) return undefined;
      patterns.push(known);
    } else if (each.use_regex) patterns.push(byteLevelPattern);
  }
  return patterns;
}

/** Added tokens are pieces of their own; `cut` serves what lies between them. */
function aroundTokens(tokens: ReadonlyMap<string, boolean>, cut: Cutter['cut']): Cutter['cut'] {
  if (tokens.size === 0) return cut;
  // the longest of the tokens that begin at a place wins
  const alternatives = [...tokens]
    .sort(([a], [b]) => b.length - a.length)
    .map(([content, rstrip]) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') + (rstrip ? '\\s*' : ''));
  const special = new RegExp(`(${alternatives.join('|')})`, 'u');
  const start = commonStart([...tokens.keys()]);
  return (text) => {
    if (!text.includes(start)) return cut(text);
    const parts = text.split(special);
    if (parts.length === 1) return cut(text);
    // odd places hold the tokens
    return parts.flatMap((part, i) => (part === '' ? [] : i % 2 === 1 ? [part] : cut(part)));
  };
}

/** What all tokens begin with, often "<|": a text without it has none of them. */
function commonStart(tokens: readonly string[]): string {
  const [first = '', ...others] = tokens;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

/** Matches of a pattern and what lies between them. */
function isolate(text: string, pattern: RegExp): readonly string[] {
  const matches = text.match(pattern) ?? [];
  let length = 0;
  for (const match of matches) length += match.length;
  if (length === text.length) return matches;
  const pieces: string[] = [];
  let at = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (index > at) pieces.push(text.slice(at, index));
    pieces.push(match);
    at = index + match.length;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}
