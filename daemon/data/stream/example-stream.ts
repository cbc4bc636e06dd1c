// Examples as they are read, without ever holding a whole dataset: rows are mixed, shuffled within a buffer, and a group of
// preprocessing_batch_size of them at a time is tokenised and arranged. A place in the stream is three numbers: going on from it
// means reading the epoch's rows again up to there, untokenised.
import { UserError } from '../../errors.ts';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import { alignRow, checkColumns } from '../align/align.ts';
import { isRow } from '../align/row.ts';
import { arrange } from '../arrange/arrange.ts';
import { encodeShard, Shard } from '../cache/shard.ts';
import { refuseMedia } from '../check-rows.ts';
import type { Conversation, DropCode } from '../conversation.ts';
import type { Origin, StageExamples } from '../example.ts';
import { eachExample } from '../example-set.ts';
import { checkProbabilities } from '../mix.ts';
import type { DataOptions, Stage } from '../options.ts';
import { mix } from '../order.ts';
import { Dropped, type RowTable } from '../row-table.ts';
import { openMediaFolder } from '../source/media-folder.ts';
import type { SourceRow } from '../source/row.ts';
import { readRows } from '../source/source.ts';
import type { RowTokeniser } from '../stage-rows.ts';
import { mixedStream, type StreamRow } from './mixed-stream.ts';
import { shuffled } from './shuffle-buffer.ts';

/** A place between two examples. */
export interface StreamPosition {
  readonly epoch: number;
  /** Rows of the epoch, in its order, whose groups are used up. */
  readonly rows: number;
  /** Examples used of the group that comes next. */
  readonly used: number;
}

export const streamStart: StreamPosition = { epoch: 0, rows: 0, used: 0 };

export interface StreamedExample<S extends Stage = 'pt' | 'sft'> {
  readonly example: StageExamples[S];
  /** The place behind it. */
  readonly next: StreamPosition;
}

export interface StreamTools {
  readonly tokenise: RowTokeniser;
  readonly padId: number;
  readonly blockStart: number | undefined;
}

/** Rows of a set of which one has to have each column that is named. */
const CHECKED = 1000;

type Row = Pick<SourceRow, 'value' | 'row' | 'text'>;

export class ExampleStream<S extends Stage = 'pt' | 'sft'> {
  readonly #entries: readonly DatasetEntry[];
  readonly #options: DataOptions<S>;
  readonly #tools: StreamTools;
  /** Rows that evaluation has, as "set row". */
  readonly #heldOut = new Set<string>();
  /** What was left out of everything tokenised so far; rows of later epochs count again. */
  readonly dropped = new Dropped();
  truncated = 0;

  /** Throws UserError for shares that do not fit the sets. */
  constructor(entries: readonly DatasetEntry[], options: DataOptions<S>, tools: StreamTools) {
    const { interleaveProbabilities: shares, mixStrategy } = options;
    if (shares && entries.length > 1) checkProbabilities(shares, entries.length, mixStrategy);
    this.#entries = entries;
    this.#options = options;
    this.#tools = tools;
  }

  /**
   * The examples of an epoch from a place in it on. Throws UserError where an epoch has none, and for rows that stop a run.
   */
  async *examples(from: StreamPosition): AsyncGenerator<StreamedExample<S>> {
    const { epoch } = from;
    const group: StreamRow<Row>[] = [];
    let { rows, used } = from;
    let skip = rows;
    let some = rows > 0 || used > 0;
    for await (const row of this.#rows(epoch)) {
      if (skip > 0) {
        skip -= 1;
        continue;
      }
      group.push(row);
      if (group.length < this.#options.preprocessingBatchSize) continue;
      for await (const found of this.#group(group, { epoch, rows, used })) {
        some = true;
        yield found;
      }
      rows += group.length;
      used = 0;
      group.length = 0;
    }
    for await (const found of this.#group(group, { epoch, rows, used })) {
      some = true;
      yield found;
    }
    if (!some) throw this.#nothing();
  }

  /** Takes the first rows of the stream out of it, for evaluation, and makes examples of them. */
  async holdOut(count: number): Promise<StageExamples[S][]> {
    const group: StreamRow<Row>[] = [];
    for await (const row of this.#rows(0)) {
      group.push(row);
      if (group.length === count) break;
    }
    for (const { set, row } of group) this.#heldOut.add(`${set} ${row.row}`);
    const examples: StageExamples[S][] = [];
    for (let start = 0; start < group.length; start += this.#options.preprocessingBatchSize)
      examples.push(...(await this.#encode(group.slice(start, start + this.#options.preprocessingBatchSize))));
    return examples;
  }

  /** An epoch's rows in its order, without those that are held out. */
  async *#rows(epoch: number): AsyncGenerator<StreamRow<Row>> {
    const { mixStrategy, interleaveProbabilities, seed, bufferSize } = this.#options;
    const key = mix(seed, epoch);
    const open = this.#entries.map((entry) => () => checkedRows(entry, this.#options, epoch === 0));
    const mixed = mixedStream<Row>(open, mixStrategy, interleaveProbabilities, mix(key, 0));
    for await (const row of shuffled(mixed, bufferSize, mix(key, 1)))
      if (!this.#heldOut.has(`${row.set} ${row.row.row}`)) yield row;
  }

  async *#group(rows: readonly StreamRow<Row>[], from: StreamPosition): AsyncGenerator<StreamedExample<S>> {
    const examples = rows.length > 0 ? await this.#encode(rows) : [];
    for (let used = from.used; used < examples.length; used++) {
      const next = used + 1 < examples.length ? { ...from, used: used + 1 } : { ...from, rows: from.rows + rows.length, used: 0 }; // prettier-ignore
      yield { example: examples[used] as StageExamples[S], next };
    }
  }

  /** A group as examples: a small table of its own, arranged. */
  async #encode(rows: readonly StreamRow<Row>[]): Promise<StageExamples[S][]> {
    const { mediaDir, stage } = this.#options;
    const media = openMediaFolder(mediaDir);
    const aligned = rows.map(({ set, row }) => {
      const entry = this.#entries[set] as DatasetEntry;
      const found = alignRow(row.value, entry, { dataset: entry.name, row: row.row }, media, row.text);
      if (!('dropped' in found) && stage !== 'pt') refuseMedia(found);
      return found;
    });
    const usable = aligned.filter((row): row is Conversation => !('dropped' in row));
    const tokenised = await this.#tools.tokenise(usable);
    let next = 0;
    const shard = new Shard(encodeShard(aligned.flatMap((row) => ('dropped' in row ? row : (tokenised[next++] ?? []))))); // prettier-ignore
    this.truncated += shard.head.truncated;
    for (const [place, code, why, at] of shard.head.dropped) {
      const { set, row } = rows[place] as StreamRow<Row>;
      this.dropped.add({ dataset: this.#entries[set]?.name ?? '', row: row.row, code: code as DropCode, dropped: why, at }); // prettier-ignore
    }
    const order = { sets: new Int32Array(rows.length), rows: Int32Array.from(rows, (_, i) => i) };
    const { padId, blockStart } = this.#tools;
    const arranged = arrange({ tables: [this.#tableOf(rows, shard)], order }, this.#options, { padId, blockStart, dropped: this.dropped }); // prettier-ignore
    const examples: StageExamples[S][] = [];
    for await (const example of eachExample(arranged)) examples.push(example);
    return examples;
  }

  #tableOf(rows: readonly StreamRow<Row>[], shard: Shard): RowTable {
    const originOf = (place: number): Origin => {
      const { set, row } = rows[place] as StreamRow<Row>;
      return { dataset: this.#entries[set]?.name ?? '', row: row.row };
    };
    return {
      dataset: this.#entries.map(({ name }) => name).join(', '),
      lengths: Int32Array.from(rows, (_, place) => shard.length(place)),
      dropped: new Dropped(),
      truncated: shard.head.truncated,
      trains: shard.head.trains,
      hash: shard.head.hash,
      read: (places) => Promise.resolve(Array.from(places, (place) => shard.row(place, originOf(place)))),
    };
  }

  #nothing(): UserError {
    const names = this.#entries.map(({ name }) => name).join(', ');
    const [reason] = this.dropped.reasons;
    const why = reason ? ` The first that is left out is row ${reason.first.row + 1} of ${reason.first.dataset}, because ${reason.first.dropped}.` : ''; // prettier-ignore
    return new UserError('no-examples', `No row of ${names} can be used for training.${why}`);
  }
}

/** Rows of a set. Throws UserError where it has none, or, with `checks`, where its first ones lack a column that is named. */
async function* checkedRows(
  entry: DatasetEntry,
  { datasetDir, source }: DataOptions,
  checks: boolean,
): AsyncGenerator<Row> {
  // prettier-ignore
  const columns = new Set<string>();
  let count = 0;
  for await (const { value, row, text } of readRows(entry, datasetDir, source)) {
    if (checks && count < CHECKED && isRow(value)) for (const name of Object.keys(value)) columns.add(name);
    count += 1;
    if (checks && count === CHECKED) checkColumns(entry, columns);
    yield { value, row, text };
  }
  if (count === 0) throw new UserError('dataset-empty', `The dataset ${entry.name} has no rows.`);
  if (checks && count < CHECKED) checkColumns(entry, columns);
}
