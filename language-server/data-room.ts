// The part of the server that reads data, with the readers of every kind of file behind it: loaded once it is needed, so that
// an editor that opens a recipe does not wait for it.
import { isRow } from '../daemon/data/align/row.ts';
import { describeData } from '../daemon/data/lint/data-facts.ts';
import { readRows } from '../daemon/data/source/source.ts';
import { UserError } from '../daemon/errors.ts';
import { parseEntry } from '../daemon/recipe/dataset-info.ts';

export { describeData };
export { proposeEntry } from '../daemon/data/lint/infer-file.ts';
export { rowFindings } from './row-findings.ts';
export { templateExample } from './template-example.ts';

/** The first rows of a file or folder, as many as asked for; none where it cannot be read: its findings say so. */
export async function firstRows(folder: string, file: string, count: number): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  try {
    const entry = parseEntry('', { file_name: file }, '');
    for await (const { value } of readRows(entry, folder)) {
      if (isRow(value)) rows.push(value);
      if (rows.length === count) break;
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return rows;
}
