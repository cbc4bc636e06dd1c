// Borders and fields of CSV records, as pandas reads them: a quote counts at the start of a field only, "" within quotes is one,
// what follows a closing quote belongs to the field, \n, \r\n and \r end a record, and blank lines are none.
import { BrokenRowError } from '../row.ts';
import { CARRIAGE_RETURN, LINE_FEED, NextByte, type Spans, type Splitter } from './splitter.ts';

const QUOTE = 34;

type State = 'field-start' | 'plain' | 'quoted' | 'quote-in-quoted';

export class CsvSplitter implements Splitter {
  readonly #file: string;
  readonly #delimiter: number;
  readonly #newline = new NextByte(LINE_FEED);
  readonly #return = new NextByte(CARRIAGE_RETURN);
  readonly #quote = new NextByte(QUOTE);
  #at = 0;
  #line: number;
  #start = -1;
  #startLine = 1;
  #state: State = 'field-start';

  constructor(file: string, line: number, delimiter: string) {
    this.#file = file;
    this.#line = line;
    this.#delimiter = delimiter.charCodeAt(0);
  }

  get keepFrom(): number {
    return this.#start >= 0 ? this.#start : this.#at;
  }

  shift(bytes: number): void {
    this.#at -= bytes;
    if (this.#start >= 0) this.#start -= bytes;
  }

  scan(window: Buffer, atEnd: boolean, spans: Spans): void {
    this.#newline.reset();
    this.#return.reset();
    this.#quote.reset();
    while (this.#at < window.length) {
      const more = this.#start < 0 ? this.#plainLine(window, atEnd, spans) : this.#quotedRecord(window, atEnd, spans);
      if (!more) break;
    }
    if (!atEnd || this.#start < 0) return;
    if (this.#state === 'quoted') {
      throw new BrokenRowError(
        'csv-syntax',
        { file: this.#file, line: this.#startLine },
        'a field of this record opens a quote that is not closed before the end of the file.',
      );
    }
    this.#emit(window, window.length, spans);
  }

  /** A record in whose line there is no quote: true; begins a record where there is one. False: more bytes are needed. */
  #plainLine(window: Buffer, atEnd: boolean, spans: Spans): boolean {
    const end = Math.min(this.#newline.at(window, this.#at), this.#return.at(window, this.#at));
    this.#start = this.#at;
    this.#startLine = this.#line;
    this.#state = 'field-start';
    if (this.#quote.at(window, this.#at) < end) return true;
    if (!atEnd && end >= window.length - 1 && window[end] !== LINE_FEED) {
      this.#start = -1;
      return false;
    }
    this.#emit(window, end, spans);
    this.#endLine(window, end);
    return true;
  }

  #quotedRecord(window: Buffer, atEnd: boolean, spans: Spans): boolean {
    let at = this.#at;
    while (at < window.length) {
      if (this.#state === 'quoted') {
        const quote = this.#quote.at(window, at);
        this.#countLines(window, at, quote);
        at = Math.min(quote + 1, window.length);
        if (quote < window.length) this.#state = 'quote-in-quoted';
        continue;
      }
      const byte = window[at];
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        if (byte === CARRIAGE_RETURN && at === window.length - 1 && !atEnd) break;
        this.#emit(window, at, spans);
        this.#endLine(window, at);
        return true;
      }
      if (byte === this.#delimiter) this.#state = 'field-start';
      else if (byte === QUOTE && this.#state !== 'plain') this.#state = 'quoted';
      else this.#state = 'plain';
      at += 1;
    }
    this.#at = at;
    return false;
  }

  /** Lines that end within a quoted field; a \r whose \n is not in yet is counted by the \n. */
  #countLines(window: Buffer, from: number, to: number): void {
    for (let at = this.#newline.at(window, from); at < to; at = this.#newline.at(window, at + 1)) this.#line += 1;
    for (let at = this.#return.at(window, from); at < to; at = this.#return.at(window, at + 1)) {
      if (at + 1 < window.length && window[at + 1] !== LINE_FEED) this.#line += 1;
    }
  }

  #endLine(window: Buffer, end: number): void {
    const isPair = window[end] === CARRIAGE_RETURN && window[end + 1] === LINE_FEED;
    this.#at = Math.min(end + (isPair ? 2 : 1), window.length);
    this.#line += 1;
  }

  #emit(window: Buffer, end: number, spans: Spans): void {
    let first = this.#start;
    while (first < end && (window[first] === 32 || (window[first] === 9 && this.#delimiter !== 9))) first += 1;
    if (first < end) spans.push(this.#start, end, this.#startLine);
    this.#start = -1;
  }
}

/** The fields of one record. */
export function splitFields(record: string, delimiter: string): string[] {
  if (!record.includes('"')) return record.split(delimiter);
  const fields: string[] = [];
  for (let at = 0; at <= record.length;) {
    let field = '';
    // each closing quote may be followed by another quoted part (""), or by the rest of the field
    while (record[at] === '"') {
      const close = record.indexOf('"', at + 1);
      const end = close < 0 ? record.length : close;
      field += record.slice(at + 1, end);
      at = end + 1;
      if (record[at] === '"') field += '"';
    }
    const next = record.indexOf(delimiter, at);
    const end = next < 0 ? record.length : next;
    fields.push(field + record.slice(at, end));
    at = end + 1;
  }
  return fields;
}
