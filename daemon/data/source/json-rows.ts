// Rows of JSON and JSONL files, one at a time in constant memory: a file of many gigabytes is never in memory as a whole.
import { createReadStream } from 'node:fs';
import { UserError } from '../../errors.ts';

export interface SourceRow {
  readonly value: unknown;
  /** 1-based line on which the row starts. */
  readonly line: number;
}

/** Longest row: beyond it the file is hardly one of rows. */
const MAX_ROW = 256 << 20;

/** Rows of a file: an array of objects, or one object after another (a line each, or spread over lines). */
export async function* readJsonRows(path: string): AsyncGenerator<SourceRow> {
  const splitter = new RowSplitter(path);
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  const decoder = new TextDecoder('utf-8');
  try {
    for await (const chunk of stream) yield* splitter.push(decoder.decode(chunk as Buffer, { stream: true }));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('data-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  yield* splitter.push(decoder.decode());
  splitter.end();
}

/** Finds the borders of top-level values without parsing them: depth of brackets outside of strings. */
class RowSplitter {
  readonly #path: string;
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #row = '';
  #rowLine = 1;
  /** Inside the one array that holds the rows; undefined until the first character decides. */
  #inArray: boolean | undefined;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  *push(text: string): Generator<SourceRow> {
    let start = this.#depth > 0 || this.#inString ? 0 : -1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10) this.#line += 1;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === 92) this.#escaped = true;
        else if (code === 34) this.#inString = false;
        // a raw line feed cannot stand in a string: the row is broken, and the next line is another row
        if (code === 10) throw this.#broken('a string that is not closed');
        continue;
      }
      if (this.#depth > 0) {
        if (code === 34) this.#inString = true;
        else if (code === 123 || code === 91) this.#depth += 1;
        else if (code === 125 || code === 93) {
          this.#depth -= 1;
          if (this.#depth === 0) {
            yield this.#finish(text.slice(start, i + 1));
            start = -1;
          }
        }
        continue;
      }
      if (code <= 32 || code === 0xfeff) continue;
      if (this.#between(code)) continue;
      start = i;
      this.#depth = 1;
      this.#rowLine = this.#line;
    }
    if (start >= 0) this.#row += text.slice(start);
    if (this.#row.length > MAX_ROW) throw this.#broken('a row of more than 256 MB');
  }

  /** Throws UserError where the file ends inside a row or a list. */
  end(): void {
    if (this.#depth > 0 || this.#inString) throw this.#broken('a row that is not closed', this.#rowLine);
    if (this.#inArray && !this.#closed) throw this.#broken('a list that is not closed');
  }

  /** Characters between rows; true where there is nothing more to do with them. */
  #between(code: number): boolean {
    const isOpen = code === 123 || code === 91;
    if (this.#inArray === undefined) {
      this.#inArray = code === 91;
      if (this.#inArray) return true;
    } else if (this.#inArray) {
      if (code === 44) return true;
      if (code === 93 && !this.#closed) {
        this.#closed = true;
        return true;
      }
    }
    if (isOpen && !this.#closed) return false;
    throw this.#broken(this.#closed ? 'text after the list' : 'text that is no JSON object');
  }

  #finish(tail: string): SourceRow {
    const text = this.#row + tail;
    this.#row = '';
    try {
      return { value: JSON.parse(text), line: this.#rowLine };
    } catch (cause) {
      throw this.#broken((cause as Error).message, this.#rowLine);
    }
  }

  #broken(what: string, line = this.#line): UserError {
    return new UserError('data-broken', `${this.#path}, line ${line}: ${what}. Every row must be one JSON object.`);
  }
}
