// The runs as they are now, folded from the daemon's feed. Pure: whoever listens is told what has changed.
import type { RunState, RunSummary } from '../../daemon/runs/protocol.ts';
import type { FeedEvent } from '../../daemon/server/protocol.ts';

/** `before` is undefined for a run that was not known, `after` for one that is gone; both for the list as a whole. */
export interface RunChange {
  readonly before: RunSummary | undefined;
  readonly after: RunSummary | undefined;
}

export const hasEnded = (state: RunState): boolean => state === 'done' || state === 'stopped' || state === 'failed';
export const isActive = (state: RunState): boolean => state === 'running' || state === 'stopping';

/** The run of a change that is an end somebody should hear of: it was seen to be active, and nobody has just stopped it by hand. */
export const endedRun = ({ before, after }: RunChange): RunSummary | undefined =>
  before && after && (isActive(before.state) || before.state === 'queued') && hasEnded(after.state) && after.state !== 'stopped'
    ? after
    : undefined; // prettier-ignore

export class RunList {
  readonly #runs = new Map<string, RunSummary>();
  readonly #listeners = new Set<(change: RunChange) => void>();

  onChange(listener: (change: RunChange) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Newest first. */
  get all(): readonly RunSummary[] {
    return [...this.#runs.values()].sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  }

  get(id: string): RunSummary | undefined {
    return this.#runs.get(id);
  }

  get active(): readonly RunSummary[] {
    return this.all.filter(({ state }) => isActive(state));
  }

  /** Takes the whole list. Runs that ended while nobody looked are told of like those that were seen to end. */
  replace(runs: readonly RunSummary[]): void {
    const before = new Map(this.#runs);
    this.#runs.clear();
    for (const run of runs) this.#runs.set(run.id, run);
    for (const run of runs) {
      const known = before.get(run.id);
      if (known && known.state !== run.state) this.#tell({ before: known, after: run });
    }
    this.#tell({ before: undefined, after: undefined });
  }

  apply(event: FeedEvent): void {
    if (event.type === 'run') {
      const before = this.#runs.get(event.run.id);
      this.#runs.set(event.run.id, event.run);
      this.#tell({ before, after: event.run });
    } else if (event.type === 'run-removed') {
      const before = this.#runs.get(event.id);
      if (!this.#runs.delete(event.id)) return;
      this.#tell({ before, after: undefined });
    }
  }

  #tell(change: RunChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
