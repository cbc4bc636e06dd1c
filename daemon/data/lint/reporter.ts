// Collects findings of one file: a few of each code are shown, all are counted.
import * as l10n from '@vscode/l10n';
import type { Finding, Fix, Range, Severity } from '../../recipe/finding.ts';
import { severities, type RowCode } from './codes.ts';
import type { RowSink } from './json-reader.ts';
import type { LintRow, Path, Span } from './row.ts';

export interface Details {
  readonly severity?: Severity;
  /** The part of the text at the path. */
  readonly span?: Span;
  /** Point at the names of the columns, where the file has them apart from the rows. */
  readonly atHeader?: boolean;
  readonly fix?: Fix | undefined;
}

/** How many findings of one code are shown. */
export const SHOWN = 20;
/** Up to so many findings speak for themselves. */
const FEW = 5;

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

export class Reporter implements Omit<RowSink, 'row'> {
  readonly file: string;
  /** Rows that could be read, and rows with an error of their own. */
  rows = 0;
  faulty = 0;
  /** Whether the row at hand has an error. */
  failed = false;
  readonly #limit: number;
  readonly #counts = new Map<string, { severity: Severity; count: number }>();
  #waiting: Finding[] = [];

  constructor(file: string, limit: number = SHOWN) {
    this.file = file;
    this.#limit = limit;
  }

  /** A finding on a part of a row. The sentence and the place are made for those only that are shown. */
  row(row: LintRow, code: RowCode, path: Path, message: () => string, details: Details = {}): void {
    const severity = details.severity ?? severities[code];
    if (severity === 'error' && !this.failed) {
      this.failed = true;
      this.faulty += 1;
    }
    if (!this.#admit(code, severity)) return;
    const range = details.atHeader && row.header ? row.header : row.locate(path, details.span);
    this.#add(range, severity, code, message(), details.fix);
  }

  /** A finding on the text, or on the file as a whole. */
  whole(code: RowCode, message: string, range: Range = start, severity: Severity = severities[code], fix?: Fix): void {
    if (this.#admit(code, severity)) this.#add(range, severity, code, message, fix);
  }

  trouble(range: Range, severity: Severity, code: string, message: string, fix?: Fix, lost = false): void {
    if (lost) this.faulty += 1;
    if (this.#admit(code, severity)) this.#add(range, severity, code, message, fix);
  }

  /** Findings since the last call, in the order of the file. */
  take(): Finding[] {
    const findings = this.#waiting;
    this.#waiting = [];
    return findings.sort((a, b) => a.line - b.line || a.column - b.column);
  }

  get hasErrors(): boolean {
    return [...this.#counts.values()].some(({ severity }) => severity === 'error');
  }

  /** How often a code was found so far. */
  count(code: string): number {
    return this.#counts.get(code)?.count ?? 0;
  }

  /** One line on the whole file, where there is more to say than a few findings show. */
  summarise(): void {
    const found = [...this.#counts].filter(([, { severity }]) => severity === 'error' || severity === 'warning');
    if (found.reduce((sum, [, { count }]) => sum + count, 0) <= FEW) return;
    const parts = found
      .sort(([, a], [, b]) => b.count - a.count)
      .map(([code, { count }]) => (count > this.#limit ? l10n.t('{0} {1} ({2} shown)', code, count, this.#limit) : `${code} ${count}`)); // prettier-ignore
    const message = l10n.t('Rows: {0}, with errors: {1}. Found: {2}.', this.rows, this.faulty, parts.join(', '));
    this.#add(start, 'info', 'rows-summary', message);
  }

  #admit(code: string, severity: Severity): boolean {
    const entry = this.#counts.get(code);
    if (!entry) {
      this.#counts.set(code, { severity, count: 1 });
      return true;
    }
    entry.count += 1;
    if (severity === 'error') entry.severity = 'error';
    return entry.count <= this.#limit;
  }

  #add(range: Range, severity: Severity, code: string, message: string, fix?: Fix): void {
    this.#waiting.push({ file: this.file, ...range, severity, code, message, ...(fix ? { fix } : {}) });
  }
}
