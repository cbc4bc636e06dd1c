// Threads that make shards beside the one that reads rows. What they make does not depend on how many they are.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../errors.ts';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { ShardRow } from '../cache/make-shard.ts';
import type { Answer, Job, Setup } from './messages.ts';

interface Thread {
  readonly worker: Worker;
  /** Jobs it was given and has not answered. */
  jobs: number;
}

interface Waiting {
  readonly done: (stream: Uint8Array | undefined) => void;
  readonly failed: (error: unknown) => void;
}

export class ShardThreads {
  readonly #setup: Setup;
  /** Started with the first job: rows that are kept need none. */
  #threads: readonly Thread[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  readonly count: number;

  constructor(count: number, setup: Setup) {
    this.count = count;
    this.#setup = setup;
  }

  /** The shard of some rows; undefined where one of them stops the run. */
  make(entry: DatasetEntry, rows: readonly ShardRow[]): Promise<Uint8Array | undefined> {
    if (this.#threads.length === 0) this.#threads = Array.from({ length: this.count }, () => this.#start());
    const number = this.#next++;
    const [free] = [...this.#threads].sort((a, b) => a.jobs - b.jobs);
    if (!free) throw new Error('there is no thread');
    free.jobs += 1;
    // texts are needed where tools and calls may be written out of them
    const isWritten = entry.formatting === 'openai' || entry.columns.tools !== undefined;
    const sent = rows.map(({ value, row, text }) => ({ value, row, text: isWritten ? text : undefined }));
    const job: Job = { number, entry, rows: sent };
    return new Promise((done, failed) => {
      this.#waiting.set(number, { done, failed });
      free.worker.postMessage(job);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(): Thread {
    const thread: Thread = { worker: new Worker(threadFile(), { workerData: this.#setup }), jobs: 0 };
    thread.worker.on('message', ({ number, stream }: Answer) => {
      thread.jobs -= 1;
      this.#waiting.get(number)?.done(stream);
      this.#waiting.delete(number);
    });
    thread.worker.on('error', (cause: Error) => {
      const error = new UserError(
        'data-thread',
        `A thread that tokenises data ended: ${cause.message}. Set preprocessing_num_workers: 1.`,
        { status: 1, cause },
      );
      for (const { failed } of this.#waiting.values()) failed(error);
      this.#waiting.clear();
    });
    return thread;
  }
}

/** Beside the bundle, or, from the sources, beside this file. */
function threadFile(): string {
  const bundled = fileURLToPath(new URL('./data-thread.js', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('./thread.ts', import.meta.url));
}
