// A table of tokenised rows in shards: read when they are asked for, a few of them held, made again where they are gone or damaged.
import { UserError } from '../../errors.ts';
import type { Dropped, KeptRow, RowTable } from '../row-table.ts';
import type { Manifest } from './manifest.ts';
import { Shard } from './shard.ts';

export interface ShardSource {
  /** The stream kept under a name; undefined where it is gone or damaged. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Makes the shard of rows [from, to) again; undefined where the rows are no longer what they were. */
  remake(name: string, from: number, to: number): Promise<Uint8Array | undefined>;
}

/** Bytes of shards that are held. */
const HELD = 96 << 20;

export class ShardedTable implements RowTable {
  readonly dataset: string;
  readonly lengths: Int32Array;
  readonly dropped: Dropped;
  readonly truncated: number;
  readonly trains: boolean;
  readonly hash: string;
  readonly #numbers: Int32Array;
  readonly #shards: Manifest['shards'];
  /** First row of each shard, and the number of all rows. */
  readonly #starts: Int32Array;
  readonly #source: ShardSource;
  readonly #held = new Map<number, { readonly shard: Shard; readonly bytes: number }>();
  #heldBytes = 0;

  constructor(dataset: string, manifest: Manifest, source: ShardSource) {
    this.dataset = dataset;
    this.lengths = manifest.lengths;
    this.dropped = manifest.dropped;
    this.truncated = manifest.truncated;
    this.trains = manifest.trains;
    this.hash = manifest.hash;
    this.#numbers = manifest.numbers;
    this.#shards = manifest.shards;
    this.#source = source;
    this.#starts = new Int32Array(manifest.shards.length + 1);
    for (const [i, { rows }] of manifest.shards.entries()) this.#starts[i + 1] = (this.#starts[i] ?? 0) + rows;
  }

  async read(rows: ArrayLike<number>): Promise<KeptRow[]> {
    const found: KeptRow[] = [];
    for (const row of Array.from(rows)) {
      const number = this.#shardOf(row);
      const shard = this.#held.get(number)?.shard ?? (await this.#load(number));
      const origin = { dataset: this.dataset, row: this.#numbers[row] ?? row };
      found.push(shard.row(row - (this.#starts[number] ?? 0), origin));
    }
    return found;
  }

  #shardOf(row: number): number {
    let low = 0;
    let high = this.#shards.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #load(number: number): Promise<Shard> {
    const name = this.#shards[number]?.name ?? '';
    const [from, to] = [this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0];
    const stream = (await this.#source.read(name)) ?? (await this.#source.remake(name, from, to));
    if (!stream) {
      throw new UserError(
        'data-changed',
        `Rows ${from + 1} to ${to} of the dataset ${this.dataset} have changed since the run began, and what was made of them is gone: start the run again.`,
        { status: 1 },
      );
    }
    const shard = new Shard(stream);
    // the map's order is that of loading: the oldest goes first
    this.#held.set(number, { shard, bytes: stream.byteLength });
    this.#heldBytes += stream.byteLength;
    for (const [oldest, { bytes }] of this.#held) {
      if (this.#heldBytes <= HELD || this.#held.size === 1) break;
      this.#held.delete(oldest);
      this.#heldBytes -= bytes;
    }
    return shard;
  }
}
