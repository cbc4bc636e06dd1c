// Examples as a person reads them: the text of every token, whether it is trained, and why.
import { IGNORED, type MaskReason } from '../example.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Encoded } from './encode.ts';

export interface Segment {
  /** The token's part of the whole text; empty where its character ends in a later token. */
  readonly text: string;
  readonly trained: boolean;
  readonly reason: MaskReason;
}

/** One segment a token; their texts join to the decoded whole. */
export async function toSegments({ example, reasons }: Encoded, tokenizer: Tokenizer): Promise<Segment[]> {
  const texts = await tokenTexts([...example.ids], tokenizer);
  const why = reasons.flatMap(({ reason, length }) => Array.from({ length }, () => reason));
  return texts.map((text, i) => ({
    text,
    trained: example.labels[i] !== IGNORED,
    reason: why[i] ?? 'prompt',
  }));
}

/** Tokens decoded in front of the one that is asked for, and the most that one character or emoji takes behind it. */
const CONTEXT = 2;
const LONGEST_CHARACTER = 8;
const BROKEN = '\uFFFD';

/**
 * Text of each token. A token's text is what it adds behind the two before it, for a decoder may treat the first token of a text
 * in its own way (SentencePiece drops its space). Tokens of a character that takes several have it on the last of them.
 */
async function tokenTexts(ids: readonly number[], tokenizer: Tokenizer): Promise<string[]> {
  const windows = ids.map((_, i) => ids.slice(Math.max(0, i - CONTEXT), i + 1));
  const before = ids.map((_, i) => ids.slice(Math.max(0, i - CONTEXT), i));
  const [whole, start] = [await tokenizer.decodeAll(windows), await tokenizer.decodeAll(before)];
  const texts: string[] = [];
  for (let i = 0; i < ids.length; i++) {
    const [long = '', short = ''] = [whole[i], start[i]];
    if (!long.includes(BROKEN) && long.startsWith(short)) {
      texts.push(long.slice(short.length));
      continue;
    }
    const { end, text } = await wholeCharacter(ids, i, tokenizer);
    for (; i < end - 1; i++) texts.push('');
    texts.push(text);
  }
  return texts;
}

/** The shortest run of tokens from `start` that decodes to whole characters; the one token as it is where none does. */
async function wholeCharacter(
  ids: readonly number[],
  start: number,
  tokenizer: Tokenizer,
): Promise<{ end: number; text: string }> {
  for (let end = start + 1; end <= Math.min(ids.length, start + LONGEST_CHARACTER); end++) {
    const text = await tokenizer.decode(ids.slice(start, end));
    if (!text.includes(BROKEN)) return { end, text };
  }
  return { end: start + 1, text: BROKEN };
}
