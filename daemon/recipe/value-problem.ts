// What can be said about one value of a recipe, and the words for it that reading numbers, texts and choices share.
import * as l10n from '@vscode/l10n';
import type { Fix, Range, Severity } from './finding.ts';
import type { ValueNode } from './document.ts';

/** A value as it was given: by a node of the file, or by a word of the command line (no node). */
export interface GivenValue {
  readonly name: string;
  readonly value: unknown;
  readonly node: ValueNode | undefined;
  /** The text of a node as it stands in the file. */
  readonly source: string;
}

export interface ValueProblem {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** A part of the value; the whole of it where left out. */
  readonly range?: Range;
  readonly fix?: Fix;
}

export interface ReadValue {
  /** The value to go on with; undefined: none, the default stands in for it. */
  readonly value?: unknown;
  readonly problem?: ValueProblem;
}

export const wrong = (message: string, more: Partial<ValueProblem> = {}): ReadValue => ({
  problem: { code: 'wrong-type', severity: 'error', message, ...more },
});

export const replace = (title: string, text: string, safe = false): Fix => ({ title, text, ...(safe ? { safe } : {}) });
export const change = (text: string, safe = false): Fix => replace(l10n.t('Change to {0}', text), text, safe);

export const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? '';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/** None is a word of Python's; YAML reads it as text. */
export const noneWord = (name: string, severity: Severity): ReadValue => ({
  problem: {
    code: 'yaml-value-surprise',
    severity,
    message: l10n.t('YAML reads None as the text "None": write null, or leave {0} out.', name),
    fix: change('null', true),
  },
});
