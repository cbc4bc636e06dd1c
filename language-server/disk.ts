// What is read of the machine: small files and folder lists, remembered as long as they do not change. Open documents go before files.
import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { FolderEntry, Weight } from '../daemon/recipe/assist/surroundings.ts';

/** Larger ones are no configuration. */
const MAX_JSON = 8 << 20;

interface Remembered<T> {
  readonly stamp: string;
  readonly value: T;
}

export class Disk {
  readonly #openText: (path: string) => string | undefined;
  readonly #memory = new Map<string, Remembered<unknown>>();

  /** `openText`: the text of a file that is open in the editor. */
  constructor(openText: (path: string) => string | undefined) {
    this.#openText = openText;
  }

  isFile(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  }

  list(folder: string): readonly FolderEntry[] | undefined {
    return this.#remember('list', folder, () =>
      readdirSync(folder, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isFolder: entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))),
      })),
    );
  }

  /** A text file that is no data; undefined where there is none. */
  text(path: string): string | undefined {
    return this.#openText(path) ?? this.#remember('text', path, ({ size }) => (size > MAX_JSON ? undefined : readFileSync(path, 'utf8'))); // prettier-ignore
  }

  json(path: string): unknown {
    const open = this.#openText(path);
    if (open !== undefined) return parse(open);
    return this.#remember('json', path, ({ size }) =>
      size > MAX_JSON ? undefined : parse(readFileSync(path, 'utf8')),
    );
  }

  /** From the header of model.safetensors, or of every file that its index names. */
  weights(folder: string): readonly Weight[] | undefined {
    return this.#remember('weights', folder, () => {
      const files = readdirSync(folder)
        .filter((name) => name.endsWith('.safetensors'))
        .sort();
      const found = files.flatMap((name) => this.#remember('header', join(folder, name), () => readHeader(join(folder, name))) ?? []); // prettier-ignore
      return found.length > 0 ? found : undefined;
    });
  }

  /** A value read from a file or folder, as long as that stays what it was; undefined where it cannot be read. */
  #remember<T>(what: string, path: string, read: (file: { readonly size: number }) => T): T | undefined {
    const key = `${what} ${path}`;
    try {
      const stats = statSync(path);
      const stamp = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
      const known = this.#memory.get(key);
      if (known?.stamp === stamp) return known.value as T;
      const value = read(stats);
      this.#memory.set(key, { stamp, value });
      return value;
    } catch {
      this.#memory.delete(key);
      return undefined;
    }
  }
}

/** "~" is the home folder; relative paths start at `folder`. */
export const absolute = (folder: string, path: string): string =>
  path.startsWith('~') ? join(homedir(), path.slice(1)) : isAbsolute(path) ? path : join(folder, path);

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    return undefined;
  }
}

/** Name and shape of every tensor; the header is an 8-byte length and that much JSON. */
function readHeader(path: string): readonly Weight[] {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(8);
    readSync(file, head, 0, 8, 0);
    const length = Number(head.readBigUInt64LE());
    if (length > MAX_JSON) return [];
    const body = Buffer.alloc(length);
    readSync(file, body, 0, length, 8);
    const header = JSON.parse(body.toString('utf8')) as Record<string, { shape?: unknown }>;
    return Object.entries(header).flatMap(([name, { shape }]) =>
      Array.isArray(shape) && shape.every((size) => typeof size === 'number') ? [{ name, shape: shape }] : [],
    );
  } finally {
    closeSync(file);
  }
}
