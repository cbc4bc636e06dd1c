// The first rows of a data file, from its first bytes: enough to know its columns.
import { closeSync, openSync, readSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { parse as parseJson } from 'jsonc-parser';

/** Bytes that are read, and rows that are made of them. */
const HEAD = 256 << 10;
const ROWS = 20;

/** Undefined for kinds of files whose rows are not text. */
export function readFirstRows(path: string): readonly unknown[] | undefined {
  const kind = /\.(jsonl?|csv|txt)$/.exec(path)?.[1];
  if (kind === undefined) return undefined;
  const { text, isWhole } = readHead(path);
  switch (kind) {
    case 'txt':
      return text.split(/\r?\n/, ROWS).map((line) => ({ text: line }));
    case 'csv':
      return parse(text, { columns: true, to: ROWS, bom: true, relaxColumnCount: true, relaxQuotes: true });
    default:
      return jsonRows(text, isWhole);
  }
}

/** Rows of a list, or of one object after another; a last one that is cut off is left out. */
function jsonRows(text: string, isWhole: boolean): readonly unknown[] {
  if (text.trimStart().startsWith('[')) {
    // the parser closes what is cut off
    const rows: unknown = parseJson(text);
    if (!Array.isArray(rows)) return [];
    return (isWhole ? rows : rows.slice(0, -1)).slice(0, ROWS) as unknown[];
  }
  const lines = text.split('\n').slice(0, isWhole ? undefined : -1);
  const rows: unknown[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    try {
      rows.push(JSON.parse(line));
    } catch {
      continue;
    }
    if (rows.length === ROWS) break;
  }
  return rows;
}

function readHead(path: string): { text: string; isWhole: boolean } {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(HEAD);
    const length = readSync(file, buffer, 0, HEAD, 0);
    return { text: buffer.toString('utf8', 0, length).replace(/^\uFEFF/, ''), isWhole: length < HEAD };
  } finally {
    closeSync(file);
  }
}
