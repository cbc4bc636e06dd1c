// A row as it comes out of a file: an object of anything; and the error of a row that stops a run.
import { UserError } from '../../errors.ts';
import type { Place } from '../conversation.ts';
import type { Origin } from '../example.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A row with which no run can be started, upstream neither: what is wrong, and where in the row. */
export class RowError extends UserError {
  readonly origin: Origin;
  readonly at: Place;
  /** The message without the row's name. */
  readonly what: string;

  /** `what` continues "Row 3 of the dataset x …" and says what to write instead. */
  constructor(origin: Origin, code: string, at: Place, what: string, options: { cause?: unknown } = {}) {
    super(code, `Row ${origin.row + 1} of the dataset ${origin.dataset} ${what}.`, options);
    this.name = 'RowError';
    this.origin = origin;
    this.at = at;
    this.what = what;
  }
}

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What Python calls false: nothing, an empty text, list or object, zero. */
export function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value === '';
  if (value === undefined || value === null || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRow(value) && Object.keys(value).length === 0;
}

/** "a number", "a list" …: what stands where text should. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
