// Lengths of rows that are spread over a dataset: figures at once, as long as nobody has looked at every row.
import { setImmediate } from 'node:timers/promises';
import { measureRows } from '../preview/measure.ts';
import { brokenRow, type AlignedRow, type DataPreview } from '../preview/preview.ts';
import { spreadRows } from '../preview/statistics.ts';
import { everyRow } from '../source/index/every-row.ts';
import type { OpenDataset } from '../source/index/open-dataset.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { numberOf } from './first-rows.ts';
import { LengthCounter, type LengthFigures } from './length-counter.ts';

/** Rows that are looked at; of a smaller dataset all. */
export const SAMPLE = 1000;
const GROUP = 50;

export async function sampleFigures(
  dataset: OpenDataset,
  preview: DataPreview,
  name: string,
  align: (row: SourceRow) => AlignedRow,
): Promise<LengthFigures> {
  const counter = new LengthCounter();
  let group: AlignedRow[] = [];
  const measure = async (): Promise<void> => {
    for (const one of await measureRows(preview, group)) counter.add(one);
    group = [];
    await setImmediate();
  };
  const { rows } = dataset;
  for await (const row of rows > SAMPLE ? spreadRows(dataset, rows, SAMPLE) : everyRow(dataset, 0, rows)) {
    group.push(row instanceof BrokenRowError ? () => brokenRow(name, numberOf(row), row) : align(row));
    if (group.length === GROUP) await measure();
  }
  await measure();
  return counter.figures();
}
