// Borders of JSON rows: a list of values, or one value after another, a line each or spread over lines. Brackets are counted
// outside of strings; a row that is broken ends where the next line begins a new one, so that parsing it says what is wrong.
import { BrokenRowError } from '../row.ts';
import { LINE_FEED, NextByte, type Spans, type Splitter } from './splitter.ts';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Lines longer than this are scanned as they come in, without waiting for their end. */
const LONG_LINE = 1 << 20;

/** Strings this short are looked through here; a native search pays beyond. */
const NEAR = 24;

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13 || byte === 10;

export class JsonSplitter implements Splitter {
  readonly #file: string;
  readonly #isList: boolean;
  readonly #newline = new NextByte(LINE_FEED);
  #at = 0;
  #line: number;
  /** Start of the row that is being read, or -1 between rows. */
  #start = -1;
  #startLine = 1;
  #depth = 0;
  #inString = false;
  /** Last byte outside of strings and spaces within the row. */
  #last = 0;
  /** Start of the present line. */
  #lineStart = 0;
  /** Lists: what may follow. */
  #expects: 'value-or-end' | 'value' | 'comma-or-end' | 'nothing' = 'value-or-end';

  /** Starts at a row, or for lists after the opening bracket. */
  constructor(file: string, line: number, isList: boolean) {
    this.#file = file;
    this.#line = line;
    this.#isList = isList;
  }

  get keepFrom(): number {
    return this.#start >= 0 ? this.#start : this.#at;
  }

  shift(bytes: number): void {
    this.#at -= bytes;
    this.#lineStart -= bytes;
    if (this.#start >= 0) this.#start -= bytes;
  }

  scan(window: Buffer, atEnd: boolean, spans: Spans): void {
    this.#newline.reset();
    let more = true;
    while (more) more = this.#start >= 0 ? this.#inside(window, spans) : this.#between(window, atEnd, spans);
    if (!atEnd) return;
    // cut short: parsing the rest says how
    if (this.#start >= 0) this.#emit(window.length, spans);
    if (this.#isList && this.#expects !== 'nothing') throw this.#broken('the list of rows is not closed with ]');
  }

  #broken(what: string): BrokenRowError {
    return new BrokenRowError('json-syntax', { file: this.#file, line: this.#line }, `${what}.`);
  }

  #emit(end: number, spans: Spans): void {
    spans.push(this.#start, end, this.#startLine);
    this.#start = -1;
    this.#depth = 0;
    this.#inString = false;
    this.#expects = 'comma-or-end';
  }

  /** What stands between rows, up to the start of one. False: more bytes are needed. */
  #between(window: Buffer, atEnd: boolean, spans: Spans): boolean {
    let at = this.#at;
    for (; at < window.length; at++) {
      const byte = window[at];
      if (byte === LINE_FEED) {
        this.#line += 1;
        this.#lineStart = at + 1;
      } else if (!isSpace(byte)) break;
    }
    this.#at = at;
    if (at >= window.length) return false;
    const byte = window[at] as number;
    if (this.#isList && this.#punctuation(byte)) {
      this.#at += 1;
      return true;
    }
    if (!this.#isList && byte === OPEN_BRACE) {
      const whole = this.#wholeLine(window, at, atEnd, spans);
      if (whole !== undefined) return whole;
    }
    this.#start = at;
    this.#startLine = this.#line;
    if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== QUOTE) return this.#scalar(window, atEnd, spans);
    this.#at = at + 1;
    this.#inString = byte === QUOTE;
    this.#depth = this.#inString ? 0 : 1;
    this.#last = byte;
    return true;
  }

  /** Commas and the end of a list; true where the byte is one. */
  #punctuation(byte: number): boolean {
    if (this.#expects === 'nothing') throw this.#broken('there is text after the end of the list of rows');
    if (byte === COMMA) {
      if (this.#expects !== 'comma-or-end') throw this.#broken('there is a comma without a row in front of it');
      this.#expects = 'value';
      return true;
    }
    if (byte === CLOSE_BRACKET) {
      if (this.#expects === 'value') throw this.#broken('the list of rows ends in a comma: remove it');
      this.#expects = 'nothing';
      return true;
    }
    if (this.#expects === 'comma-or-end') throw this.#broken('a comma is missing in front of this row');
    return false;
  }

  /**
   * The usual line of a JSONL file, one object from its first to its last byte: true. Undefined where it may be something else:
   * two objects on a line (a } and a { with nothing between, which valid JSON has in strings only) or one over several lines.
   * A line that starts with { after one that ends in } begins a row, so nothing else needs to be looked at.
   */
  #wholeLine(window: Buffer, at: number, atEnd: boolean, spans: Spans): boolean | undefined {
    const lineEnd = this.#newline.at(window, at);
    if (lineEnd === window.length && !atEnd) return window.length - at > LONG_LINE ? undefined : false;
    let end = lineEnd;
    while (isSpace(window[end - 1])) end -= 1;
    if (window[end - 1] !== CLOSE_BRACE) return undefined;
    for (let brace = window.indexOf(CLOSE_BRACE, at); brace < end - 1; brace = window.indexOf(CLOSE_BRACE, brace + 1)) {
      let next = brace + 1;
      while (isSpace(window[next])) next += 1;
      if (window[next] === OPEN_BRACE) return undefined;
    }
    spans.push(at, end, this.#line);
    this.#at = lineEnd;
    return true;
  }

  /** A number, a word or anything that is no JSON at all: up to the end of the line, in lists up to a comma or bracket. */
  #scalar(window: Buffer, atEnd: boolean, spans: Spans): boolean {
    let end = this.#start;
    for (; end < window.length; end++) {
      const byte = window[end];
      if (byte === LINE_FEED || (this.#isList && (byte === COMMA || byte === CLOSE_BRACKET))) break;
    }
    if (end === window.length && !atEnd) {
      this.#start = -1;
      return false;
    }
    this.#at = end;
    while (isSpace(window[end - 1])) end -= 1;
    this.#emit(end, spans);
    return true;
  }

  /** Goes on within a row. False: more bytes are needed. */
  #inside(window: Buffer, spans: Spans): boolean {
    let at = this.#at;
    while (at < window.length) {
      if (this.#inString) {
        at = this.#string(window, at, spans);
        if (this.#start < 0) return true;
        if (this.#inString) break;
        if (this.#depth === 0) return this.#finish(at, spans);
        continue;
      }
      const byte = window[at] as number;
      at += 1;
      switch (byte) {
        case LINE_FEED:
          this.#line += 1;
          this.#lineStart = at;
          break;
        case 32:
        case 9:
        case 13:
          break;
        case QUOTE:
        case OPEN_BRACE:
        case OPEN_BRACKET:
          // nothing can begin after a value: the lines before this one are a row that was not closed
          if (!this.#mayBegin(byte) && this.#lineStart > this.#start) {
            this.#cut(this.#lineStart, window, spans);
            return true;
          }
          if (byte === QUOTE) this.#inString = true;
          else this.#depth += 1;
          this.#last = byte;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.#depth -= 1;
          this.#last = byte;
          if (this.#depth === 0) return this.#finish(at, spans);
          break;
        default:
          this.#last = byte;
      }
    }
    this.#at = at;
    return false;
  }

  #finish(end: number, spans: Spans): true {
    this.#at = end;
    this.#emit(end, spans);
    return true;
  }

  #mayBegin(byte: number): boolean {
    const last = this.#last;
    return last === COMMA || last === COLON || last === OPEN_BRACKET || (byte === QUOTE && last === OPEN_BRACE);
  }

  /** From within a string to the byte after it. The window's end where it is not closed yet. */
  #string(window: Buffer, from: number, spans: Spans): number {
    for (let at = from; ;) {
      const near = Math.min(at + NEAR, window.length);
      let quote = at;
      while (quote < near && window[quote] !== QUOTE) quote += 1;
      if (quote === near) {
        const found = window.indexOf(QUOTE, near);
        quote = found < 0 ? window.length : found;
      }
      const newline = this.#newline.at(window, at);
      if (newline < quote) {
        this.#cut(newline, window, spans);
        return newline;
      }
      if (quote === window.length) return quote;
      let slash = quote;
      while (window[slash - 1] === BACKSLASH) slash -= 1;
      at = quote + 1;
      if (((quote - slash) & 1) === 0) {
        this.#inString = false;
        this.#last = QUOTE;
        return at;
      }
    }
  }

  /** Ends a broken row in front of a line. */
  #cut(at: number, window: Buffer, spans: Spans): void {
    this.#at = at;
    let end = at;
    while (isSpace(window[end - 1])) end -= 1;
    this.#emit(end, spans);
    this.#expects = 'value-or-end';
  }
}
