// A finding is what every rule, reader and parser says to a person: a range, a code, one sentence, and where possible a fix.

export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** 1-based line and column (UTF-16 units), end exclusive. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One replacement; an empty range inserts. */
export interface Edit {
  readonly range: Range;
  readonly text: string;
  /** Another file than the finding's, as a path; it may not exist yet. */
  readonly file?: string;
}

export interface Fix {
  readonly title: string;
  /** What is written. Without `edits` it replaces the text of the finding's range. */
  readonly text: string;
  /** Where the fix edits something else than the finding's own range; none overlaps another. */
  readonly edits?: readonly Edit[];
  /** Means what was meant for certain, so that it may be made unasked (check --fix, fix all). */
  readonly safe?: boolean;
}

export interface Finding extends Range {
  readonly file: string;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly fix?: Fix;
  /** Other ways out. */
  readonly otherFixes?: readonly Fix[];
  /** The entry of the rule table, where the code is of several. */
  readonly rule?: string;
}

/** The edits of a fix. */
export const editsOf = (finding: Finding, fix: Fix): readonly Edit[] =>
  fix.edits ?? [
    {
      range: {
        line: finding.line,
        column: finding.column,
        endLine: finding.endLine,
        endColumn: finding.endColumn,
      },
      text: fix.text,
    },
  ];

/** `file:line:col severity code message`, as editors' problem matchers read it. */
export const formatFinding = ({ file, line, column, severity, code, message }: Finding): string =>
  `${file}:${line}:${column} ${severity} ${code} ${message}`;

/** Findings as the start of a run takes them: what Anneal does not have yet is no fault of the recipe, but stops it. */
export const forRun = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => (stopsRun(finding) ? { ...finding, severity: 'error' } : finding));

/** A key that only another version knows would be left out of account. */
const stopsRun = ({ code, rule }: Finding): boolean => code === 'not-built-yet' || rule === 'unknown-key';
