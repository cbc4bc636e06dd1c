// Examples as a person reads them: the text of every token, whether it is trained, and why.
import { IGNORED, type MaskReason } from '../example.ts';
import type { TextElement } from '../template/slot.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Explained } from './one-turn.ts';
import type { Stretch } from './writer.ts';

export interface Segment {
  /** The token's part of the whole text; empty where its character ends in a later token. */
  readonly text: string;
  readonly trained: boolean;
  readonly reason: MaskReason;
  /** How much its label counts, where that is not 1. */
  readonly weight?: number;
}

/** One segment a token; their texts join to the decoded whole. */
export async function toSegments({ example, reasons }: Explained, tokenizer: Tokenizer): Promise<Segment[]> {
  const texts = await tokenTexts([...example.ids], tokenizer);
  const why = tokenReasons(reasons, texts);
  return texts.map((text, i): Segment => {
    const trained = example.labels[i] !== IGNORED;
    const weight = example.weights?.[i] ?? 1;
    const segment = { text, trained, reason: why[i] ?? 'padding' };
    return trained && weight !== 1 ? { ...segment, weight } : segment;
  });
}

/** What was lost at cutoff_len: its text, and the number of kept tokens in front of it. */
export async function lostSegments(
  reasons: readonly Stretch[],
  tokenizer: Tokenizer,
): Promise<{ readonly at: number; readonly text: string }[]> {
  const lost: { at: number; text: string }[] = [];
  let at = 0;
  for (const { length, cut } of reasons) {
    at += length;
    if (cut) lost.push({ at, text: await tokenizer.decode([...cut]) });
  }
  return lost;
}

/**
 * A reason for each token. Masked tokens that lie outside the row's own words are the template's; where a tokenizer writes a text
 * in another form than it was given, places cannot be compared and tokens keep the reason of their stretch.
 */
function tokenReasons(reasons: readonly Stretch[], texts: readonly string[]): MaskReason[] {
  const result: MaskReason[] = [];
  /** Characters of the present element that stand before the next token. */
  let at = 0;
  for (const { reason, length, element, skipped = 0 } of reasons) {
    if (skipped === 0) at = 0;
    const own = texts.slice(result.length, result.length + length);
    const masked = reason !== 'response' && reason !== 'thought' && reason !== 'padding';
    if (!masked || element === undefined) {
      for (const text of own) {
        result.push(reason);
        at += text.length;
      }
    } else if (!('text' in element)) for (let i = 0; i < length; i++) result.push('template');
    else {
      const follows = element.text.slice(at).startsWith(own.join(''));
      for (const text of own) {
        result.push(follows ? reasonAt(element, at, at + text.length, reason) : reason);
        at += text.length;
      }
    }
  }
  return result;
}

function reasonAt(element: TextElement, start: number, end: number, reason: MaskReason): MaskReason {
  const { from, to, systemTo, spans } = element;
  if (spans) {
    const span = spans.find((each) => start < each.to && end > each.from);
    // a masked answer keeps the reason why it is masked
    return span === undefined ? 'template' : span.kind === element.kind ? reason : span.kind;
  }
  // a token that ends a character begun before it takes the place of that character
  if (end <= from || start >= to) return from === to && start === end && start === from ? reason : 'template';
  return systemTo !== undefined && start < systemTo ? 'system' : reason;
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
