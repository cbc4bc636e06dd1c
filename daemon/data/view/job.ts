// Work on a whole dataset that goes on while others ask for rows: how far it is, how it ended, and how it is stopped.
import { setImmediate } from 'node:timers/promises';

export type JobState = 'running' | 'done' | 'stopped' | 'failed';

export abstract class Job {
  readonly #stop = new AbortController();
  #state: JobState = 'running';
  #problem: string | undefined;
  /** Rows that were looked at, of how many. */
  done = 0;
  total = 0;

  get state(): JobState {
    return this.#state;
  }

  /** Why it failed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Runs to the end. Never rejects: what went wrong is its `problem`. */
  async run(): Promise<void> {
    try {
      await this.work(this.#stop.signal);
      this.#state = 'done';
    } catch (error) {
      if (this.#stop.signal.aborted) this.#state = 'stopped';
      else {
        this.#state = 'failed';
        this.#problem = (error as Error).message;
      }
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  protected abstract work(signal: AbortSignal): Promise<void>;

  /** Lets others have their turn. Throws where the work is to stop. */
  protected async pause(signal: AbortSignal): Promise<void> {
    await setImmediate();
    signal.throwIfAborted();
  }
}
