// Whether the characters of a text are cut here as the tokenizer cuts them. A character's class may differ between Unicode versions
// and between kinds of regular expressions, so each is tried once, the first time it is met: the tokenizer's own pre-tokenizer
// gets it between letters, numbers, spaces, signs and line feeds, and has to cut where the patterns here do.
import type { PreTokenizer } from 'tokenizers';
import { characterClasses, SURROGATE } from './character-classes.ts';
import { cut } from './patterns.ts';
import { COMPOSABLE, UNTRUSTED, type Alerts } from './sections.ts';

/** scanner: all is sure and the scanner may be used; patterns: sure, but there are letters or numbers beyond the basic plane. */
export type Certainty = 'scanner' | 'patterns' | 'none';

const UNKNOWN = 0;
const TRUSTED = 1;
const DOUBTFUL = 2;

export class Trust {
  readonly #own: PreTokenizer;
  readonly #steps: readonly RegExp[];
  readonly #composes: boolean;
  readonly #alerts: Alerts;
  readonly #classes = characterClasses();
  readonly #units = new Uint8Array(0x10000);
  readonly #beyond = new Map<number, number>();

  /** `composes`: the tokenizer brings texts into NFC first. `alerts` gets the units that are not trusted. */
  constructor(own: PreTokenizer, steps: readonly RegExp[], composes: boolean, alerts: Alerts) {
    this.#own = own;
    this.#steps = steps;
    this.#composes = composes;
    this.#alerts = alerts;
    for (let code = 0; code < alerts.length; code++)
      alerts[code] = (alerts[code] ?? 0) | UNTRUSTED | (composes && code >= 0x300 ? COMPOSABLE : 0);
  }

  /** Judges a text whose code units have these alerts. */
  judge(text: string, alerts: number): Certainty {
    if ((alerts & (UNTRUSTED | COMPOSABLE)) === 0) return 'scanner';
    const certainty = (alerts & UNTRUSTED) === 0 ? 'scanner' : this.#judgeSlowly(text);
    return (alerts & COMPOSABLE) === 0 || this.#isComposed(text) ? certainty : 'none';
  }

  #isComposed(text: string): boolean {
    return !this.#composes || text.normalize('NFC') === text;
  }

  #judgeSlowly(text: string): Certainty {
    const characters = new Set(text);
    this.#try([...characters].filter((character) => this.#trustOf(character) === UNKNOWN));
    let certainty: Certainty = 'scanner';
    for (const character of characters) {
      if (this.#trustOf(character) === DOUBTFUL) return 'none';
      if (character.length === 2 && /[\p{L}\p{N}]/u.test(character)) certainty = 'patterns';
    }
    return certainty;
  }

  #trustOf(character: string): number {
    const code = character.charCodeAt(0);
    if (character.length === 2) return this.#beyond.get(character.codePointAt(0) ?? 0) ?? UNKNOWN;
    // half a character
    return (this.#classes[code] ?? 0) === SURROGATE ? DOUBTFUL : (this.#units[code] ?? UNKNOWN);
  }

  #try(unknown: readonly string[]): void {
    const characters = unknown.filter((character) => !this.#tryBlock(character));
    if (characters.length === 0) return;
    // together they are tried faster; where one of them is cut otherwise, each is tried by itself
    const together = this.#cutsAlike(characters.map(surrounded).join(''));
    for (const character of characters) {
      const isAlike = (together || this.#cutsAlike(surrounded(character))) && !/\p{Cn}/u.test(character);
      const trust = isAlike ? TRUSTED : DOUBTFUL;
      if (character.length === 2) this.#beyond.set(character.codePointAt(0) ?? 0, trust);
      else this.#setUnit(character.charCodeAt(0), trust);
    }
  }

  /** Scripts of thousands of letters (Han, Hangul) are tried by blocks: a run of letters is one piece if each of them is a letter. */
  #tryBlock(character: string): boolean {
    const code = character.charCodeAt(0);
    if (code < 0x3400 || character.length === 2) return false;
    const start = code & ~63;
    if (this.#units[code] === TRUSTED) return true;
    const block = String.fromCharCode(...Array.from({ length: 64 }, (_, i) => start + i));
    if (!/^\p{Lo}{64}$/u.test(block) || !this.#cutsAlike(surrounded(block))) return false;
    for (let i = start; i < start + 64; i++) this.#setUnit(i, TRUSTED);
    return true;
  }

  #setUnit(code: number, trust: number): void {
    this.#units[code] = trust;
    if (trust === TRUSTED) this.#alerts[code] = (this.#alerts[code] ?? 0) & ~UNTRUSTED;
  }

  #cutsAlike(text: string): boolean {
    const lengths = cut(text, this.#steps).map((piece) => Buffer.byteLength(piece));
    const own = this.#own.preTokenizeString(text);
    // the byte-level alphabet has one character a byte
    return own.length === lengths.length && own.every(([piece], i) => piece.length === lengths[i]);
  }
}

/** A character in every surrounding that patterns tell apart. */
export const surrounded = (c: string): string => `a${c}b1${c}2 ${c}  ${c}${c}'${c}s\n${c}\nA${c}aA.${c}.`;
