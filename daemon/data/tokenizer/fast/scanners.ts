// The commonest pre-tokeniser patterns, written out: where the piece that begins at a place ends. Each does what its pattern in
// patterns.ts does, alternative by alternative, without making a string of every piece; tests hold both against each other.
import { characterClasses, LETTER, NEWLINE, NO_SIGN, NUMBER, SPACE } from './character-classes.ts';

/**
 * Writes where the pieces of codes[start, end) end, in code units, and returns their number. `ends` has room for a piece a unit.
 * Characters beyond the basic plane count as signs: texts with others there are not for scanners.
 */
export type Scanner = (codes: Uint16Array, start: number, end: number, ends: Int32Array) => number;

/** Where the piece that begins at `at` ends. */
type Step = (codes: Uint16Array, at: number, end: number) => number;

const BLANK = 32;
const APOSTROPHE = 39;

/** Length of 's 't 'm 'd 're 've 'll at an apostrophe, 0 for none; `fold` is 32 to take capitals too. */
function contraction(codes: Uint16Array, at: number, end: number, fold: number): number {
  if (at + 1 >= end) return 0;
  const first = (codes[at + 1] ?? 0) | fold;
  // s, t, m, d
  if (first === 115 || first === 116 || first === 109 || first === 100) return 2;
  if (at + 2 >= end) return 0;
  const second = (codes[at + 2] ?? 0) | fold;
  // re, ve, ll
  return ((first === 114 || first === 118) && second === 101) || (first === 108 && second === 108) ? 3 : 0;
}

/**
 * GPT-2: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * `digitsApart`: every number was cut out beforehand, so that spaces in front of one are at the end of their text.
 */
function gpt2Step(digitsApart: boolean): Step {
  const classes = characterClasses();
  const kindAt = (codes: Uint16Array, at: number): number => (classes[codes[at] ?? 0] ?? 0) & NO_SIGN;
  return (codes, at, end) => {
    const code = codes[at] ?? 0;
    if (code === APOSTROPHE) {
      const length = contraction(codes, at, end, 0);
      if (length > 0) return at + length;
    }
    let kind = kindAt(codes, at);
    let next = at + 1;
    if (kind === NUMBER && digitsApart) return next;
    if (code === BLANK && next < end) {
      const following = kindAt(codes, next);
      if (following !== SPACE && !(following === NUMBER && digitsApart)) {
        kind = following;
        next += 1;
      }
    }
    while (next < end && kindAt(codes, next) === kind) next += 1;
    if (kind !== SPACE) return next;
    const closed = next === end || (digitsApart && kindAt(codes, next) === NUMBER);
    // the last of several spaces goes to the word behind it
    return closed || next === at + 1 ? next : next - 1;
  };
}

/**
 * Llama 3 and Qwen 2 and 3: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,d}| ?[^\s\p{L}\p{N}]+[\r\n]*
 * |\s*[\r\n]+|\s+(?!\S)|\s+ with numbers of up to `digits` characters.
 */
function llamaStep(digits: number): Step {
  const classes = characterClasses();
  const classAt = (codes: Uint16Array, at: number): number => classes[codes[at] ?? 0] ?? 0;
  const kindAt = (codes: Uint16Array, at: number): number => classAt(codes, at) & NO_SIGN;
  const letters = (codes: Uint16Array, from: number, end: number): number => {
    let next = from;
    while (next < end && (classAt(codes, next) & LETTER) !== 0) next += 1;
    return next;
  };
  const signs = (codes: Uint16Array, from: number, end: number): number => {
    let next = from;
    while (next < end && kindAt(codes, next) === 0) next += 1;
    while (next < end && (classAt(codes, next) & NEWLINE) !== 0) next += 1;
    return next;
  };
  return (codes, at, end) => {
    const code = codes[at] ?? 0;
    if (code === APOSTROPHE) {
      const length = contraction(codes, at, end, 32);
      if (length > 0) return at + length;
    }
    const kind = kindAt(codes, at);
    if (kind === LETTER) return letters(codes, at + 1, end);
    if (kind === NUMBER) {
      let next = at + 1;
      while (next < end && next < at + digits && kindAt(codes, next) === NUMBER) next += 1;
      return next;
    }
    // a sign beyond the basic plane is two units, and one character in front of letters
    const next = at + (code >= 0xd800 && code < 0xdc00 ? 2 : 1);
    const newline = (classAt(codes, at) & NEWLINE) !== 0;
    if (!newline && next < end && (classAt(codes, next) & LETTER) !== 0) return letters(codes, next, end);
    if (kind === 0) return signs(codes, next, end);
    if (code === BLANK && next < end && kindAt(codes, next) === 0) return signs(codes, next, end);
    return spaces(codes, at, end, classes);
  };
}

/** \s*[\r\n]+|\s+(?!\S)|\s+ */
function spaces(codes: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  let next = at;
  let lastNewline = -1;
  while (next < end) {
    const kind = classes[codes[next] ?? 0] ?? 0;
    if ((kind & SPACE) === 0) break;
    if ((kind & NEWLINE) !== 0) lastNewline = next;
    next += 1;
  }
  if (lastNewline >= 0) return lastNewline + 1;
  return next === end || next === at + 1 ? next : next - 1;
}

// one loop each, so that the engine can make one machine routine of a loop and its step

export function gpt2Scanner(digitsApart: boolean): Scanner {
  const step = gpt2Step(digitsApart);
  return (codes, start, end, ends) => {
    let count = 0;
    for (let at = start; at < end; ends[count++] = at) at = step(codes, at, end);
    return count;
  };
}

export function llamaScanner(digits: number): Scanner {
  const step = llamaStep(digits);
  return (codes, start, end, ends) => {
    let count = 0;
    for (let at = start; at < end; ends[count++] = at) at = step(codes, at, end);
    return count;
  };
}
