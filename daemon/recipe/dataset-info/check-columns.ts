// Columns of an entry against its layout, its ranking and its data.
import * as l10n from '@vscode/l10n';
import type { Fix } from '../finding.ts';
import { valueOf, type Place } from './document.ts';
import {
  columnPlace,
  likelyColumn,
  neededColumns,
  readsColumn,
  sameLayout,
  sourcePlace,
  type EntryView,
} from './entry.ts';
import type { ColumnFacts } from './facts.ts';
import { columnFields, columnNames, defaultColumns, type ColumnName } from './fields.ts';
import { namesFor, writeEntry } from './infer.ts';

/** False where the rows have not the layout of the entry, so that nothing can be said of their parts. */
export function checkColumns(view: EntryView): boolean {
  noteSystemLine(view);
  checkLayout(view);
  checkRanking(view);
  const fits = checkData(view);
  checkLost(view, fits);
  if (fits) checkUnused(view);
  return fits;
}

/** What LLaMA-Factory adds to every openai row. */
function noteSystemLine({ entry, document, formatting }: EntryView): void {
  const place = entry.fields.get('formatting')?.value;
  if (formatting !== 'openai' || !place) return;
  const message = l10n.t('openai rows without tools get the line "detailed thinking off" in their system text, as in LLaMA-Factory: set "formatting" to "sharegpt" with the same tags for rows without "tool_calls".'); // prettier-ignore
  document.report(place, 'info', 'openai-system-line', message);
}

/** Columns and tags that belong to another layout. */
function checkLayout(view: EntryView): void {
  const { columnFields: columns, tagFields: tags, document, formatting } = view;
  for (const { name, key } of columns?.values() ?? []) {
    const column = columnNames.find((known) => known === name);
    if (column === undefined || readsColumn(column, formatting)) continue;
    const others = ('formatting' in columnFields[column] ? columnFields[column].formatting : undefined)?.join(', ') ?? ''; // prettier-ignore
    const message = l10n.t('The column "{0}" is read in {1} rows only, and this entry is {2}: remove it, or change "formatting".', name, others, formatting); // prettier-ignore
    document.report(key, 'warning', 'columns-format-mismatch', message);
  }
  if (formatting !== 'alpaca' || !tags || tags.size === 0) return;
  const message = l10n.t('"tags" name parts of messages, and {0} rows have none: remove them, or set "formatting" to "sharegpt".', formatting); // prettier-ignore
  document.report(view.entry.fields.get('tags')?.key ?? view.entry.key, 'warning', 'columns-format-mismatch', message);
}

function checkRanking(view: EntryView): void {
  const { entry, document, ranking, columns } = view;
  const missing = (['chosen', 'rejected'] as const).filter((column) => columns[column] === undefined);
  const flag = entry.fields.get('ranking');
  if (ranking && missing.length > 0) {
    const message = l10n.t('Ranking needs {0} in "columns": name the columns that hold the preferred and the rejected answer.', missing.map((name) => `"${name}"`).join(', ')); // prettier-ignore
    document.report(flag?.key ?? entry.key, 'error', 'ranking-columns', message, rankingFix(view, flag?.key));
  }
  // a misspelt "ranking" has a finding of its own
  const misspelt = [...entry.fields.keys()].some((name) => name !== 'ranking' && /^rank/i.test(name));
  if (ranking || misspelt || missing.length === 2) return;
  if (flag?.value.type === 'string') return;
  const column = missing.length === 0 || columns.chosen !== undefined ? 'chosen' : 'rejected';
  const place = view.columnFields?.get(column)?.key ?? entry.key;
  const message = l10n.t('"{0}" is not read without "ranking": true: add it to the entry.', column);
  document.report(place, 'warning', 'ranking-not-set', message);
}

/** Columns written in front of a key: what the data look like they should be. */
function rankingFix(view: EntryView, key: Place | undefined): Fix | undefined {
  const { inferred } = view;
  if (!inferred?.ranking || !key || view.columnFields || !sameLayout(view, inferred)) return undefined;
  const text = `"columns": ${JSON.stringify(inferred.columns)}, `;
  return view.document.insertion(key, l10n.t('Add the columns of the file'), text);
}

/** Named columns that no row has. */
function checkData(view: EntryView): boolean {
  const { data, document, formatting, inferred } = view;
  if (!data?.columns || data.rows === 0) return true;
  const missing = neededColumns(view).filter(([, name]) => !data.columns?.has(name));
  const essential = formatting === 'alpaca' ? (['prompt', 'response', 'chosen'] as const) : (['messages'] as const);
  const lost = missing.some(([column]) => (essential as readonly string[]).includes(column));
  if (lost && inferred && !sameLayout(view, inferred)) {
    reportLayout(view, inferred.formatting);
    return false;
  }
  if (missing.length === 0) return checkMessages(view);
  if (!view.columnFields) {
    reportDefaults(view, missing.map(([, name]) => name)); // prettier-ignore
    return !lost;
  }
  for (const [column, name] of missing) {
    const close = likelyColumn(view, column, name);
    const known = [...data.columns.keys()].slice(0, 12).join(', ');
    const message =
      close === undefined
        ? l10n.t('The rows have no column "{0}": there are {1}.', name, known)
        : l10n.t('The rows have no column "{0}"; did you mean "{1}"? There are {2}.', name, close, known);
    const fix = close === undefined ? undefined : { title: l10n.t('Change to {0}', JSON.stringify(close)), text: JSON.stringify(close) }; // prettier-ignore
    document.report(
      columnPlace(view, column),
      data.allColumns ? 'error' : 'warning',
      'column-not-in-file',
      message,
      fix,
    );
  }
  return !lost;
}

/** The column of messages must hold lists. */
function checkMessages(view: EntryView): boolean {
  const { formatting, data, columns, inferred } = view;
  const column = formatting === 'alpaca' ? undefined : data?.columns?.get(columns.messages ?? '');
  if (!column || column.kinds.has('list') || column.filled === 0) return true;
  reportLayout(view, inferred?.formatting ?? 'alpaca');
  return false;
}

function reportLayout(view: EntryView, found: string): void {
  const { entry, document, formatting } = view;
  const field = entry.fields.get('formatting');
  const what = found === 'alpaca' ? l10n.t('flat, with columns of text') : l10n.t('lists of messages');
  const message = l10n.t('The rows are {0}, and the entry announces {1}: set "formatting" to "{2}".', what, formatting, found); // prettier-ignore
  const title = l10n.t('Change to {0}', JSON.stringify(found));
  if (field) {
    document.report(field.value, 'error', 'formatting-row-mismatch', message, { title, text: JSON.stringify(found) });
    return;
  }
  document.report(sourcePlace(view), 'error', 'formatting-row-mismatch', message, entryFix(view));
}

/** The default names do not fit: the whole block is proposed. */
function reportDefaults(view: EntryView, missing: readonly string[]): void {
  const { document, data, formatting } = view;
  const known = [...(data?.columns?.keys() ?? [])].slice(0, 12).join(', ');
  const names = missing.map((name) => `"${name}"`).join(', ');
  const usual =
    formatting === 'alpaca' ? l10n.t('"instruction", "input" and "output"') : `"${defaultColumns.messages}"`;
  const message = l10n.t('Without "columns" the rows must have {0}, and there is no {1}: name the columns ({2}).', usual, names, known); // prettier-ignore
  document.report(sourcePlace(view), data?.allColumns ? 'error' : 'warning', 'column-not-in-file', message, entryFix(view)); // prettier-ignore
}

/** What the file's columns ask for, written in front of its name: only fields that the entry has not got. */
function entryFix(view: EntryView): Fix | undefined {
  const { inferred, entry, document } = view;
  const place = sourcePlace(view);
  if (!inferred || place !== entry.fields.get('file_name')?.key) return undefined;
  const wanted = Object.entries(writeEntry('', inferred)).filter(([name]) => !entry.fields.has(name));
  if (wanted.length === 0) return undefined;
  const added = wanted.map(([name, value]) => `"${name}": ${JSON.stringify(value)}, `).join('');
  return document.insertion(place, l10n.t('Add what the file asks for'), added);
}

/** Columns that were reset because another one is named, without which rows are of no use. */
function checkLost(view: EntryView, fits: boolean): void {
  const { columnFields: fields, columns, document, entry, formatting, ranking, stage } = view;
  if (!fields || [...fields.keys()].some((name) => !(columnNames as readonly string[]).includes(name))) return;
  const lost: ColumnName[] = [];
  if (formatting === 'alpaca') {
    if (columns.prompt === undefined && columns.query === undefined) lost.push('prompt');
    const answers = ranking || stage === 'pt' || (stage === undefined && columns.kto_tag === undefined && fields.size === 1); // prettier-ignore
    if (columns.response === undefined && !answers && columns.chosen === undefined) lost.push('response');
  } else if (columns.messages === undefined) lost.push('messages');
  for (const column of lost) {
    // a name of the wrong kind has a finding of its own
    const field = fields.get(column);
    if (field && valueOf(field.value) !== null) continue;
    const named = likelyColumn(view, column, defaultColumns[column] ?? column) ?? defaultColumns[column] ?? column;
    const message = l10n.t('Naming one column resets all others, so no column is read as "{0}": add "{0}": "{1}".', column, named); // prettier-ignore
    // rows without messages cannot be read at all
    const severity = column === 'messages' && fits ? 'error' : 'warning';
    document.report(entry.fields.get('columns')?.key ?? entry.key, severity, 'partial-columns', message);
  }
}

/** Columns with a well-known meaning that the entry does not read. */
function checkUnused(view: EntryView): void {
  const { data, columns, document, entry, formatting, ranking } = view;
  if (!data?.columns) return;
  const used = new Set(columnNames.map((column) => columns[column]));
  const wellKnown = (['query', 'history', 'system', 'tools', 'images', 'videos', 'audios', 'kto_tag'] as const).filter(
    (column) => columns[column] === undefined && readsColumn(column, formatting),
  );
  for (const column of wellKnown) {
    const names = column === 'kto_tag' ? ['kto_tag'] : column === 'query' ? ['input'] : namesFor(column);
    const name = names.find((each) => !used.has(each) && holds(data.columns?.get(each), column));
    if (name === undefined) continue;
    const message = l10n.t('The rows have a column "{0}" that this entry does not read: add "{1}": "{0}" to "columns" to use it.', name, column); // prettier-ignore
    document.report(entry.fields.get('columns')?.key ?? sourcePlace(view), 'info', 'unused-data-column', message);
  }
  const pair = ['chosen', 'rejected'].every((name) => data.columns?.has(name) && !used.has(name));
  if (!pair || ranking || columns.chosen !== undefined) return;
  const message = l10n.t('The rows have answers "chosen" and "rejected" that this entry does not read: set "ranking" to true and name both in "columns".'); // prettier-ignore
  document.report(entry.fields.get('columns')?.key ?? sourcePlace(view), 'info', 'unused-data-column', message);
}

/** Whether a column has something in it that the field could use. */
function holds(column: ColumnFacts | undefined, field: ColumnName): boolean {
  if (!column || column.filled === 0) return false;
  const { kinds } = column;
  if (field === 'history' || field === 'images' || field === 'videos' || field === 'audios')
    return kinds.has('list') || (field !== 'history' && kinds.has('text'));
  if (field === 'kto_tag') return kinds.has('boolean');
  return kinds.has('text') || (field === 'tools' && kinds.has('list'));
}
