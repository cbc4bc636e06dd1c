// Findings on rows of a dataset, each with its row and its place in it: of a few rows that are looked at, or of all in order.
import type { Finding, Fix, Range, Severity } from '../../recipe/finding.ts';
import type { RowsUse } from '../lint/checker.ts';
import { severities, type RowCode } from '../lint/codes.ts';
import { FileCheck } from '../lint/file-check.ts';
import { Reporter, type Details } from '../lint/reporter.ts';
import { JsonRow, PlainRow, type LintRow, type Path } from '../lint/row.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';

export interface RowFinding extends Omit<Finding, 'fix' | 'otherFixes' | 'rule'> {
  readonly row: number;
  /** Keys and indices that lead to the part of the row that it is about; empty: the row itself. */
  readonly path: Path;
  readonly fix?: Fix | undefined;
}

/** A finding whose sentence and place are made when they are asked for: of most only their number is wanted. */
export interface FoundInRow {
  readonly row: number;
  readonly code: string;
  readonly severity: Severity;
  whole(): RowFinding;
}

export interface FindingsSink {
  found(finding: FoundInRow): void;
  /** About the shape of all rows, told with the first. */
  shape(finding: RowFinding): void;
}

/** How the findings of a file are told row by row. */
class RowReporter extends Reporter {
  readonly #sink: FindingsSink;
  readonly #rowOfLine = new Map<number, number>();
  #check: FileCheck | undefined;

  constructor(file: string, sink: FindingsSink) {
    super(file, 0);
    this.#sink = sink;
  }

  follow(check: FileCheck): void {
    this.#check = check;
  }

  /** Findings on the text name a line alone. */
  remember(line: number, row: number): void {
    if (this.#rowOfLine.size > 1000) this.#rowOfLine.clear();
    this.#rowOfLine.set(line, row);
  }

  override row(row: LintRow, code: RowCode, path: Path, message: () => string, details: Details = {}): void {
    super.row(row, code, path, message, details);
    const severity = details.severity ?? severities[code];
    const whole = (): RowFinding => {
      const range = row.locate(path, details.span);
      return { row: row.index, path, file: this.file, ...range, severity, code, message: message(), fix: details.fix };
    };
    if (this.#check?.judged) this.#sink.found({ row: row.index, code, severity, whole });
    else this.#sink.shape(whole());
  }

  override trouble(range: Range, severity: Severity, code: string, message: string, fix?: Fix, lost = false): void {
    super.trouble(range, severity, code, message, fix, lost);
    const row = this.#rowOfLine.get(range.line);
    if (row === undefined) return;
    const finding: RowFinding = { row, path: [], file: this.file, ...range, severity, code, message, fix };
    this.#sink.found({ row, code, severity, whole: () => finding });
  }
}

/** The check of one file's rows, fed row by row. `head`: its first rows, which tell what columns there are. */
export class RowCheck {
  readonly #reporter: RowReporter;
  readonly #check: FileCheck;
  readonly #file: string;
  readonly #columnOf: (row: SourceRow) => number;

  /** `columnOf`: the 1-based column at which a row's text begins; 1 where it is not given. */
  constructor(file: string, use: RowsUse, head: readonly unknown[], sink: FindingsSink, columnOf: (row: SourceRow) => number = () => 1) {
    this.#file = file;
    this.#columnOf = columnOf;
    this.#reporter = new RowReporter(file, sink);
    this.#check = new FileCheck(use, this.#reporter, undefined, /\.txt(?:\.gz)?$/i.test(file));
    const isText = !/\.(?:parquet|arrow)$/i.test(file);
    for (const value of head) this.#check.learn(value, isText);
    this.#reporter.follow(this.#check);
  } // prettier-ignore

  add(row: SourceRow | BrokenRowError): void {
    if (row instanceof BrokenRowError) {
      const line = row.place.line ?? 1;
      const column = row.place.column ?? 1;
      this.#reporter.remember(line, row.place.row ?? 0);
      this.#reporter.trouble({ line, column, endLine: line, endColumn: column + 1 }, 'error', row.code, sentence(row.what)); // prettier-ignore
      return;
    }
    if (row.line !== undefined) this.#reporter.remember(row.line, row.row);
    this.#check.row(lintRow(row, /\.(?:jsonl?|ndjson)(?:\.gz)?$/i.test(this.#file), this.#columnOf));
  }

  end(): void {
    this.#check.end();
  }
}

function lintRow(source: SourceRow, isJson: boolean, columnOf: (row: SourceRow) => number): LintRow {
  const { value, row, line, text } = source;
  if (isJson && text !== undefined && line !== undefined) return new JsonRow(value, row, text, line, columnOf(source));
  const place = line ?? row + 1;
  return new PlainRow(value, row, place, () => ({ line: place, column: 1, endLine: place, endColumn: 1 }));
}

const sentence = (what: string): string => `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.?$/, '.')}`;
