// A disk in this process that fills up at a given write: that one writes half of what it should, and from then on nothing fits.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';

const noRoom = (): Error =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });

const original = {
  writeSync: fs.writeSync,
  openSync: fs.openSync,
  writeFileSync: fs.writeFileSync,
  appendFileSync: fs.appendFileSync,
};
const promised = { open: fs.promises.open, writeFile: fs.promises.writeFile, appendFile: fs.promises.appendFile, mkdir: fs.promises.mkdir }; // prettier-ignore

type Handle = Awaited<ReturnType<typeof promised.open>>;

export class FullDisk {
  /** What was written to below the folder so far, in order. */
  readonly writes: string[] = [];
  readonly #folder: string;
  readonly #from: number;
  readonly #to: number;
  readonly #paths = new Map<number, string>();

  /** Writes below `folder` from number `from` on (from 0) and before number `to` fail. */
  constructor(folder: string, from: number, to = Number.POSITIVE_INFINITY) {
    this.#to = to;
    this.#folder = folder;
    this.#from = from;
    fs.openSync = (path: fs.PathLike, ...rest: [fs.OpenMode]) => {
      const file = original.openSync(path, ...rest);
      this.#paths.set(file, String(path));
      return file;
    };
    fs.writeSync = ((file: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const path = this.#paths.get(file);
      if (path !== undefined && this.#fails(path)) {
        original.writeSync(file, bytes, offset, Math.floor(length / 2), position);
        throw noRoom();
      }
      return original.writeSync(file, bytes, offset, length, position);
    }) as typeof fs.writeSync;
    fs.promises.writeFile = (async (path, data, ...rest) => {
      if (typeof path === 'string' && this.#fails(path)) {
        await promised.writeFile(path, half(data));
        throw noRoom();
      }
      return await promised.writeFile(path, data, ...rest);
    }) as typeof promised.writeFile;
    fs.promises.appendFile = (async (path, data, ...rest) => {
      if (typeof path === 'string' && this.#fails(path)) {
        await promised.appendFile(path, half(data) as string);
        throw noRoom();
      }
      return await promised.appendFile(path, data, ...rest);
    }) as typeof promised.appendFile;
    fs.promises.mkdir = (async (path: fs.PathLike, ...rest: [fs.MakeDirectoryOptions]) => {
      if (!fs.existsSync(path) && this.#fails(String(path))) throw noRoom();
      return await promised.mkdir(path, ...rest);
    }) as typeof promised.mkdir;
    fs.promises.open = (async (path: fs.PathLike, ...rest: []) => this.#guard(String(path), await promised.open(path, ...rest))); // prettier-ignore
    syncBuiltinESMExports();
  }

  #guard(path: string, handle: Handle): Handle {
    const { write, writeFile, appendFile } = handle;
    const fails = (): boolean => this.#fails(path);
    handle.write = (async (bytes: Uint8Array, ...rest: []) => {
      if (!fails()) return await (write as (...all: unknown[]) => Promise<unknown>).call(handle, bytes, ...rest);
      await (write as (data: Uint8Array) => Promise<unknown>).call(handle, bytes.subarray(0, bytes.length >> 1));
      throw noRoom();
    }) as unknown as Handle['write'];
    handle.writeFile = async (data, ...rest) => {
      if (!fails()) return await writeFile.call(handle, data, ...rest);
      await writeFile.call(handle, half(data) as string);
      throw noRoom();
    };
    handle.appendFile = async (data, ...rest) => {
      if (!fails()) return await appendFile.call(handle, data, ...rest);
      throw noRoom();
    };
    return handle;
  }

  #fails(path: string): boolean {
    if (!path.startsWith(`${this.#folder}${sep}`)) return false;
    this.writes.push(path.slice(this.#folder.length + 1));
    return this.writes.length > this.#from && this.writes.length <= this.#to;
  }

  /** There is room again. */
  static free(): void {
    Object.assign(fs, original);
    Object.assign(fs.promises, promised);
    syncBuiltinESMExports();
  }
}

function half(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data.slice(0, data.length >> 1);
  return data instanceof Uint8Array ? data.subarray(0, data.length >> 1) : '';
}
