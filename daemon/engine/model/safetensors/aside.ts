// Large weights are read and brought into float32 by a thread of their own, while the graph that uses them is built.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../../errors.ts';
import { sizeOf, type Shape } from '../../graph/tensor.ts';
import type { Parameter } from '../parameters.ts';
import { WeightFolder, type WantedWeight } from './read.ts';

/** What the thread is asked for: weights of one file, each with the memory they go into. */
export interface Reading {
  readonly path: string;
  readonly weights: readonly { readonly name: string; readonly data: Float32Array<ArrayBuffer> }[];
}

/** The weights of one reading, or why they could not be read. */
export type Read = { readonly data: readonly Float32Array<ArrayBuffer>[] } | { readonly failure: string };

/** Elements from which on a thread pays. */
const LARGE = 1 << 24;

/** A weight whose numbers come later. */
class LateParameter implements Parameter {
  readonly name: string;
  readonly dtype = 'float32';
  readonly shape: Shape;
  #data: Float32Array | undefined;

  constructor({ name, shape }: WantedWeight) {
    this.name = name;
    this.shape = shape;
  }

  get data(): Float32Array {
    if (!this.#data) throw new Error(`${this.name} is still being read`);
    return this.#data;
  }

  arrive(data: Float32Array): void {
    this.#data = data;
  }
}

export interface WeightsBeingRead {
  readonly weights: ReadonlyMap<string, Parameter>;
  /** Until then the numbers of the weights must not be asked for. Rejects with a UserError where they cannot be read. */
  readonly ready: Promise<void>;
}

/**
 * Begins to read weights as float32; up to `large` elements without a thread. Throws UserError for one that is missing, of another
 * shape, or not of floating point.
 */
export async function readAside(
  folder: string,
  wanted: readonly WantedWeight[],
  large = LARGE,
): Promise<WeightsBeingRead> {
  const stored = await WeightFolder.open(folder);
  const late = new Map(wanted.map((weight) => [weight.name, new LateParameter(weight)]));
  try {
    const pathOf = new Map(wanted.map((weight) => [weight.name, stored.checked(weight)]));
    if (wanted.reduce((sum, { shape }) => sum + sizeOf(shape), 0) < large) {
      for (const weight of wanted) late.get(weight.name)?.arrive(await stored.read(weight));
      return { weights: late, ready: Promise.resolve() };
    }
    const readings = [...new Set(pathOf.values())].map((path): Reading => {
      const mine = wanted.filter(({ name }) => pathOf.get(name) === path);
      return { path, weights: mine.map(({ name, shape }) => ({ name, data: unfilled(sizeOf(shape)) })) };
    });
    const ready = readByThread(readings, late);
    // heard of by whoever waits for it
    ready.catch(() => undefined);
    return { weights: late, ready };
  } finally {
    await stored.close();
  }
}

/** Memory that is not set to zero, which for large weights takes as long as reading them: the thread writes all of it. */
const unfilled = (length: number): Float32Array<ArrayBuffer> =>
  new Float32Array(Buffer.allocUnsafeSlow(length * Float32Array.BYTES_PER_ELEMENT).buffer, 0, length);

async function readByThread(readings: readonly Reading[], late: ReadonlyMap<string, LateParameter>): Promise<void> {
  const thread = new Worker(threadFile());
  try {
    for (const reading of readings) {
      const answer = new Promise<Read>((done, failed) => {
        thread.once('message', done);
        thread.once('error', failed);
      });
      // the memory goes to the thread and comes back: nothing is copied
      thread.postMessage(reading, reading.weights.map(({ data }) => data.buffer)); // prettier-ignore
      const read = await answer;
      if ('failure' in read) throw new UserError('weights-unreadable', read.failure, { status: 1 });
      reading.weights.forEach(({ name }, i) => late.get(name)?.arrive(read.data[i] ?? new Float32Array()));
    }
  } finally {
    await thread.terminate();
  }
}

/** Beside the bundle, or, from the sources, beside this file. */
function threadFile(): string {
  const bundled = fileURLToPath(new URL('./weights-thread.js', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('./thread.ts', import.meta.url));
}
