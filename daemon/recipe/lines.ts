// Where an offset of a text lies, as people and editors count it.
import type { Range } from './finding.ts';

export class Lines {
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  /** The line (from 1) of an offset. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Offset of a line's first character; the end of the text for lines behind it. */
  start(line: number): number {
    return this.#starts[line - 1] ?? this.text.length;
  }

  /** A line without its line break. */
  line(line: number): string {
    return this.text.slice(this.start(line), this.start(line + 1)).replace(/[\r\n]+$/, '');
  }

  range(start: number, end: number): Range {
    const line = this.lineOf(start);
    const endLine = this.lineOf(end);
    return { line, column: start - this.start(line) + 1, endLine, endColumn: end - this.start(endLine) + 1 };
  }

  /** The end of a stretch of text without the blanks and line breaks at its end. */
  trimmed(start: number, end: number): number {
    let last = end;
    while (last > start && /\s/.test(this.text[last - 1] ?? '')) last -= 1;
    return last;
  }

  offset(line: number, column: number): number {
    return Math.min(this.start(line) + column - 1, this.text.length);
  }
}
