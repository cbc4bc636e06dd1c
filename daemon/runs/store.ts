// All runs, in memory and in their folders. Only the daemon that holds the lease writes here.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { asHomeError, runFolder, writePrivate, type Home, type RunFolder } from './home.ts';
import { runRecord, type RunRecord } from './record.ts';
import { hasEnded } from './states.ts';

export type StoreListener = (change: { readonly id: string; readonly removed: boolean }) => void;

export class RunStore {
  readonly #home: Home;
  readonly #records: Map<string, RunRecord>;
  readonly #writes = new Map<string, Promise<void>>();
  readonly #listeners = new Set<StoreListener>();
  /** Counts the changes of each run. */
  readonly #versions = new Map<string, number>();

  private constructor(home: Home, records: Map<string, RunRecord>) {
    this.#home = home;
    this.#records = records;
  }

  /** Reads every run. A record that cannot be read is told to `damaged` and left alone. */
  static async open(home: Home, damaged: (folder: string) => void): Promise<RunStore> {
    const records = await readAll(home.runs, damaged);
    return new RunStore(home, new Map(records.map((record) => [record.id, record])));
  }

  /** Told after every change; what it throws is a bug. */
  onChange(listener: StoreListener): void {
    this.#listeners.add(listener);
  }

  /** How often a run has changed since this daemon began. */
  version(id: string): number {
    return this.#versions.get(id) ?? 0;
  }

  /** Resolves when a run has changed since a version, or when the signal is aborted. */
  waitForChange(id: string, version: number, signal: AbortSignal): Promise<void> {
    if (this.version(id) !== version || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const listener: StoreListener = (change) => {
        if (change.id === id) done();
      };
      const done = (): void => {
        this.#listeners.delete(listener);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#listeners.add(listener);
      signal.addEventListener('abort', done);
    });
  }

  /** Newest first. */
  list(): RunRecord[] {
    return [...this.#records.values()].sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  /** Throws UserError where there is no such run. */
  get(id: string): RunRecord {
    const record = this.#records.get(id);
    if (!record) throw new UserError('run-missing', `There is no run ${id}: "anneal runs" lists them.`);
    return record;
  }

  folder(id: string): RunFolder {
    return runFolder(join(this.#home.runs, id));
  }

  async add(record: RunRecord, recipe: string): Promise<void> {
    const files = this.folder(record.id);
    try {
      await mkdir(files.folder, { mode: 0o700 });
      await writePrivate(files.recipe, recipe);
      // the record comes last: a folder without one is no run
      await writePrivate(files.record, text(record));
    } catch (error) {
      await rm(files.folder, { recursive: true, force: true });
      throw asHomeError(error, files.folder);
    }
    this.#records.set(record.id, record);
    this.#tell(record.id, false);
  }

  /** Changes a record and brings it to the disk. Throws UserError where that is full; the change then holds in memory only. */
  async update(id: string, change: Partial<RunRecord>): Promise<RunRecord> {
    const record = this.touch(id, change);
    // one write after the other, and only the newest state of several that wait
    const before = this.#writes.get(id) ?? Promise.resolve();
    const write = before
      .catch(() => undefined)
      .then(async () => {
        const now = this.#records.get(id);
        if (now) await writePrivate(this.folder(id).record, text(now));
      });
    this.#writes.set(id, write);
    try {
      await write;
    } finally {
      if (this.#writes.get(id) === write) this.#writes.delete(id);
    }
    return record;
  }

  /** Changes a record as somebody has asked for it: what cannot be written is taken back. Throws UserError where the disk is full. */
  async change(id: string, change: Partial<RunRecord>): Promise<RunRecord> {
    const before = this.get(id);
    try {
      return await this.update(id, change);
    } catch (error) {
      const taken = Object.keys(change).map((key) => [key, before[key as keyof RunRecord]] as const);
      if (this.has(id)) this.touch(id, Object.fromEntries(taken));
      throw error;
    }
  }

  /** Resolves when everything that was changed is on the disk, or has failed to get there. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#writes.values());
  }

  /** Changes a record in memory only: what the log tells again need not be written. */
  touch(id: string, change: Partial<RunRecord>): RunRecord {
    const record = { ...this.get(id), ...change };
    this.#records.set(id, record);
    this.#tell(id, false);
    return record;
  }

  async recipe(id: string): Promise<string> {
    return await readFile(this.folder(id).recipe, 'utf8');
  }

  /** Moves a run to the trash. */
  async discard(id: string): Promise<void> {
    this.get(id);
    await this.#writes.get(id)?.catch(() => undefined);
    await rm(join(this.#home.trash, id), { recursive: true, force: true });
    await rename(this.folder(id).folder, join(this.#home.trash, id));
    this.#records.delete(id);
    this.#tell(id, true);
  }

  /** Runs in the trash, newest first. */
  async trash(): Promise<RunRecord[]> {
    return (await readAll(this.#home.trash, () => undefined)).sort((a, b) => b.created - a.created);
  }

  /** Throws UserError where the trash does not hold the run. */
  async restore(id: string): Promise<RunRecord> {
    const kept = await this.#discarded(id);
    // only runs that had ended were discarded, whatever a full disk has kept from being written
    const record = hasEnded(kept.state) ? kept : { ...kept, state: 'stopped' as const, rank: null };
    await rename(join(this.#home.trash, id), this.folder(id).folder);
    this.#records.set(id, record);
    this.#tell(id, false);
    return record;
  }

  async purge(id: string): Promise<void> {
    await this.#discarded(id);
    await rm(join(this.#home.trash, id), { recursive: true, force: true });
  }

  async #discarded(id: string): Promise<RunRecord> {
    const record = await readRecord(join(this.#home.trash, id));
    if (!record) throw new UserError('run-missing', `There is no run ${id} in the trash.`);
    return record;
  }

  #tell(id: string, removed: boolean): void {
    this.#versions.set(id, this.version(id) + 1);
    for (const listener of this.#listeners) listener({ id, removed });
  }
}

const text = (record: RunRecord): string => `${JSON.stringify(record, null, 1)}\n`;

async function readRecord(folder: string): Promise<RunRecord | undefined> {
  try {
    return runRecord.safeParse(JSON.parse(await readFile(runFolder(folder).record, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Files read at the same time. */
const AT_ONCE = 32;

async function readAll(folder: string, damaged: (folder: string) => void): Promise<RunRecord[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const records: RunRecord[] = [];
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const group = names.slice(start, start + AT_ONCE);
    const found = await Promise.all(group.map((name) => readRecord(join(folder, name))));
    for (const [i, record] of found.entries()) {
      if (record?.id === group[i] && record) records.push(record);
      else if (existsSync(runFolder(join(folder, group[i] ?? '')).record)) damaged(join(folder, group[i] ?? ''));
    }
  }
  return records;
}
