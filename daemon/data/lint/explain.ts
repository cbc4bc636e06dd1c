// What stopped the reading of a run's data, in the sentence that the check has for it: file, line, column, what to write instead.
import { UserError } from '../../errors.ts';
import type { Finding } from '../../recipe/finding.ts';
import { RowError } from '../align/row.ts';
import { BrokenRowError } from '../source/row.ts';
import type { RowsOptions } from './check-rows.ts';
import { checkDatasets, type DataUse } from './check-datasets.ts';

/** Errors on a whole set of rows, whose cause is in the rows. */
const wholeSets = new Set(['no-examples', 'nothing-trained', 'column-missing', 'dataset-empty', 'csv-header']);

/**
 * An error of `loadData` with a finding's sentence: of those with the error's code the first, else the first error. The error
 * itself where it is not about data, or the check has nothing to say.
 */
export async function explainDataError(error: unknown, use: DataUse, options: RowsOptions = {}): Promise<unknown> {
  if (!(error instanceof UserError) || !isAboutData(error)) return error;
  let first: Finding | undefined;
  // each finding is looked at, so none need be counted only
  for await (const finding of checkDatasets(use, { ...options, limit: Number.POSITIVE_INFINITY })) {
    if (finding.severity !== 'error') continue;
    first ??= finding;
    if (finding.code !== error.code) continue;
    first = finding;
    break;
  }
  if (!first) return error;
  const { file, line, column, code, message } = first;
  return new UserError(code, `${file}:${line}:${column} ${message}`, { cause: error });
}

const isAboutData = (error: UserError): boolean =>
  error instanceof RowError || error instanceof BrokenRowError || wholeSets.has(error.code) || error.code.startsWith('dataset-'); // prettier-ignore
