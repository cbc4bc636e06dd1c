// One dataset from its files to a table of tokenised rows.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { DatasetEntry } from '../recipe/dataset-info.ts';
import { alignRow, checkColumns } from './align/align.ts';
import { isRow, RowError } from './align/row.ts';
import type { Conversation, DroppedRow } from './conversation.ts';
import { IGNORED, type Example } from './example.ts';
import type { DataOptions, Stage } from './options.ts';
import { Dropped, type RowTable, type TokenisedRow } from './row-table.ts';
import { openMediaFolder } from './source/media-folder.ts';
import { takenRows } from './source/taken-rows.ts';
import type { RowTokeniser } from './tokenise-rows.ts';

/** Rows that are tokenised with one call. */
const AT_ONCE = 1000;

export interface TableTools {
  readonly tokenise: RowTokeniser;
  /** Told now and then how many rows were read. */
  readonly progress?: ((rows: number) => void) | undefined;
}

/** Reads, aligns and tokenises a dataset. Throws UserError for what stops a run: no rows, broken ones, a column that is missing. */
export async function loadTable(entry: DatasetEntry, options: DataOptions, tools: TableTools): Promise<RowTable> {
  const table = new MemoryTable(entry.name);
  const aligned: (Conversation | DroppedRow)[] = [];
  const columns = new Set<string>();
  const media = openMediaFolder(options.mediaDir);
  let rows = 0;
  const { maxSamples, seed } = options;
  for await (const { value, row } of takenRows(entry, options.datasetDir, { ...options.source, maxSamples, seed })) {
    if (isRow(value)) for (const name of Object.keys(value)) columns.add(name);
    const found = alignRow(value, entry, { dataset: entry.name, row }, media);
    if (!('dropped' in found) && options.stage !== 'pt') refuseMedia(found);
    aligned.push(found);
    rows += 1;
    if (aligned.length === AT_ONCE) {
      await addRows(table, aligned.splice(0), tools.tokenise);
      tools.progress?.(rows);
    }
  }
  if (rows === 0) throw new UserError('dataset-empty', `The dataset ${entry.name} has no rows.`);
  checkColumns(entry, columns);
  await addRows(table, aligned, tools.tokenise);
  return table.done();
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

/** Throws RowError for a row that shows more than text: nothing here turns it into what a model takes. */
function refuseMedia(row: Conversation): void {
  if (!row.media) return;
  const kind = (['images', 'videos', 'audios'] as const).find((each) => (row.media?.[each].length ?? 0) > 0);
  throw new RowError(row, 'media-later', [], `has ${kind}, which Anneal can show but not train on yet: leave such datasets out`); // prettier-ignore
}

async function addRows(
  table: MemoryTable,
  aligned: readonly (Conversation | DroppedRow)[],
  tokenise: RowTokeniser,
): Promise<void> {
  const usable = aligned.filter((row): row is Conversation => !('dropped' in row));
  const tokenised = await tokenise(usable);
  let next = 0;
  for (const row of aligned) {
    const result = 'dropped' in row ? row : tokenised[next++];
    if (result) table.add(result);
  }
}

/** A table that is built row by row and held in memory. */
class MemoryTable {
  readonly #dataset: string;
  readonly #dropped = new Dropped();
  readonly #examples: (Example | undefined)[] = [];
  readonly #hash = createHash('sha256');
  #truncated = 0;
  #trains = false;

  constructor(dataset: string) {
    this.#dataset = dataset;
  }

  add(row: TokenisedRow | DroppedRow): void {
    if ('dropped' in row) {
      this.#dropped.add(row);
      this.#examples.push(undefined);
      return;
    }
    const { example } = row;
    if (row.truncated) this.#truncated += 1;
    this.#trains ||= example.labels.some((label, i) => i > 0 && label !== IGNORED);
    this.#hash.update(example.ids).update(example.labels);
    if (example.weights) this.#hash.update(example.weights);
    this.#examples.push(example);
  }

  done(): RowTable {
    const examples = this.#examples;
    return {
      dataset: this.#dataset,
      lengths: Int32Array.from(examples, (example) => example?.ids.length ?? -1),
      dropped: this.#dropped,
      truncated: this.#truncated,
      trains: this.#trains,
      hash: this.#hash.digest('hex'),
      read: (rows) => Promise.resolve(Array.from(rows).flatMap((row) => examples[row] ?? [])),
    };
  }
}
