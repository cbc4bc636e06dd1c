// What rules on flat rows and on messages have in common.
import * as l10n from '@vscode/l10n';
import type { Fix } from '../../../recipe/finding.ts';
import { nearest } from '../../../recipe/suggest.ts';
import { isRow, type Row } from '../../align/row.ts';
import type { Checker } from '../checker.ts';
import type { LintRow, Path } from '../row.ts';
import { checkText } from './texts.ts';

/** What upstream takes for nothing. */
export const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** The kind of a value, for sentences. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return l10n.t('null');
  if (Array.isArray(value)) return l10n.t('a list');
  if (typeof value === 'object') return l10n.t('an object');
  if (typeof value === 'number' || typeof value === 'bigint') return l10n.t('a number');
  return typeof value === 'boolean' ? String(value) : l10n.t('text');
}

/** The kinds by their names. */
export const kindNames = {
  text: () => l10n.t('text'),
  number: () => l10n.t('a number'),
  boolean: () => l10n.t('true or false'),
  object: () => l10n.t('an object'),
  list: () => l10n.t('a list'),
} as const;

/** A fix that writes a number or a word as text; undefined for what has parts. */
export const asText = (value: unknown): Fix | undefined =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? { title: l10n.t('Write it as text'), text: JSON.stringify(String(value)) }
    : undefined;

/** The row has no such field. */
export function lacks({ report }: Checker, row: LintRow, name: string): void {
  report.row(row, 'missing-field', [], () => {
    const near = isRow(row.value) ? nearest(name, Object.keys(row.value)) : undefined;
    return near === undefined
      ? l10n.t('The row has no "{0}": add it, or correct the name in dataset_info.json.', name)
      : l10n.t('The row has no "{0}" but "{1}": write "{0}".', name, near);
  });
}

/** A text to learn, by the name of its column. */
export function checkAnswer(checker: Checker, row: LintRow, value: Row, name: string | undefined): void {
  if (name === undefined) return;
  if (name in value) checkAnswerAt(checker, row, [name], value[name]);
  else lacks(checker, row, name);
}

/** An empty field of a CSV file comes as null. */
function isBlankCell(row: LintRow, path: Path, text: unknown): boolean {
  if (row.raw !== undefined || text !== null || !row.header) return false;
  const { column, endColumn } = row.locate(path);
  return column === endColumn;
}

/** A text to learn must be text, and not empty. */
export function checkAnswerAt(checker: Checker, row: LintRow, path: Path, text: unknown): void {
  const { report } = checker;
  if (text === '' || isBlankCell(row, path, text)) {
    report.row(row, 'empty-response', path, () => l10n.t('The answer is empty, so only its end would be learned: write an answer, or remove the row.')); // prettier-ignore
    return;
  }
  if (typeof text !== 'string') {
    const json = typeof text === 'object' && text !== null ? JSON.stringify(JSON.stringify(text)) : undefined;
    const fix = json === undefined ? asText(text) : { title: l10n.t('Write it as JSON text'), text: json };
    report.row(row, 'response-not-string', path, () => l10n.t('The answer is {0}, which cannot be learned: write text.', kindOf(text)), { fix }); // prettier-ignore
    return;
  }
  if (text.trim() === '') {
    report.row(row, 'empty-response', path, () => l10n.t('The answer is white space alone: write an answer, or remove the row.'), { severity: 'warning' }); // prettier-ignore
  }
  noteThought(checker, row, path, text);
  checkText(checker, row, path, text, 'answer');
}

/** A thumbs tag where stage sft does not take one; it is the same for all rows, so it is told once. */
export function refuseThumb({ use, report }: Checker, row: LintRow, value: Row): void {
  const { stage, entry } = use;
  const name = entry.columns.kto_tag;
  if (stage !== 'sft' || name === undefined || typeof value[name] !== 'boolean' || report.count('kto-row') > 0) return;
  report.row(row, 'kto-row', [name], () => l10n.t('Rows with a thumbs tag are left out of stage {0}: choose stage kto, or take "kto_tag" out of "columns".', stage)); // prettier-ignore
}

/** What reasoning templates put in front of an answer that has no thought, told once. */
export function noteThought({ use, report }: Checker, row: LintRow, path: Path, text: string): void {
  const { template, stage, enableThinking } = use;
  if (
    enableThinking === false ||
    !template?.class.startsWith('reasoning') ||
    stage === 'pt' ||
    report.count('empty-thought') > 0
  )
    return;
  if (template.thought_words.some((word) => text.includes(word.trim()))) return;
  report.row(row, 'empty-thought', path, () => l10n.t('The answer has no thought, so the template {0} has an empty one learned before it: set enable_thinking to false, or write the thoughts.', template.name)); // prettier-ignore
}

/** The thumbs tag of a row for kto. */
export function checkThumb(checker: Checker, row: LintRow, value: Row): void {
  const name = checker.use.entry.columns.kto_tag;
  if (name === undefined) return;
  const tag = value[name];
  checker.hash.add(tag === true ? 'up' : 'down');
  if (typeof tag === 'boolean') return;
  if (!(name in value)) {
    lacks(checker, row, name);
    return;
  }
  const meant = /^\s*(?:true|1|yes|good|up)\s*$/i.test(String(tag)) ? 'true' : /^\s*(?:false|0|no|bad|down)\s*$/i.test(String(tag)) ? 'false' : undefined; // prettier-ignore
  const fix = meant === undefined ? undefined : { title: l10n.t('Change to {0}', meant), text: meant };
  report(checker, row, name, tag, fix);
}

const report = (checker: Checker, row: LintRow, name: string, tag: unknown, fix?: { title: string; text: string }): void =>
  checker.report.row(row, 'kto-tag-invalid', [name], () => l10n.t('"{0}" is {1}, so the row is left out: write true or false, without quotes.', name, typeof tag === 'string' ? JSON.stringify(tag.slice(0, 24)) : kindOf(tag)), { fix }); // prettier-ignore
