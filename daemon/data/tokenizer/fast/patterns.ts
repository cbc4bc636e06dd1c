// Pre-tokenisers that are known here, as regular expressions of JavaScript: where a text is cut before the vocabulary comes in.
import { z } from 'zod';
import { gpt2Scanner, llamaScanner, type Scanner } from './scanners.ts';

export interface Patterns {
  /** Each cuts the pieces of the one before it: matches, and what lies between them. */
  readonly steps: readonly RegExp[];
  /** The same cuts, faster, for texts without letters or numbers beyond the basic plane. */
  readonly scanner: Scanner | undefined;
}

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

export const preTokenizerSchema = z.union([
  step,
  z.object({ type: z.literal('Sequence'), pretokenizers: z.array(step) }),
]);

const contractions = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
const spaces = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
/** `(?i:…)` as tokenizer.json writes it, which JavaScript has only of late. */
const folded = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

/** ByteLevel's own pattern (GPT-2). */
const byteLevel = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const llama = (digits: string): string =>
  `${folded}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`;

const upper = '\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}';
const lower = '\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}';
const cased = (ending: string, digits: string): string =>
  `[^\\r\\n\\p{L}\\p{N}]?[${upper}]*[${lower}]+${ending}|[^\\r\\n\\p{L}\\p{N}]?[${upper}]+[${lower}]*${ending}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${spaces}`;

/** Patterns of Split steps as tokenizer.json has them. */
const known = new Set([
  // Llama 3, OLMo 2, GLM 4 and many after them
  llama('\\p{N}{1,3}'),
  // Qwen 2 and 3
  llama('\\p{N}'),
  // Qwen 3.5: marks belong to their letters
  `${folded}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${spaces}`,
  // gpt-oss, Phi 4 mini, Llama 4 (o200k)
  cased(`${folded}?`, '\\p{N}{1,3}'),
  // Mistral's tekken
  cased('', '\\p{N}'),
  // DeepSeek V3
  '\\p{N}{1,3}',
  '[一-龥぀-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+',
  // GPT-2's own, written out
  byteLevel,
]);

const scanners: ReadonlyMap<string, () => Scanner> = new Map([
  [byteLevel, () => gpt2Scanner(false)],
  [`\\p{N}\n${byteLevel}`, () => gpt2Scanner(true)],
  [llama('\\p{N}{1,3}'), () => llamaScanner(3)],
  [llama('\\p{N}'), () => llamaScanner(1)],
]);

/** Undefined for a pre-tokenizer with a step that is not known, or that does not end in bytes. */
export function patternsOf(preTokenizer: unknown): Patterns | undefined {
  const parsed = preTokenizerSchema.safeParse(preTokenizer);
  if (!parsed.success) return undefined;
  const steps = parsed.data.type === 'Sequence' ? parsed.data.pretokenizers : [parsed.data];
  if (steps.at(-1)?.type !== 'ByteLevel') return undefined;
  const written: string[] = [];
  for (const each of steps) {
    if (each.type === 'Digits') written.push('\\p{N}');
    else if (each.type === 'ByteLevel') written.push(...(each.use_regex ? [byteLevel] : []));
    else if (known.has(each.pattern.Regex)) written.push(each.pattern.Regex);
    else return undefined;
  }
  return {
    steps: written.map((pattern) => new RegExp(pattern.replaceAll(folded, `(?:${contractions})`), 'gu')),
    scanner: scanners.get(written.join('\n'))?.(),
  };
}

/** Pieces of a text; joined they are the text. */
export function cut(text: string, steps: readonly RegExp[]): readonly string[] {
  let pieces: readonly string[] = text === '' ? [] : [text];
  for (const pattern of steps) {
    const [only] = pieces;
    pieces = pieces.length === 1 && only !== undefined ? isolate(only, pattern) : pieces.flatMap((piece) => isolate(piece, pattern)); // prettier-ignore
  }
  return pieces;
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
