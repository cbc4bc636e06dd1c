// Borders of lines: \n, \r\n and \r each end one, as Python reads text files. Empty lines are rows too.
import { CARRIAGE_RETURN, LINE_FEED, NextByte, type Spans, type Splitter } from './splitter.ts';

export class LineSplitter implements Splitter {
  readonly #newline = new NextByte(LINE_FEED);
  readonly #return = new NextByte(CARRIAGE_RETURN);
  #at = 0;
  #line: number;

  constructor(line: number) {
    this.#line = line;
  }

  get keepFrom(): number {
    return this.#at;
  }

  shift(bytes: number): void {
    this.#at -= bytes;
  }

  scan(window: Buffer, atEnd: boolean, spans: Spans): void {
    this.#newline.reset();
    this.#return.reset();
    while (this.#at < window.length) {
      const newline = this.#newline.at(window, this.#at);
      const end = Math.min(newline, this.#return.at(window, this.#at));
      // a \r at the very end may be one half of \r\n
      if (!atEnd && end >= window.length - 1 && end !== newline) return;
      if (!atEnd && end === window.length) return;
      spans.push(this.#at, end, this.#line);
      this.#line += 1;
      this.#at = end < newline && newline === end + 1 ? newline + 1 : Math.min(end + 1, window.length);
    }
  }
}
