// Examples by number, wherever they are kept: all that the trainer knows of a data set it can look up.
import type { Example } from './example.ts';

export interface ExampleSet {
  readonly length: number;
  /** Tokens of each example, padding of packed blocks included: [length]. */
  readonly lengths: Int32Array;
  /** SHA-256 in hex over what is trained and in which order: equal for equal data, template, tokenizer and cutoff. */
  readonly hash: string;
  /** Examples by their numbers, in the order asked for. Throws UserError where they can no longer be had. */
  read(numbers: ArrayLike<number>): Promise<Example[]>;
}

/** Examples of which there are none: evaluation without rows. */
export const noExamples: ExampleSet = {
  length: 0,
  lengths: new Int32Array(),
  hash: '',
  read: () => Promise.resolve([]),
};

/** Examples that are at hand. */
export const listed = (examples: readonly Example[]): ExampleSet => ({
  length: examples.length,
  lengths: Int32Array.from(examples, ({ ids }) => ids.length),
  hash: '',
  read: (numbers) => Promise.resolve(Array.from(numbers).flatMap((number) => examples[number] ?? [])),
});

/** Reads all of a set, a few at a time, in order. */
export async function* eachExample(set: ExampleSet, atOnce = 256): AsyncGenerator<Example> {
  for (let start = 0; start < set.length; start += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, set.length - start) }, (_, i) => start + i);
    yield* await set.read(numbers);
  }
}
