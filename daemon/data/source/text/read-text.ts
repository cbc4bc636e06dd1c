// Rows of JSON, JSONL, CSV and text files: cut from the bytes one window at a time, decoded and parsed one by one.
import { isUtf8 } from 'node:buffer';
import { BrokenRowError, type FileRow } from '../row.ts';
import { cutFile, type Block } from './bytes.ts';
import { splitFields } from './csv-splitter.ts';
import { cellValue, type CsvLayout } from './csv-types.ts';
import { splitterFor, type TextFile } from './layout.ts';
import type { Place } from './splitter.ts';

export interface ReadOptions {
  /** A row to start at; default the first. */
  readonly from?: Place;
  /** Rows that are passed over from there, without being parsed. */
  readonly skip?: number;
  /** Bytes read at a time. */
  readonly chunk?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of rows that cannot be read, which are then left out; without it they are thrown. They count as rows all the same. */
  readonly onBroken?: ((error: BrokenRowError) => void) | undefined;
}

/** Rows in order, undefined for one that is broken. Throws BrokenRowError, or UserError where the file cannot be read. */
export async function* readTextRows(file: TextFile, options: ReadOptions = {}): AsyncGenerator<FileRow | undefined> {
  const { onBroken } = options;
  try {
    for await (const rows of readTextBlocks(file, options)) {
      for (const row of rows) {
        if (!(row instanceof BrokenRowError)) yield row;
        else if (onBroken) {
          onBroken(row);
          yield undefined;
        } else throw row;
      }
    }
  } catch (error) {
    if (!onBroken || !(error instanceof BrokenRowError)) throw error;
    // the borders of the rest cannot be found
    onBroken(error);
  }
}

/**
 * The same, as many rows at a time as are read at once (waiting for each by itself takes as long as parsing it); an error in the
 * place of one that is broken. Throws BrokenRowError where the borders of further rows cannot be found.
 */
export async function* readTextBlocks(
  file: TextFile,
  { from = file.first, skip = 0, chunk, signal }: ReadOptions = {},
): AsyncGenerator<readonly (FileRow | BrokenRowError)[]> {
  const cut = { offset: from.offset, signal, ...(chunk === undefined ? {} : { chunk }) };
  let ahead = skip;
  for await (const block of cutFile(file, splitterFor(file, from.line), cut)) {
    const clean = isUtf8(block.window.subarray(block.spans[0], block.spans.at(-2)));
    const passed = Math.min(ahead, block.spans.length / 3);
    ahead -= passed;
    const rows: (FileRow | BrokenRowError)[] = [];
    for (let i = passed * 3; i < block.spans.length; i += 3) rows.push(readRow(file, block, i, clean));
    yield rows;
  }
}

function readRow(file: TextFile, block: Block, i: number, clean: boolean): FileRow | BrokenRowError {
  try {
    return parsedRow(file, block, i, clean);
  } catch (error) {
    if (error instanceof BrokenRowError) return error;
    throw error;
  }
}

function parsedRow(file: TextFile, { window, base, spans }: Block, i: number, clean: boolean): FileRow {
  const start = spans[i] ?? 0;
  const end = spans[i + 1] ?? start;
  const line = spans[i + 2] ?? 1;
  const bytes = window.subarray(start, end);
  if (!clean && !isUtf8(bytes)) throw notUtf8(file.path, bytes, line);
  const text = bytes.toString('utf8');
  const value = parseRow(file, text, line);
  return { value, file: file.path, line, offset: base + start, length: end - start, text };
}

function parseRow({ path, layout }: TextFile, text: string, line: number): unknown {
  switch (layout.kind) {
    case 'json':
      return parseJson(path, text, line);
    case 'csv':
      return parseRecord(path, layout, text, line);
    case 'lines':
      return { text };
  }
}

/** Place of a character within a row. */
function placeIn(file: string, text: string, at: number, line: number): { file: string; line: number; column: number } {
  const before = text.slice(0, at);
  const newlines = before.split('\n').length - 1;
  return { file, line: line + newlines, column: before.length - before.lastIndexOf('\n') };
}

function notUtf8(file: string, bytes: Buffer, line: number): BrokenRowError {
  // the longest beginning that is valid, but for a character that may be cut in its middle: up to three bytes
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if ([0, 1, 2, 3].some((less) => isUtf8(bytes.subarray(0, Math.max(0, middle - less))))) valid = middle;
    else invalid = middle;
  }
  while (!isUtf8(bytes.subarray(0, valid))) valid -= 1;
  const place = placeIn(file, bytes.toString('utf8', 0, valid), Infinity, line);
  return new BrokenRowError('file-encoding', place, 'there are bytes that are not UTF-8: save the file as UTF-8.');
}

function parseJson(file: string, text: string, line: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const at = /at position (\d+)/.exec(message);
    const isCut = message.startsWith('Unexpected end');
    const place = at ? placeIn(file, text, Number(at[1]), line) : isCut ? placeIn(file, text, Infinity, line) : { file, line }; // prettier-ignore
    throw new BrokenRowError('json-syntax', place, `${message.replace(/ in JSON at position.*$/, '')}.`, cause);
  }
  if (text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text) && !isWellFormed(value)) {
    throw new BrokenRowError(
      'broken-text',
      placeIn(file, text, text.search(/\\u[dD][89a-fA-F]/), line),
      'half a character (a \\ud8… without its \\udc…, or the other way round): no tokenizer takes it. Write the whole character.',
    );
  }
  return value;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, entry]) => key.isWellFormed() && isWellFormed(entry));
}

function parseRecord(file: string, { columns, kinds, delimiter }: CsvLayout, text: string, line: number): unknown {
  const fields = splitFields(text, delimiter);
  if (fields.length > columns.length) {
    throw new BrokenRowError(
      'csv-syntax',
      { file, line },
      `the record has ${fields.length} fields, but the header names ${columns.length} columns: put text that contains ${delimiter === ',' ? 'a comma' : 'a tab'} into double quotes.`,
    );
  }
  return Object.fromEntries(columns.map((name, i) => [name, cellValue(fields[i], kinds[i] ?? 'text')]));
}
