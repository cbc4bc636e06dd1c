// The shape of a file's rows as a whole: rows in a wrapper, rows of another layout, columns that no row has.
import * as l10n from '@vscode/l10n';
import { inferEntry } from '../../recipe/dataset-info/infer.ts';
import type { ColumnName } from '../../recipe/dataset-info/fields.ts';
import { isRow, type Row } from '../align/row.ts';
import type { Checker } from './checker.ts';
import type { LintRow } from './row.ts';
import type { Survey } from './survey.ts';

/** Columns without which a row is of no use, by their names in the rows. */
export function essentialColumns({ use, purpose }: Checker): string[] {
  const { columns, formatting } = use.entry;
  const wanted: ColumnName[] =
    formatting === 'alpaca'
      ? purpose === 'pair'
        ? ['prompt', 'chosen', 'rejected']
        : purpose === 'pretrain' || purpose === 'prompt'
          ? ['prompt']
          : ['prompt', 'response']
      : ['messages'];
  return wanted.flatMap((column) => columns[column] ?? []);
}

/** Columns that upstream looks up in every row, beside the essential ones. */
function lookedUp({ use, purpose }: Checker): string[] {
  const { columns, formatting } = use.entry;
  const common: ColumnName[] = ['images', 'videos', 'audios', 'kto_tag'];
  const answer: ColumnName[] = purpose === 'pretrain' || purpose === 'prompt' ? ['response'] : [];
  const wanted: ColumnName[] =
    formatting === 'alpaca'
      ? ['query', ...answer, 'history', 'system', 'tools', ...common]
      : formatting === 'sharegpt'
        ? ['system', 'tools', ...common]
        : common;
  return wanted.flatMap((column) => columns[column] ?? []);
}

/**
 * Tells what is wrong with all rows at once, from the first of them. False where the rows cannot be what the entry says, so
 * that there is no point in looking at each.
 */
export function checkShape(checker: Checker, rows: readonly LintRow[], survey: Survey, all: boolean): boolean {
  const first = rows.find(({ value }) => isRow(value));
  if (!first || !isRow(first.value)) return true;
  if (!suitsStage(checker, first)) return false;
  const essential = essentialColumns(checker);
  const absent = essential.filter((name) => !survey.columns.has(name));
  if (all && rows.length === 1 && absent.length > 0 && isWrapper(first.value, essential)) {
    checker.report.row(first, 'row-not-object', [], () => l10n.t('The rows stand inside of another object: write the list of rows alone.')); // prettier-ignore
    return false;
  }
  if (all && rows.length === 1 && isTable(first.value, essential, checker)) {
    checker.report.row(first, 'row-not-object', [], () => l10n.t('The file holds columns, each with all its values: write a list of rows, an object each.')); // prettier-ignore
    return false;
  }
  if (absent.length > 0 && tellLayout(checker, first, survey)) return false;
  if (!tellUnnamed(checker, first) || !tellTags(checker, first, survey)) return false;
  for (const name of [...absent, ...lookedUp(checker).filter((each) => !survey.columns.has(each))]) {
    const known = [...survey.columns.keys()].slice(0, 12).join(', ');
    checker.report.row(first, 'missing-field', [], () => l10n.t('No row has a column "{0}": there are {1}. Name the right one in "columns" of dataset_info.json.', name, known), { atHeader: true }); // prettier-ignore
  }
  return absent.length === 0;
}

/** Pairs are for rm and dpo, and those take nothing else: it is told once, and no row is looked at. */
function suitsStage({ report, use }: Checker, first: LintRow): boolean {
  const { stage, entry } = use;
  if (stage === undefined || (stage === 'rm' || stage === 'dpo') === entry.ranking) return true;
  const message = (): string =>
    entry.ranking
      ? l10n.t('The entry has preference pairs ("ranking": true), which stage {0} does not take: choose stage rm or dpo.', stage) // prettier-ignore
      : l10n.t('Stage {0} takes preference pairs: set "ranking" to true in dataset_info.json, and name "chosen" and "rejected" in "columns".', stage); // prettier-ignore
  report.row(first, 'dataset-stage-mismatch', [], message, { atHeader: true });
  return false;
}

/** Tells of a column that the entry must name for rows to be of use; false where it does not. */
function tellUnnamed({ report, use, purpose }: Checker, first: LintRow): boolean {
  const { columns, formatting } = use.entry;
  const pair: ColumnName[] = purpose === 'pair' ? ['chosen', 'rejected'] : [];
  const answer: ColumnName[] = purpose === 'answer' || purpose === 'kto' ? ['response'] : pair;
  const wanted: ColumnName[] = formatting === 'alpaca' ? answer : ['messages', ...pair];
  if (purpose === 'kto') wanted.push('kto_tag');
  const unnamed = wanted.filter((column) => columns[column] === undefined);
  for (const column of unnamed)
    report.row(first, 'missing-field', [], () => l10n.t('The entry names no column as "{0}", so no row can be used: add it to "columns" of dataset_info.json.', column)); // prettier-ignore
  return unnamed.length === 0;
}

/** Tells of fields of messages that no message has; false where there are such. */
function tellTags({ report, use }: Checker, first: LintRow, survey: Survey): boolean {
  const { columns, tags, formatting } = use.entry;
  const keys = formatting === 'alpaca' ? undefined : survey.columns.get(columns.messages ?? '')?.keys;
  if (!keys || keys.size === 0) return true;
  const absent = (['role_tag', 'content_tag'] as const).filter((tag) => !keys.has(tags[tag] ?? ''));
  for (const tag of absent) {
    const known = [...keys.keys()].slice(0, 12).join(', ');
    report.row(first, 'missing-field', [columns.messages ?? ''], () => l10n.t('No message has "{0}": there are {1}. Name the right one as "{2}" in "tags" of dataset_info.json.', tags[tag] ?? '', known, tag)); // prettier-ignore
  }
  return absent.length === 0;
}

/** {"data": [rows]} or {"0": row, "1": row}. */
function isWrapper(row: Row, essential: readonly string[]): boolean {
  const hasRow = (value: unknown): boolean => isRow(value) && essential.some((name) => name in value);
  const values = Object.values(row);
  return values.some((value) => (Array.isArray(value) ? value.some(hasRow) : hasRow(value)));
}

/** {"instruction": [...], "output": [...]}. */
const isTable = (row: Row, essential: readonly string[], { use }: Checker): boolean =>
  use.entry.formatting === 'alpaca' &&
  essential.length > 1 &&
  essential.every(
    (name) => Array.isArray(row[name]) && (row[name] as unknown[]).every((item) => typeof item === 'string'),
  );

function tellLayout({ report, use }: Checker, first: LintRow, survey: Survey): boolean {
  const { formatting } = use.entry;
  const inferred = inferEntry(survey.columns);
  if (!inferred || (inferred.formatting === 'alpaca') === (formatting === 'alpaca')) return false;
  const what = inferred.formatting === 'alpaca' ? l10n.t('flat, with columns of text') : l10n.t('lists of messages');
  report.row(first, 'formatting-row-mismatch', [], () => l10n.t('The rows are {0}, and dataset_info.json announces {1}: set "formatting" to "{2}" there.', what, formatting, inferred.formatting)); // prettier-ignore
  return true;
}

/** A row of another layout among those that fit. */
export function isOtherShape({ use }: Checker, row: Row, essential: readonly string[]): boolean {
  if (essential.length === 0 || essential.some((name) => name in row)) return false;
  const lists = Object.values(row).some((value) => Array.isArray(value) && value.some(isRow));
  if (use.entry.formatting === 'alpaca') return lists;
  return !lists && Object.values(row).some((value) => typeof value === 'string' && value !== '');
}
