// What a template cannot write of a row: the row's fault, told without its number until somebody knows it.
import { RowError } from '../align/row.ts';
import { UserError } from '../../errors.ts';
import type { Origin } from '../example.ts';

export class RenderError extends UserError {
  /** Continues "Row 3 of the dataset x …". */
  readonly what: string;

  constructor(code: string, what: string, options: { cause?: unknown } = {}) {
    super(code, `A row ${what}.`, options);
    this.name = 'RenderError';
    this.what = what;
  }

  of(origin: Origin): RowError {
    return new RowError({ dataset: origin.dataset, row: origin.row }, this.code, [], this.what, { cause: this });
  }
}

/** Runs `work` on a row; what it cannot render is told with the row's number. */
export function ofRow<T>(origin: Origin, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RenderError ? error.of(origin) : error;
  }
}
