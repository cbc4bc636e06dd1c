// The recipe's data as Examples: every dataset read and tokenised, then mixed, split and arranged.
import { UserError } from '../errors.ts';
import type { DatasetEntry } from '../recipe/dataset-info.ts';
import { arrange } from './arrange/arrange.ts';
import { digest, methodOf } from './cache/address.ts';
import type { CacheSettings } from './cache/store.ts';
import { checkRanking } from './check-rows.ts';
import type { ChosenRows } from './arrange/chosen.ts';
import type { StageExamples } from './example.ts';
import { listed, noExamples, type ExampleSet } from './example-set.ts';
import { loadTable } from './load-table.ts';
import { interleave, type MixedRows } from './mix.ts';
import type { DataOptions, Stage } from './options.ts';
import { permutation } from './order.ts';
import { ShardThreads } from './parallel/threads.ts';
import { Dropped, type RowTable } from './row-table.ts';
import { filesOf } from './source/files.ts';
import { fingerprint } from './source/index/fingerprint.ts';
import { openDatasetDir } from './source/source.ts';
import { rowTokeniser } from './stage-rows.ts';
import { blockStart } from './supervised/pretrain.ts';
import { ExampleStream } from './stream/example-stream.ts';
import type { Template } from './template/registry.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

/** Of a stage: rm and dpo have pairs, kto rows with their own and another row's answer, ppo prompts. */
export interface LoadedData<S extends Stage = 'pt' | 'sft'> {
  readonly train: ExampleSet<StageExamples[S]>;
  /** With `streaming` what is trained on; train is empty then. */
  readonly stream?: ExampleStream<S>;
  readonly evaluation: ExampleSet<StageExamples[S]>;
  /** Rows that were left out, with reasons. */
  readonly dropped: Dropped;
  /** Rows that lost tokens at cutoff_len. */
  readonly truncated: number;
}

export interface DataTools {
  readonly tokenizer: Tokenizer;
  readonly template: Template;
  /** Where tokenised rows are kept; undefined: nowhere. */
  readonly cache?: CacheSettings | undefined;
  /** Told now and then how many rows of a dataset were read. */
  readonly progress?: (rows: number) => void;
  /** Told when another run is preparing the same rows, and this one waits for it. */
  readonly waiting?: () => void;
}

/**
 * Loads and encodes everything a run needs; prompts for predictions are the examples of the stage ppo. Throws UserError where nothing
 * is left, or nothing would be trained.
 */
export async function loadData<S extends Stage>(options: DataOptions<S>, tools: DataTools): Promise<LoadedData<S>> {
  const { datasets, evalDatasets, valSize } = options;
  const training = await loadRows(datasets, options, tools);
  const [train, split] =
    valSize > 0 && evalDatasets.length === 0 ? splitRows(training, options) : [training, undefined];
  const heldOut = split ?? (await loadRows(evalDatasets, options, tools));
  const tables = new Set([...train.tables, ...heldOut.tables]);
  const dropped = new Dropped();
  for (const table of tables) dropped.join(table.dropped);
  const { tokenizer } = tools;
  const arranging = { padId: tokenizer.padId, blockStart: blockStart(tokenizer), dropped };
  const loaded: LoadedData<S> = {
    train: train.tables.length > 0 ? arrange(train, options, arranging) : noExamples,
    evaluation: heldOut.tables.length > 0 ? arrange(heldOut, options, arranging) : noExamples,
    dropped,
    truncated: [...tables].reduce((sum, { truncated }) => sum + truncated, 0),
  };
  if (datasets.length > 0) checkTrainable(loaded, train.tables, options);
  return loaded;
}

/** Opens the training data as a stream; what it holds out for evaluation, and eval_dataset, are loaded. */
export async function openStream<S extends Stage>(options: DataOptions<S>, tools: DataTools): Promise<LoadedData<S>> {
  const { tokenizer, template } = tools;
  const entry = await openDatasetDir(options.datasetDir, options.source);
  const entries = [...new Set(options.datasets)].map((name) => entry(name));
  for (const found of entries) checkRanking(found, options.stage);
  const arranging = { padId: tokenizer.padId, blockStart: blockStart(tokenizer) };
  const stream = new ExampleStream<S>(entries, options, { tokenise: rowTokeniser(options, tokenizer, template), ...arranging }); // prettier-ignore
  const { dropped } = stream;
  const train = { ...noExamples, hash: await streamHash(entries, options, tools) };
  if (options.evalDatasets.length > 0) {
    const { evaluation } = await loadData({ ...options, datasets: [] }, tools);
    return { train, stream, evaluation, dropped, truncated: 0 };
  }
  const evaluation = options.valSize > 0 ? listed(await stream.holdOut(Math.floor(options.valSize))) : noExamples;
  return { train, stream, evaluation, dropped, truncated: stream.truncated };
}

/** Over the state of the files and all that decides about a stream's examples and their order. */
async function streamHash(
  entries: readonly DatasetEntry[],
  options: DataOptions,
  { tokenizer, template }: DataTools,
): Promise<string> {
  const { seed, bufferSize, mixStrategy, interleaveProbabilities, valSize, packing, neatPacking } = options;
  const identity = (await tokenizer.identity()) ?? '';
  const sets = entries.map(async (entry) => ({
    method: methodOf(entry, options, template, identity),
    files: await Promise.all((await filesOf(entry, options.datasetDir, options.source)).map(fingerprint)),
  }));
  const arranged = { packing, neatPacking, block: options.blockLength, group: options.preprocessingBatchSize };
  return digest({ sets: await Promise.all(sets), seed, bufferSize, mixStrategy, interleaveProbabilities, valSize, arranged }); // prettier-ignore
}

async function loadRows(names: readonly string[], options: DataOptions, tools: DataTools): Promise<ChosenRows> {
  if (names.length === 0) return { tables: [], order: { sets: new Int32Array(), rows: new Int32Array() } };
  const entry = await openDatasetDir(options.datasetDir, options.source);
  const { tokenizer, template, cache, progress, waiting } = tools;
  const tokenise = rowTokeniser(options, tokenizer, template);
  const tokenizerIdentity = cache && (await tokenizer.identity());
  const tables: RowTable[] = [];
  const threads = options.workers > 1 ? new ShardThreads(options.workers, { tokenizer: tokenizer.state, template, options }) : undefined; // prettier-ignore
  try {
    // a dataset that is named twice counts once, as upstream
    for (const name of new Set(names)) {
      const found = entry(name);
      checkRanking(found, options.stage);
      const making = { tokenise, template, tokenizerIdentity, cache, threads, progress, waiting };
      tables.push(await loadTable(found, options, making));
    }
  } finally {
    await threads?.close();
  }
  const sizes = tables.map(({ lengths }) => lengths.length);
  return { tables, order: interleave(sizes, options.mixStrategy, options.interleaveProbabilities, options.seed) };
}

/** Seeded, by our own permutation: upstream's is NumPy's and gives another choice of rows. */
function splitRows({ tables, order }: ChosenRows, { valSize, seed }: DataOptions): [ChosenRows, ChosenRows] {
  const count = order.rows.length;
  const size = valSize > 1 ? Math.floor(valSize) : valSize === 1 ? 1 : Math.ceil(valSize * count);
  if (size >= count) {
    throw new UserError(
      'val-size',
      `val_size takes ${size} of ${count} rows and leaves none to train on: choose a smaller one.`,
    );
  }
  const shuffled = permutation(count, seed, 0);
  const pick = (places: Int32Array): MixedRows => ({
    sets: places.map((place) => order.sets[place] ?? 0),
    rows: places.map((place) => order.rows[place] ?? 0),
  });
  return [
    { tables, order: pick(shuffled.subarray(size)) },
    { tables, order: pick(shuffled.subarray(0, size)) },
  ];
}

function checkTrainable(
  { train, dropped }: LoadedData<Stage>,
  tables: readonly RowTable[],
  options: DataOptions,
): void {
  const names = options.datasets.join(', ');
  if (train.length === 0) {
    const [reason] = dropped.reasons;
    const why = reason
      ? ` ${dropped.count} rows were left out, ${reason.count} of them (the first is row ${reason.first.row + 1} of ${reason.first.dataset}) because ${reason.first.dropped}.`
      : options.stage === 'pt'
        ? ` The texts together have fewer than cutoff_len (${options.cutoffLength}) tokens: lower cutoff_len or set packing: false.`
        : '';
    throw new UserError('no-examples', `No row of ${names} can be used.${why}`);
  }
  if (!tables.some(({ trains }) => trains)) {
    throw new UserError(
      'nothing-trained',
      `No token of ${names} would be trained: all labels are masked. Look at a row with "anneal preview".`,
    );
  }
}
