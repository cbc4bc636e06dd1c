// Looks at every row of a dataset once: what is wrong with it, how long it is, what is trained. Afterwards each filter has its rows.
import type { DroppedRow } from '../conversation.ts';
import type { RowsUse } from '../lint/checker.ts';
import { measureRows } from '../preview/measure.ts';
import { brokenRow, type DataPreview } from '../preview/preview.ts';
import { everyRow } from '../source/index/every-row.ts';
import type { OpenDataset } from '../source/index/open-dataset.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { alignRow } from '../align/align.ts';
import { RowError } from '../align/row.ts';
import { unusableRow } from '../preview/row.ts';
import { Job } from './job.ts';
import { LengthCounter } from './length-counter.ts';
import { RowCheck, type FoundInRow, type RowFinding } from './row-check.ts';
import { RowNumbers, RowSet } from './row-set.ts';

export const filters = ['errors', 'warnings', 'truncated', 'untrained', 'dropped', 'duplicates'] as const;
export type Filter = (typeof filters)[number];

/** Rows that are tokenised at once, and the text after which fewer must do: others wait for their turn. */
const GROUP = 64;
const GROUP_TEXT = 256 << 10;

/** Findings whose sentences are kept: those of rows alone can be made again, those that compare rows cannot. */
const KEPT = 5000;

export interface ScanParts {
  readonly dataset: OpenDataset;
  readonly use: RowsUse;
  /** For lengths; undefined where no tokenizer is known. */
  readonly preview: DataPreview | undefined;
  /** The first rows of the dataset. */
  readonly head: readonly unknown[];
}

export class Scan extends Job {
  readonly sets: Readonly<Record<Filter, RowSet>> = {
    errors: new RowSet(), warnings: new RowSet(), truncated: new RowSet(),
    untrained: new RowSet(), dropped: new RowSet(), duplicates: new RowSet(),
  }; // prettier-ignore
  /** Tokens of each row before cutting. */
  readonly lengths = new RowNumbers();
  readonly counter = new LengthCounter();
  /** Findings that only a look at all rows can have, by row. */
  readonly compared = new Map<number, RowFinding>();
  readonly #parts: ScanParts;

  constructor(parts: ScanParts) {
    super();
    this.#parts = parts;
    this.total = parts.dataset.rows;
  }

  protected async work(signal: AbortSignal): Promise<void> {
    const { dataset, use, head } = this.#parts;
    const sink = { found: (finding: FoundInRow): void => this.#found(finding), shape: (): void => undefined };
    for (const { path, firstRow, rows } of dataset.files) {
      const check = new RowCheck(path, use, head, sink);
      let group: (SourceRow | BrokenRowError)[] = [];
      let text = 0;
      for await (const row of everyRow(dataset, firstRow, firstRow + rows)) {
        check.add(row);
        group.push(row);
        if (row instanceof BrokenRowError) this.sets.errors.add(row.place.row ?? 0);
        else text += row.text?.length ?? 0;
        if (group.length < GROUP && text < GROUP_TEXT) continue;
        await this.#measure(group, signal);
        [group, text] = [[], 0];
      }
      await this.#measure(group, signal);
      check.end();
    }
  }

  #found(finding: FoundInRow): void {
    const { row, code, severity } = finding;
    if (severity === 'error') this.sets.errors.add(row);
    else if (severity === 'warning') this.sets.warnings.add(row);
    if (code !== 'duplicate-row') return;
    this.sets.duplicates.add(row);
    if (this.compared.size < KEPT) this.compared.set(row, finding.whole());
  }

  async #measure(group: readonly (SourceRow | BrokenRowError)[], signal: AbortSignal): Promise<void> {
    const { preview, use } = this.#parts;
    if (preview) {
      const entry = use.entry;
      const aligned = group.map((row) => row instanceof BrokenRowError ? (): DroppedRow => brokenRow(entry.name, row.place.row ?? 0, row) : preview.align(entry, row)); // prettier-ignore
      for (const one of await measureRows(preview, aligned)) {
        this.counter.add(one);
        if ('dropped' in one) this.#dropped(one.row);
        else {
          this.lengths.set(one.row, one.length);
          if (one.lost > 0) this.sets.truncated.add(one.row);
          if (one.trained === 0) this.sets.untrained.add(one.row);
        }
      }
    } else for (const row of group) if (row instanceof BrokenRowError || isLeftOut(row, use)) this.#dropped(row instanceof BrokenRowError ? row.place.row ?? 0 : row.row); // prettier-ignore
    this.done += group.length;
    await this.pause(signal);
  }

  #dropped(row: number): void {
    this.sets.dropped.add(row);
    this.sets.errors.add(row);
  }
}

function isLeftOut({ value, row }: SourceRow, { entry }: RowsUse): boolean {
  try {
    return 'dropped' in alignRow(value, entry, { dataset: entry.name, row });
  } catch (error) {
    if (error instanceof RowError) return 'dropped' in unusableRow(error);
    throw error;
  }
}
