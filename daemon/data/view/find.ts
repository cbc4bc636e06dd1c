// Looks through all rows of a dataset for a text; what was found so far can be shown while it goes on.
import { everyRow } from '../source/index/every-row.ts';
import type { OpenDataset } from '../source/index/open-dataset.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { Job } from './job.ts';
import { RowSet } from './row-set.ts';
import { RowSearch, type SearchTerms } from './search.ts';

const GROUP = 256;
const GROUP_TEXT = 1 << 20;

export class Find extends Job {
  readonly found = new RowSet();
  readonly #dataset: OpenDataset;
  readonly #search: RowSearch;

  /** Throws UserError for an expression that cannot be read. */
  constructor(dataset: OpenDataset, terms: SearchTerms) {
    super();
    this.#dataset = dataset;
    this.#search = new RowSearch(terms);
    this.total = dataset.rows;
  }

  protected async work(signal: AbortSignal): Promise<void> {
    let group: SourceRow[] = [];
    let text = 0;
    for await (const row of everyRow(this.#dataset, 0, this.total)) {
      this.done += 1;
      if (row instanceof BrokenRowError) continue;
      group.push(row);
      text += row.text?.length ?? 100;
      if (group.length < GROUP && text < GROUP_TEXT) continue;
      await this.#look(group, signal);
      [group, text] = [[], 0];
    }
    await this.#look(group, signal);
  }

  async #look(group: readonly SourceRow[], signal: AbortSignal): Promise<void> {
    const matches = this.#search.match(group);
    for (const [i, { row }] of group.entries()) if (matches[i]) this.found.add(row);
    await this.pause(signal);
  }
}
