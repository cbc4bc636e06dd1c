// Histories of the runs that were looked at last; each is read once and then only what was added.
import { RunHistory } from './history.ts';

/** Histories kept; one of 100,000 steps takes some ten megabytes. */
const KEPT = 4;

export class RunHistories {
  readonly #pathOf: (id: string) => string;
  readonly #kept = new Map<string, RunHistory>();

  constructor(pathOf: (id: string) => string) {
    this.#pathOf = pathOf;
  }

  /** A run's history as it is now. */
  async of(id: string): Promise<RunHistory> {
    const history = this.#kept.get(id) ?? new RunHistory(this.#pathOf(id));
    // the one used last goes last
    this.#kept.delete(id);
    this.#kept.set(id, history);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    await history.refresh();
    return history;
  }

  forget(id: string): void {
    this.#kept.delete(id);
  }
}
