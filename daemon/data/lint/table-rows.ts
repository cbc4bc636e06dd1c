// Rows of CSV, text, parquet and Arrow files as the checks see them: read by the readers of runs, with places where there are any.
import { basename, dirname } from 'node:path';
import * as l10n from '@vscode/l10n';
import { UserError } from '../../errors.ts';
import { parseEntry } from '../../recipe/dataset-info.ts';
import type { Range } from '../../recipe/finding.ts';
import { isRow } from '../align/row.ts';
import { formatOf } from '../source/formats.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { readRows } from '../source/source.ts';
import { readHead } from '../source/text/bytes.ts';
import { splitFields } from '../source/text/csv-splitter.ts';
import type { RowSink } from './json-reader.ts';
import { PlainRow, type Path, type Span } from './row.ts';

/** After so many rows whoever waits for findings gets some. */
const PAUSE = 1000;

/** Hands the rows of a file to a sink; yields after every thousand of them. Throws UserError where the file cannot be read. */
export async function* readTable(path: string, sink: RowSink, signal?: AbortSignal): AsyncGenerator<void> {
  const format = formatOf(path);
  const delimiter = format?.kind === 'csv' ? format.delimiter : undefined;
  await tellMark(path, format?.kind === 'lines', sink);
  const onBroken = (error: BrokenRowError): void => sink.trouble(brokenRange(error), 'error', codeOf(error), sentence(error), undefined, true); // prettier-ignore
  const entry = parseEntry(basename(path), { file_name: basename(path) }, path);
  let index = 0;
  try {
    for await (const row of readRows(entry, dirname(path), { onBroken, signal })) {
      if (delimiter !== undefined && isShort(row, delimiter)) tellShort(row, delimiter, sink);
      else if (delimiter !== undefined && index === 0 && otherDelimiter(row) !== undefined) {
        const found = otherDelimiter(row) === '\t' ? l10n.t('tabs') : otherDelimiter(row);
        sink.trouble(lineRange(1, 1), 'error', 'csv-syntax', l10n.t('The fields are separated by {0}: write commas between them.', found ?? ''), undefined, true); // prettier-ignore
        return;
      } else sink.row(new PlainRow(row.value, index, row.line ?? row.row + 1, (at, span) => placeOf(row, delimiter, at, span), delimiter === undefined ? undefined : lineRange(1, 1))); // prettier-ignore
      index += 1;
      if (index % PAUSE === 0) yield;
    }
  } catch (error) {
    if (error instanceof BrokenRowError) onBroken(error);
    else if (!(error instanceof UserError) || error.code !== 'csv-header') throw error;
  }
}

/** A byte order mark is part of the first line of a text; readers of tables skip it. */
async function tellMark(path: string, lines: boolean, sink: RowSink): Promise<void> {
  const [a, b, c] = lines ? await readHead(path, 3) : [];
  if (a !== 0xef || b !== 0xbb || c !== 0xbf) return;
  const message = l10n.t('The file starts with a byte order mark, which LLaMA-Factory takes for part of the text: save it as UTF-8 without one.'); // prettier-ignore
  sink.trouble(lineRange(1, 0), 'warning', 'file-bom', message);
}

const lineRange = (line: number, length: number, column = 1): Range => ({ line, column, endLine: line, endColumn: column + length }); // prettier-ignore

const brokenRange = ({ place }: BrokenRowError): Range => lineRange(place.line ?? 1, 1, place.column ?? 1);

const codeOf = ({ code }: BrokenRowError): string => (code === 'row-too-long' ? 'csv-syntax' : code);

function sentence({ code, what }: BrokenRowError): string {
  if (code === 'csv-syntax' && /header names/.test(what))
    return l10n.t('The line has more fields than the header: put a text with commas into double quotes.');
  if (code === 'csv-syntax')
    return l10n.t('A double quote opens a field and is not closed: close it, or write it twice.');
  if (code === 'file-encoding') return /UTF-16/.test(what) ? l10n.t('The file is UTF-16: save it as UTF-8.') : l10n.t('Here the bytes are not UTF-8: save the file as UTF-8.'); // prettier-ignore
  return what;
}

const isShort = ({ value, text }: SourceRow, delimiter: string): boolean =>
  text !== undefined && isRow(value) && splitFields(text, delimiter).length < Object.keys(value).length;

function tellShort({ line = 1, text = '' }: SourceRow, delimiter: string, sink: RowSink): void {
  const [first = ''] = text.split('\n');
  const range = lineRange(line, first.trimEnd().length);
  const message = l10n.t('The line has {0} fields, fewer than the header: write the missing ones, empty if need be.', splitFields(text, delimiter).length); // prettier-ignore
  sink.trouble(range, 'error', 'csv-syntax', message, undefined, true);
}

/** What separates the fields of a file with one column, whose name has several parts. */
function otherDelimiter({ value }: SourceRow): string | undefined {
  const names = isRow(value) ? Object.keys(value) : [];
  const [name = ''] = names;
  return names.length === 1 ? [';', '\t', '|'].find((each) => name.includes(each)) : undefined;
}

/** Where a column of a row stands; the whole row where it is not known. */
function placeOf({ line, row, text, value }: SourceRow, delimiter: string | undefined, path: Path, span?: Span): Range {
  if (line === undefined || text === undefined) return lineRange(row + 1, 0);
  if (delimiter === undefined) return inLine(text, line, span?.start ?? 0, span?.end ?? text.length);
  const index = isRow(value) ? Object.keys(value).indexOf(String(path[0])) : -1;
  const field = index < 0 ? undefined : fieldSpan(text, delimiter, index);
  return inLine(text, line, field?.start ?? 0, field?.end ?? text.length);
}

/** Offsets of a text that may span lines as a range. */
function inLine(text: string, line: number, start: number, end: number): Range {
  const at = (offset: number): [number, number] => {
    const before = text.slice(0, offset);
    return [line + before.split('\n').length - 1, offset - before.lastIndexOf('\n')];
  };
  const [first, column] = at(start);
  const [endLine, endColumn] = at(end);
  return { line: first, column, endLine, endColumn };
}

/** Where a field of a record stands. */
function fieldSpan(text: string, delimiter: string, index: number): Span {
  let start = 0;
  for (let field = 0, at = 0; ; field++) {
    let quoted = text[at] === '"';
    start = at;
    if (quoted) at += 1;
    while (at < text.length && (quoted || text[at] !== delimiter)) {
      if (text[at] === '"') quoted = !quoted;
      at += 1;
    }
    if (field === index || at >= text.length) return { start, end: at };
    at += 1;
  }
}
