// What readers of JSON rows have in common: text that is not used up yet, its place in the file, and where rows go.
import * as l10n from '@vscode/l10n';
import type { Fix, Range, Severity } from '../../recipe/finding.ts';
import { LineIndex, syntaxProblem } from '../../recipe/dataset-info/json-text.ts';
import { JsonRow, type LintRow } from './row.ts';

export interface RowSink {
  row(row: LintRow): void;
  /** A finding about the text itself; `lost`: a row cannot be read because of it. */
  trouble(range: Range, severity: Severity, code: string, message: string, fix?: Fix, lost?: boolean): void;
}

/** Longest row that is looked at, in UTF-16 units. */
export const MAX_ROW = 64 << 20;

export abstract class JsonReader {
  protected readonly sink: RowSink;
  /** Text that has not been used up, and the line and column where it begins. */
  protected rest = '';
  protected line: number;
  protected column: number;
  #index = 0;
  #over = false;

  constructor(sink: RowSink, line: number, column: number) {
    this.sink = sink;
    this.line = line;
    this.column = column;
  }

  push(text: string): void {
    if (this.#over) return;
    this.rest = this.rest === '' ? text : this.rest + text;
    this.run(false);
    if (this.rest.length <= MAX_ROW) return;
    this.tell(0, 1, l10n.t('A row of more than 64 MB cannot be a row: look for a bracket or a quote that is not closed.')); // prettier-ignore
    this.stop();
  }

  end(): void {
    if (!this.#over) this.run(true);
  }

  protected abstract run(final: boolean): void;

  /** What is still to come is not looked at. */
  protected stop(): void {
    this.#over = true;
    this.rest = '';
  }

  protected get rowsSoFar(): number {
    return this.#index;
  }

  /** Hands a row on, or tells why it is none. */
  protected read(text: string, line: number, column: number): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.explain(text, line, column);
    }
    return this.emit(value, text, line, column);
  }

  protected emit(value: unknown, text: string, line: number, column: number): void {
    this.sink.row(new JsonRow(value, this.#index, text, line, column));
    this.#index += 1;
  }

  /** Tells the first thing that is wrong with the text of a row. */
  protected explain(text: string, line: number, column: number): void {
    const problem = syntaxProblem(text);
    if (!problem) return;
    const range = new LineIndex(text, line, column).range(problem.offset, problem.length);
    const code = problem.kind === 'control' ? 'control-character' : 'json-syntax';
    this.sink.trouble(range, 'error', code, problem.message, problem.fix, true);
    this.lose();
  }

  /** A row that cannot be read has a number all the same. */
  protected lose(): void {
    this.#index += 1;
  }

  /** A mistake in the text, at an offset of what is left of it. */
  protected tell(offset: number, length: number, message: string, fix?: Fix, lost = false): void {
    this.sink.trouble(this.range(offset, length), 'error', 'json-syntax', message, fix, lost);
  }

  protected range(offset: number, length: number): Range {
    return new LineIndex(this.rest.slice(0, offset + length + 1), this.line, this.column).range(offset, length);
  }

  /** Drops text that has been used up, and counts its lines. */
  protected use(length: number): void {
    const text = this.rest;
    let last = -1;
    for (let at = text.indexOf('\n'); at >= 0 && at < length; at = text.indexOf('\n', at + 1)) {
      this.line += 1;
      last = at;
    }
    this.column = last < 0 ? this.column + length : length - last;
    this.rest = text.slice(length);
  }
}

export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
