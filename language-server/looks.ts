// Looks at data files: columns and first rows, remembered as long as a file stays what it was. Any kind of file that data/ can read.
import { resolve } from 'node:path';
import type { DataFacts } from '../daemon/recipe/dataset-info/facts.ts';
import { stampOf } from './stamp.ts';

/** Bytes of a file that columns are taken from, and rows that are shown. */
const LOOK = 1 << 20;
const ROWS = 3;

interface Look {
  readonly stamp: string | undefined;
  readonly facts: DataFacts;
  readonly rows: readonly unknown[];
}

export class Looks {
  readonly #looks = new Map<string, Look>();

  /** What was seen of a file when it was last looked at, if it is still the same. */
  seen(path: string): Look | undefined {
    const look = this.#looks.get(path);
    return look && look.stamp === stampOf(path) ? look : undefined;
  }

  /** Looks at a file, or a folder of them, by its name in a dataset_info.json of `folder`. */
  async look(folder: string, file: string): Promise<Look> {
    const path = resolve(folder, file);
    const seen = this.seen(path);
    if (seen) return seen;
    const stamp = stampOf(path);
    const { describeData, firstRows } = await import('./data-room.ts');
    const facts = await describeData(folder, file, LOOK);
    const look = { stamp, facts, rows: facts.state === 'missing' ? [] : await firstRows(folder, file, ROWS) };
    this.#looks.set(path, look);
    return look;
  }
}
