// What is said between the thread that reads rows and those that tokenise them.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { ShardRow } from '../cache/make-shard.ts';
import type { DataOptions } from '../options.ts';
import type { Template } from '../template/registry.ts';
import type { TokenizerState } from '../tokenizer/tokenizer.ts';

/** How a thread begins. */
export interface Setup {
  readonly tokenizer: TokenizerState;
  readonly template: Template;
  readonly options: DataOptions;
}

export interface Job {
  readonly number: number;
  readonly entry: DatasetEntry;
  readonly rows: readonly ShardRow[];
}

/** A job's shard; undefined where its rows stop the run: whoever sent them makes it again to learn why. */
export interface Answer {
  readonly number: number;
  readonly stream: Uint8Array | undefined;
}
