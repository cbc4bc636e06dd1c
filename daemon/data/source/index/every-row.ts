// Rows in order, those that cannot be read among them as the errors that they are.
import { BrokenRowError, type SourceRow } from '../row.ts';
import type { OpenDataset } from './open-dataset.ts';

/** Rows [from, to). Throws UserError where the file itself cannot be read. */
export async function* everyRow(
  dataset: OpenDataset,
  from: number,
  to: number,
): AsyncGenerator<SourceRow | BrokenRowError> {
  for (let next = from; next < Math.min(to, dataset.rows); next++) {
    try {
      for await (const row of dataset.readRows(next, to)) {
        next = row.row;
        yield row;
      }
      return;
    } catch (error) {
      // reading goes on behind a row that is broken
      if (!(error instanceof BrokenRowError)) throw error;
      next = error.place.row ?? next;
      yield error;
    }
  }
}
