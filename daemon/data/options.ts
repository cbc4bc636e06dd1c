// What the data room needs of a recipe: what to read, how to tokenise it, how rows become examples.
import type { MixStrategy } from './mix.ts';
import type { SourceOptions } from './source/files.ts';
import type { SupervisedOptions } from './supervised/encode.ts';

/** What rows are encoded for. ppo rows are prompts; rm and dpo rows pairs; all of them can be previewed. */
export type Stage = 'pt' | 'sft' | 'rm' | 'dpo' | 'kto' | 'ppo';

export interface DataOptions<S extends Stage = Stage> extends SupervisedOptions {
  readonly stage: S;
  /** A folder, ONLINE, or REMOTE:owner/name. */
  readonly datasetDir: string;
  /** What the recipe says about downloads. */
  readonly source?: Pick<SourceOptions, 'hubToken' | 'cache'>;
  /** Where media of local rows are looked for. */
  readonly mediaDir: string;
  readonly templateName: string | undefined;
  readonly datasets: readonly string[];
  readonly evalDatasets: readonly string[];
  readonly maxSamples: number | undefined;
  readonly mixStrategy: MixStrategy;
  readonly interleaveProbabilities: readonly number[] | undefined;
  readonly seed: number;
  /** Rows are read as they are trained on; the order is shuffled within bufferSize of them (0: not at all). */
  readonly streaming: boolean;
  readonly bufferSize: number;
  /** Rows (above 1) or share (below 1) that go to evaluation; 0: none. */
  readonly valSize: number;
  /** sft: rows are packed into blocks. pt: texts are joined (the default there). */
  readonly packing: boolean;
  readonly neatPacking: boolean;
  /** Length of a block; cutoffLength is one less where the recipe packs sft rows. */
  readonly blockLength: number;
  readonly preprocessingBatchSize: number;
  /** Threads that align and tokenise; up to 1: none beside the one that reads. */
  readonly workers: number;
}
