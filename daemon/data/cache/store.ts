// The cache on disk: a folder for each way of making tokens (address.ts), in it shards and manifests, each file whole or not there.
// Several runs share it: files appear at once, a lock lets one run make what another waits for, and what a living run reads stays.
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, holderOfLock, LockHeld } from '../../lock.ts';
import { writeWhole } from '../source/cache-folder.ts';
import { sealOf, unseal } from './sealed.ts';

export interface CacheSettings {
  /** Folder of all shards. */
  readonly folder: string;
  /** Bytes it may take; the files that were not used for longest go first. */
  readonly limit: number;
  /** Nothing that is kept is read; what is made replaces it. */
  readonly overwrite: boolean;
  readonly now: () => Date;
}

const ENDING = '.arrow';
const IN_USE = 'used-by-';
/** Milliseconds between looks at a lock. */
const PATIENCE = 150;

/** One way's folder. Writing never fails: `write` says whether it could. */
export class Store {
  readonly #settings: CacheSettings;
  readonly #folder: string;

  constructor(settings: CacheSettings, method: string) {
    this.#settings = settings;
    this.#folder = join(settings.folder, method);
  }

  #path(name: string): string {
    return join(this.#folder, `${name}${ENDING}`);
  }

  /** The stream kept under a name, marked as used now; undefined where there is none, or a damaged one. */
  async read(name: string): Promise<Buffer | undefined> {
    const path = this.#path(name);
    const bytes = await readFile(path).catch(() => undefined);
    return bytes && unseal(bytes);
  }

  /** Whether a file is there; marks it as used now. What is in it is only known once it is read. */
  async has(name: string): Promise<boolean> {
    const now = this.#settings.now();
    return utimes(this.#path(name), now, now).then(
      () => true,
      () => false,
    );
  }

  async write(name: string, stream: Uint8Array): Promise<boolean> {
    return writeWhole(this.#path(name), [stream, sealOf(stream)], false).then(
      () => true,
      () => false,
    );
  }

  /** Keeps the folder from being cleared while this process lives; resolves to what ends that. */
  async use(): Promise<() => Promise<void>> {
    const path = join(this.#folder, `${IN_USE}${process.pid}`);
    try {
      await mkdir(this.#folder, { recursive: true });
      return await acquireLock(path, process.pid);
    } catch {
      // held by this process already, or nothing can be written here
      return () => Promise.resolve();
    }
  }

  /**
   * Does some work while no other process does the same; `waiting` is told once if another is at it. Where no lock can be written
   * the work is done all the same: it is only done twice.
   */
  async alone<T>(name: string, work: () => Promise<T>, waiting: () => void): Promise<T> {
    const release = await this.#lock(name, waiting);
    try {
      return await work();
    } finally {
      await release();
    }
  }

  async #lock(name: string, waiting: () => void): Promise<() => Promise<void>> {
    const path = join(this.#folder, `${name}.lock`);
    for (let told = false; ; told = true) {
      try {
        await mkdir(this.#folder, { recursive: true });
        return await acquireLock(path, process.pid);
      } catch (error) {
        if (!(error instanceof LockHeld) || error.holder.pid === process.pid) return () => Promise.resolve();
        if (!told) waiting();
        await new Promise((resolve) => setTimeout(resolve, PATIENCE));
      }
    }
  }

  /** Removes what was not used for longest until the cache fits its limit. Folders that living processes use are left alone. */
  async trim(): Promise<void> {
    const { folder, limit } = this.#settings;
    const files: { path: string; size: number; used: number; free: boolean }[] = [];
    for (const method of await readdir(folder).catch(() => [])) {
      const names = await readdir(join(folder, method)).catch(() => []);
      const marks = names.filter((name) => name.startsWith(IN_USE)).map((name) => join(folder, method, name));
      const held = marks.filter((mark) => holderOfLock(mark) !== undefined);
      for (const mark of marks) if (!held.includes(mark)) await rm(mark, { force: true });
      const free = held.length === 0;
      for (const name of names) {
        const path = join(folder, method, name);
        const found = name.endsWith(ENDING) ? await stat(path).catch(() => undefined) : undefined;
        if (found) files.push({ path, size: found.size, used: found.mtimeMs, free });
      }
    }
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size, free } of files.sort((a, b) => a.used - b.used)) {
      if (total <= limit) return;
      if (!free) continue;
      await rm(path, { force: true });
      total -= size;
    }
  }
}
