// Columns that all layouts share: the system text and the tools.
import type { Origin } from '../example.ts';
import { dumpPython, toPython } from '../template/python-json.ts';
import { isEmpty, kindOf, RowError, type Row } from './row.ts';
import type { WrittenRow } from './written-row.ts';

/** The text of a column; '' where the row has none. Throws RowError where it is no text. */
export function systemText(row: Row, column: string | undefined, origin: Origin): string {
  const value = column === undefined ? '' : row[column];
  if (typeof value === 'string') return value;
  if (isEmpty(value)) return '';
  throw new RowError(origin, 'content-not-string', [column ?? ''], `has ${kindOf(value)} in the column "${column}", which must be text`); // prettier-ignore
}

/** Tools as JSON text. Lists are written as such (upstream does so for openai rows and stops for the others); `emptyToo`: also []. */
export function toolsText(
  row: Row,
  column: string | undefined,
  origin: Origin,
  { emptyToo = false, written }: { readonly emptyToo?: boolean; readonly written?: WrittenRow | undefined } = {},
): string {
  const value = column === undefined ? '' : row[column];
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && (emptyToo || !isEmpty(value)))
    return dumpPython(written?.at([column ?? '']) ?? toPython(value));
  if (isEmpty(value)) return '';
  throw new RowError(origin, 'tools-invalid', [column ?? ''], `has ${kindOf(value)} in the column "${column}", which must be a list of tools as JSON text`); // prettier-ignore
}
