// Rows of JSON and JSONL, whatever is wrong with some of them: what cannot be read is told with its place, and reading goes
// on behind it. Memory is that of the longest row.
import * as l10n from '@vscode/l10n';
import { LineIndex } from '../../recipe/dataset-info/json-text.ts';
import { JsonLines } from './json-lines.ts';
import { JsonList } from './json-list.ts';
import { isJson, type JsonReader, type RowSink } from './json-reader.ts';

export class JsonRows {
  readonly #sink: RowSink;
  readonly #jsonl: boolean;
  /** Text in front of the first row, until it says what the file is. */
  #start = '';
  #reader: JsonReader | undefined;

  /** `jsonl`: the file's ending announces one row a line. */
  constructor(sink: RowSink, jsonl: boolean) {
    this.#sink = sink;
    this.#jsonl = jsonl;
  }

  push(text: string): void {
    if (this.#reader) {
      this.#reader.push(text);
      return;
    }
    this.#start += text;
    this.#decide(false);
  }

  end(): void {
    if (!this.#reader) this.#decide(true);
    this.#reader?.end();
  }

  /** What the first character says: a list of rows, or one row after another. */
  #decide(final: boolean): void {
    const text = this.#start;
    const first = text.search(/\S/);
    if (first < 0) return;
    if (text[first] !== '[') {
      this.#reader = new JsonLines(this.#sink, this.#jsonl);
      this.#reader.push(text);
      return;
    }
    const lineEnd = text.indexOf('\n', first);
    const next = lineEnd < 0 ? -1 : lineEnd + text.slice(lineEnd).search(/\S/);
    if (next < Math.max(lineEnd, 0) && !final && text.length < 1 << 16) return;
    const { line, column, ...end } = new LineIndex(text.slice(0, first + 1)).range(first, 1);
    // several lists, a line each, are rows that are no objects
    const several = text[next] === '[' && isJson(text.slice(first, lineEnd));
    if (several) {
      this.#reader = new JsonLines(this.#sink, this.#jsonl);
      this.#reader.push(text);
      return;
    }
    if (this.#jsonl) {
      const message = l10n.t('The ending .jsonl announces one object a line, and the file is one list: rename it to .json, or write a row a line.'); // prettier-ignore
      this.#sink.trouble({ line, column, ...end }, 'warning', 'json-array-in-jsonl', message);
    }
    this.#reader = new JsonList(this.#sink, line, column + 1);
    this.#reader.push(text.slice(first + 1));
  }
}
