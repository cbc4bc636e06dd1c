// Examples by number, wherever they are kept: all that the trainer knows of a data set it can look up.
import { lengthOfExample, type Example, type StageExample } from './example.ts';

export interface ExampleSet<T extends StageExample = Example> {
  readonly length: number;
  /** Tokens of each example (lengthOfExample), padding of packed blocks included: [length]. */
  readonly lengths: Int32Array;
  /** SHA-256 in hex over what is trained and in which order: equal for equal data, template, tokenizer and cutoff. */
  readonly hash: string;
  /** Examples by their numbers, in the order asked for. Throws UserError where they can no longer be had. */
  read(numbers: ArrayLike<number>): Promise<T[]>;
}

/** Examples of which there are none: evaluation without rows. */
export const noExamples: ExampleSet<never> = {
  length: 0,
  lengths: new Int32Array(),
  hash: '',
  read: () => Promise.resolve([]),
};

/** Examples that are at hand. */
export const listed = <T extends StageExample>(examples: readonly T[]): ExampleSet<T> => ({
  length: examples.length,
  lengths: Int32Array.from(examples, lengthOfExample),
  hash: '',
  read: (numbers) => Promise.resolve(Array.from(numbers).flatMap((number) => examples[number] ?? [])),
});

/** Reads all of a set, a few at a time, in order. */
export async function* eachExample<T extends StageExample>(set: ExampleSet<T>, atOnce = 256): AsyncGenerator<T> {
  for (let start = 0; start < set.length; start += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, set.length - start) }, (_, i) => start + i);
    yield* await set.read(numbers);
  }
}
