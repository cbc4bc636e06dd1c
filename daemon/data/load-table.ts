// One dataset from its files to a table of tokenised rows, by way of the cache where there is one: rows are gathered into shards,
// and only shards that are not kept yet are aligned and tokenised.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { DatasetEntry } from '../recipe/dataset-info.ts';
import { checkColumns } from './align/align.ts';
import { isRow } from './align/row.ts';
import { digest, methodOf, ShardNamer } from './cache/address.ts';
import { decodeManifest, encodeManifest, type Manifest } from './cache/manifest.ts';
import { makeShard } from './cache/make-shard.ts';
import { Shard } from './cache/shard.ts';
import { ShardedTable, type ShardSource } from './cache/sharded-table.ts';
import { Store, type CacheSettings } from './cache/store.ts';
import type { DropCode } from './conversation.ts';
import type { DataOptions } from './options.ts';
import type { ShardThreads } from './parallel/threads.ts';
import { Dropped, type RowTable } from './row-table.ts';
import { filesOf } from './source/files.ts';
import { fingerprint } from './source/index/fingerprint.ts';
import { openDataset } from './source/index/open-dataset.ts';
import type { SourceRow } from './source/row.ts';
import { takenBlocks } from './source/taken-rows.ts';
import type { Template } from './template/registry.ts';
import type { RowTokeniser } from './stage-rows.ts';

export interface TableTools {
  readonly tokenise: RowTokeniser;
  readonly template: Template;
  /** What the tokenizer's ids depend on; undefined where that cannot be told, and nothing may be kept. */
  readonly tokenizerIdentity: string | undefined;
  readonly cache?: CacheSettings | undefined;
  /** Threads that make shards; undefined: this one does. */
  readonly threads?: ShardThreads | undefined;
  /** Told now and then how many rows were read. */
  readonly progress?: ((rows: number) => void) | undefined;
  /** Told when another run is making the same shards, and this one waits for it. */
  readonly waiting?: (() => void) | undefined;
}

/** Opens, or reads, aligns and tokenises a dataset. Throws UserError for what stops a run: no rows, broken ones, a missing column. */
export async function loadTable(entry: DatasetEntry, options: DataOptions, tools: TableTools): Promise<RowTable> {
  const { cache, tokenizerIdentity, template } = tools;
  const method = methodOf(entry, options, template, tokenizerIdentity ?? '');
  const store = cache && tokenizerIdentity !== undefined ? new Store(cache, method) : undefined;
  const maker = new TableMaker(entry, options, tools, method, store);
  if (!store) return maker.make();
  await store.use();
  const name = await manifestName(entry, options);
  const opened = await maker.open(name);
  if (opened) return opened;
  return store.alone(
    name,
    async () => {
      const meanwhile = await maker.open(name);
      if (meanwhile) return meanwhile;
      const table = await maker.make(async (manifest) => {
        // only what the files still are may be kept
        if ((await manifestName(entry, options)) === name) await store.write(name, encodeManifest(manifest));
      });
      await store.trim();
      return table;
    },
    () => tools.waiting?.(),
  );
}

/** By the state of the files: their sizes, times of change and samples of their bytes. */
async function manifestName(entry: DatasetEntry, options: DataOptions): Promise<string> {
  const files = await filesOf(entry, options.datasetDir, options.source);
  const states = await Promise.all(files.map(async (path) => ({ path, ...(await fingerprint(path)) })));
  // the seed decides which rows num_samples draws
  const drawn = entry.numSamples === undefined ? null : { rows: entry.numSamples, seed: options.seed };
  return digest({ states, maxSamples: options.maxSamples ?? null, drawn });
}

const WRITTEN_AT_ONCE = 4;

class TableMaker implements ShardSource {
  readonly #entry: DatasetEntry;
  readonly #options: DataOptions;
  readonly #tools: TableTools;
  readonly #method: string;
  readonly #store: Store | undefined;
  /** Shards that are not on disk, or not yet. */
  readonly #inMemory = new Map<string, Uint8Array>();
  /** Files that are being written. */
  #writing: Promise<void>[] = [];

  constructor(entry: DatasetEntry, options: DataOptions, tools: TableTools, method: string, store: Store | undefined) {
    this.#entry = entry;
    this.#options = options;
    this.#tools = tools;
    this.#method = method;
    this.#store = store;
  }

  get #keeps(): boolean {
    return this.#store !== undefined && this.#tools.cache?.overwrite !== true;
  }

  /** The table of a manifest that is kept, if all of its shards are. */
  async open(name: string): Promise<RowTable | undefined> {
    const store = this.#store;
    if (!store || !this.#keeps || !(await store.has(name))) return undefined;
    const stream = await store.read(name);
    if (!stream) return undefined;
    const manifest = decodeManifest(stream, this.#entry.name);
    for (const shard of manifest.shards) if (!(await store.has(shard.name))) return undefined;
    return new ShardedTable(this.#entry.name, manifest, this);
  }

  /** Reads all rows and makes the shards that are not kept. */
  async make(done?: (manifest: Manifest) => Promise<void>): Promise<RowTable> {
    const building = new ManifestBuilder(this.#entry.name);
    const columns = new Set<string>();
    const namer = new ShardNamer(this.#method);
    const pending: SourceRow[] = [];
    const making: { readonly rows: readonly SourceRow[]; readonly shard: Promise<[string, Shard]> }[] = [];
    // shards are made beside each other, but taken in their order
    const take = async (): Promise<void> => {
      const first = making.shift();
      if (!first) return;
      building.add(...(await first.shard), first.rows);
      this.#tools.progress?.(building.rows);
    };
    const flush = async (): Promise<void> => {
      const rows = pending.splice(0);
      const shard = this.#shard(namer.take(), rows);
      // heard of when it is its turn
      shard.catch(() => undefined);
      making.push({ rows, shard });
      if (making.length > (this.#tools.threads?.count ?? 0) * 2) await take();
    };
    for await (const rows of this.#taken()) {
      for (const row of rows) {
        if (isRow(row.value)) for (const name in row.value) columns.add(name);
        pending.push(row);
        if (namer.add(row)) await flush();
      }
    }
    if (building.rows + making.length + pending.length === 0) {
      throw new UserError('dataset-empty', `The dataset ${this.#entry.name} has no rows.`);
    }
    checkColumns(this.#entry, columns);
    if (pending.length > 0) await flush();
    while (making.length > 0) await take();
    await Promise.all(this.#writing);
    const manifest = building.done();
    await done?.(manifest);
    return new ShardedTable(this.#entry.name, manifest, this);
  }

  #taken(): AsyncGenerator<readonly SourceRow[]> {
    const { datasetDir, source, maxSamples, seed } = this.#options;
    return takenBlocks(this.#entry, datasetDir, { ...source, maxSamples, seed });
  }

  async #shard(name: string, rows: readonly SourceRow[]): Promise<[string, Shard]> {
    const kept = this.#keeps ? await this.read(name) : undefined;
    if (kept) {
      await this.#store?.has(name);
      return [name, new Shard(kept)];
    }
    const stream = await this.#tokenise(rows);
    this.#inMemory.set(name, stream);
    if (this.#store) await this.#write(name, stream, this.#store);
    return [name, new Shard(stream)];
  }

  /** Begins to write a shard; waits only where the disk is behind. */
  async #write(name: string, stream: Uint8Array, store: Store): Promise<void> {
    const writing = store.write(name, stream).then((written) => {
      if (written) this.#inMemory.delete(name);
      this.#writing = this.#writing.filter((each) => each !== writing);
    });
    this.#writing.push(writing);
    if (this.#writing.length > WRITTEN_AT_ONCE) await this.#writing[0];
  }

  async #tokenise(rows: readonly SourceRow[]): Promise<Uint8Array> {
    // rows that stop the run are looked at again here, where the error can be thrown as it is
    return (
      (await this.#tools.threads?.make(this.#entry, rows)) ??
      (await makeShard(rows, this.#entry, this.#options, this.#tools.tokenise))
    );
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#inMemory.get(name) ?? (await this.#store?.read(name));
  }

  async remake(name: string, from: number, to: number): Promise<Uint8Array | undefined> {
    const rows: SourceRow[] = [];
    const namer = new ShardNamer(this.#method);
    for await (const row of this.#between(from, to)) {
      rows.push(row);
      namer.add(row);
    }
    if (namer.take() !== name) return undefined;
    const stream = await this.#tokenise(rows);
    await this.#store?.write(name, stream);
    return stream;
  }

  /** Rows [from, to) of those that are taken. */
  async *#between(from: number, to: number): AsyncGenerator<SourceRow> {
    if (this.#entry.numSamples === undefined) {
      const dataset = await openDataset(this.#entry, this.#options.datasetDir, this.#options.source);
      try {
        yield* dataset.readRows(from, to);
      } finally {
        await dataset.close();
      }
      return;
    }
    let place = 0;
    for await (const rows of this.#taken()) {
      for (const row of rows) {
        if (place >= from) yield row;
        place += 1;
        if (place >= to) return;
      }
    }
  }
}

/** Gathers what is to be known of a table from its shards. */
class ManifestBuilder {
  readonly #dataset: string;
  readonly #shards: { name: string; rows: number }[] = [];
  readonly #dropped = new Dropped();
  readonly #hash = createHash('sha256');
  #lengths = new Int32Array(4096);
  /** Numbers of the rows in their dataset. */
  #numbers = new Int32Array(4096);
  #truncated = 0;
  #trains = false;
  rows = 0;

  constructor(dataset: string) {
    this.#dataset = dataset;
  }

  add(name: string, shard: Shard, rows: readonly SourceRow[]): void {
    const { head } = shard;
    this.#lengths = withRoom(this.#lengths, this.rows + head.rows);
    this.#numbers = withRoom(this.#numbers, this.rows + head.rows);
    for (const [i, { row }] of rows.entries()) {
      this.#lengths[this.rows + i] = shard.length(i);
      this.#numbers[this.rows + i] = row;
    }
    for (const [i, code, why, at] of head.dropped)
      this.#dropped.add({ dataset: this.#dataset, row: rows[i]?.row ?? 0, code: code as DropCode, dropped: why, at });
    this.#shards.push({ name, rows: head.rows });
    this.#hash.update(head.hash);
    this.#truncated += head.truncated;
    this.#trains ||= head.trains;
    this.rows += head.rows;
  }

  done(): Manifest {
    return {
      shards: this.#shards,
      lengths: this.#lengths.slice(0, this.rows),
      numbers: this.#numbers.slice(0, this.rows),
      truncated: this.#truncated,
      trains: this.#trains,
      hash: this.#hash.digest('hex'),
      dropped: this.#dropped,
    };
  }
}

function withRoom(values: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (values.length >= length) return values;
  const more = new Int32Array(Math.max(values.length * 2, length));
  more.set(values);
  return more;
}
