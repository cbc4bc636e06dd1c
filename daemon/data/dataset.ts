// The recipe's data as Examples: read, aligned, mixed, encoded, packed, split.
import { UserError } from '../errors.ts';
import { alignRow, checkColumns } from './align/align.ts';
import { isRow, RowError } from './align/row.ts';
import type { DatasetEntry } from '../recipe/dataset-info.ts';
import type { Conversation, DroppedRow } from './conversation.ts';
import { IGNORED, type Example } from './example.ts';
import { interleave, type MixStrategy } from './mix.ts';
import { permutation } from './order.ts';
import { packExamples } from './packing.ts';
import { openMediaFolder } from './source/media-folder.ts';
import { openDatasetDir, readRows } from './source/source.ts';
import { encodeSupervised, type SupervisedOptions } from './supervised/encode.ts';
import { encodePretrain } from './supervised/pretrain.ts';
import type { Template } from './template/registry.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

/** What rows are encoded for. ppo rows are prompts; rm and dpo rows pairs; all of them can be previewed. */
export type Stage = 'pt' | 'sft' | 'rm' | 'dpo' | 'kto' | 'ppo';

export interface DataOptions extends SupervisedOptions {
  readonly stage: Stage;
  readonly datasetDir: string;
  /** Where media of local rows are looked for. */
  readonly mediaDir: string;
  readonly templateName: string | undefined;
  readonly datasets: readonly string[];
  readonly evalDatasets: readonly string[];
  readonly maxSamples: number | undefined;
  readonly mixStrategy: MixStrategy;
  readonly interleaveProbabilities: readonly number[] | undefined;
  readonly seed: number;
  /** Rows (above 1) or share (below 1) that go to evaluation; 0: none. */
  readonly valSize: number;
  /** sft: rows are packed into blocks. pt: texts are joined (the default there). */
  readonly packing: boolean;
  readonly neatPacking: boolean;
  /** Length of a block; cutoffLength is one less where the recipe packs sft rows. */
  readonly blockLength: number;
  readonly preprocessingBatchSize: number;
}

export interface LoadedData {
  readonly train: readonly Example[];
  readonly evaluation: readonly Example[];
  /** Rows that were left out, with reasons. */
  readonly dropped: readonly DroppedRow[];
  /** Examples that lost tokens at cutoff_len. */
  readonly truncated: number;
}

export interface DataTools {
  readonly tokenizer: Tokenizer;
  readonly template: Template;
  /** Told now and then how many rows were read. */
  readonly progress?: (rows: number) => void;
}

/** Loads and encodes everything a run needs. Throws UserError where nothing is left, or nothing would be trained. */
export async function loadData(options: DataOptions, tools: DataTools): Promise<LoadedData> {
  const dropped: DroppedRow[] = [];
  let rows = options.datasets.length > 0 ? await loadConversations(options, options.datasets, dropped, tools) : [];
  let heldOut: Conversation[] = [];
  if (options.evalDatasets.length > 0) heldOut = await loadConversations(options, options.evalDatasets, dropped, tools);
  else if (options.valSize > 0) [rows, heldOut] = split(rows, options);
  const train = await encode(rows, options, tools, dropped);
  const evaluation = await encode(heldOut, options, tools, dropped);
  if (options.datasets.length > 0) checkTrainable(train.examples, dropped, options);
  return {
    train: train.examples,
    evaluation: evaluation.examples,
    dropped,
    truncated: train.truncated + evaluation.truncated,
  };
}

async function loadConversations(
  options: DataOptions,
  names: readonly string[],
  dropped: DroppedRow[],
  { progress }: DataTools,
): Promise<Conversation[]> {
  const entry = await openDatasetDir(options.datasetDir);
  const media = openMediaFolder(options.mediaDir);
  const sets: Conversation[][] = [];
  // a dataset that is named twice counts once, as upstream
  for (const name of new Set(names)) {
    const found = entry(name);
    checkRanking(found, options.stage);
    const set: Conversation[] = [];
    const columns = new Set<string>();
    let row = 0;
    for await (const { value } of readRows(found, options.datasetDir)) {
      if (isRow(value)) for (const name of Object.keys(value)) columns.add(name);
      if (options.maxSamples !== undefined && row >= options.maxSamples) break;
      const aligned = alignRow(value, found, { dataset: name, row }, media);
      if ('dropped' in aligned) dropped.push(aligned);
      else if (options.stage !== 'pt') refuseMedia(aligned);
      // upstream empties such rows and drops them later: they still count where sets are interleaved
      set.push('dropped' in aligned ? { dataset: name, row, messages: [], system: '', tools: '' } : aligned);
      row += 1;
      if (row % 1000 === 0) progress?.(row);
    }
    if (row === 0) throw new UserError('dataset-empty', `The dataset ${name} has no rows.`);
    checkColumns(found, columns);
    sets.push(set);
  }
  const order = interleave(sets.map((set) => set.length), options.mixStrategy, options.interleaveProbabilities, options.seed); // prettier-ignore
  return order.flatMap(([set, index]) => sets[set]?.[index] ?? []);
}

/** Throws RowError for a row that shows more than text: nothing here turns it into what a model takes. */
function refuseMedia(row: Conversation): void {
  if (!row.media) return;
  const kind = (['images', 'videos', 'audios'] as const).find((each) => (row.media?.[each].length ?? 0) > 0);
  throw new RowError(row, 'media-later', [], `has ${kind}, which Anneal can show but not train on yet: leave such datasets out`); // prettier-ignore
}

/** Throws UserError where a stage that reads pairs gets other rows, or the other way round. */
export function checkRanking({ name, ranking }: DatasetEntry, stage: Stage): void {
  const needed = stage === 'rm' || stage === 'dpo';
  if (ranking === needed) return;
  const what = ranking
    ? `holds preference pairs (ranking: true), which stage ${stage} cannot use: choose stage rm or dpo, or another dataset`
    : `does not hold preference pairs, which stage ${stage} needs: set ranking: true and the columns chosen and rejected in dataset_info.json`;
  throw new UserError('ranking-dataset', `The dataset ${name} ${what}.`);
}

/** Seeded, by our own permutation: upstream's is NumPy's and gives another choice of rows. */
function split(rows: readonly Conversation[], { valSize, seed }: DataOptions): [Conversation[], Conversation[]] {
  const size = valSize > 1 ? Math.floor(valSize) : valSize === 1 ? 1 : Math.ceil(valSize * rows.length);
  if (size >= rows.length) {
    throw new UserError(
      'val-size',
      `val_size takes ${size} of ${rows.length} rows and leaves none to train on: choose a smaller one.`,
    );
  }
  const order = permutation(rows.length, seed, 0);
  const pick = (indices: Int32Array): Conversation[] => [...indices].flatMap((index) => rows[index] ?? []);
  return [pick(order.subarray(size)), pick(order.subarray(0, size))];
}

async function encode(
  rows: readonly Conversation[],
  options: DataOptions,
  { tokenizer, template }: DataTools,
  dropped: DroppedRow[],
): Promise<{ examples: Example[]; truncated: number }> {
  const examples: Example[] = [];
  let truncated = 0;
  for (let start = 0; start < rows.length; start += options.preprocessingBatchSize) {
    const group = rows.slice(start, start + options.preprocessingBatchSize);
    if (options.stage === 'pt') {
      const usable = group.filter(({ messages }) => messages.length > 0);
      examples.push(...(await encodePretrain(usable, tokenizer, { ...options, template: options.templateName })));
      continue;
    }
    const known = new Set(dropped.map(({ dataset, row }) => `${dataset} ${row}`));
    const kept: Example[] = [];
    for (const encoded of await encodeSupervised(group, template, tokenizer, options)) {
      if ('dropped' in encoded) {
        if (!known.has(`${encoded.dataset} ${encoded.row}`)) dropped.push(encoded);
        continue;
      }
      const [origin] = encoded.example.origins;
      if (options.packing && encoded.example.ids.length > options.cutoffLength && origin) {
        dropped.push({
          ...origin,
          at: [],
          code: 'too-long-to-pack',
          dropped: `it has more than ${options.cutoffLength} tokens and packing does not cut`,
        });
        continue;
      }
      if (encoded.truncated) truncated += 1;
      kept.push(encoded.example);
    }
    const packed = options.packing
      ? packExamples(kept, { blockLength: options.blockLength, padId: tokenizer.padId, neat: options.neatPacking })
      : kept;
    examples.push(...packed);
  }
  return { examples, truncated };
}

function checkTrainable(examples: readonly Example[], dropped: readonly DroppedRow[], options: DataOptions): void {
  const names = options.datasets.join(', ');
  if (examples.length === 0) {
    const [first] = dropped;
    const why = first
      ? ` ${dropped.length} rows were left out, the first (row ${first.row + 1} of ${first.dataset}) because ${first.dropped}.`
      : options.stage === 'pt'
        ? ` The texts together have fewer than cutoff_len (${options.cutoffLength}) tokens: lower cutoff_len or set packing: false.`
        : '';
    throw new UserError('no-examples', `No row of ${names} can be used.${why}`);
  }
  if (!examples.some(({ labels }) => labels.some((label, i) => i > 0 && label !== IGNORED))) {
    throw new UserError(
      'nothing-trained',
      `No token of ${names} would be trained: all labels are masked. Look at a row with "anneal preview".`,
    );
  }
}
