// A finding is what every rule, reader and parser says to a person: a range, a code, one sentence, and where possible a fix.

export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** 1-based line and column (UTF-16 units), end exclusive. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Fix {
  readonly title: string;
  /** Replaces the text of the finding's range. */
  readonly text: string;
}

export interface Finding extends Range {
  readonly file: string;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly fix?: Fix;
}

/** `file:line:col severity code message`, as editors' problem matchers read it. */
export const formatFinding = ({ file, line, column, severity, code, message }: Finding): string =>
  `${file}:${line}:${column} ${severity} ${code} ${message}`;
