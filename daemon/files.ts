// The files that a recipe names, as the machine has them: small ones, read when asked and remembered as long as they do not change.
import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync, type Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Files } from './recipe/facts/files.ts';

/** Larger ones are no configuration. */
const LARGEST_TEXT = 16 << 20;

/** Relative paths start at `folder`. `openText`: the text of a file that an editor has open, which goes before the file. */
export function filesIn(folder: string, openText: (path: string) => string | undefined = () => undefined): Files {
  const memory = new Map<string, { readonly stamp: string; readonly value: unknown }>();
  const place = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const remembered = <T>(what: string, path: string, read: (file: string, stats: Stats) => T): T | undefined => {
    const file = place(path);
    try {
      const stats = statSync(file);
      const stamp = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
      const key = `${what} ${file}`;
      const known = memory.get(key);
      if (known?.stamp === stamp) return known.value as T;
      const value = read(file, stats);
      memory.set(key, { stamp, value });
      return value;
    } catch {
      return undefined;
    }
  };
  return {
    kind: (path) => {
      const stats = stat(place(path));
      return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file';
    },
    text: (path) =>
      openText(place(path)) ??
      remembered('text', path, (file, { size }) => (size > LARGEST_TEXT ? undefined : readFileSync(file, 'utf8'))),
    names: (path) => remembered('names', path, (file) => readdirSync(file)) ?? [],
    tensors: (path) => remembered('tensors', path, (file) => readTensors(file)),
    size: (path) => stat(place(path))?.size,
  };
}

/** undefined where nothing is there, or nobody may look. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The header of a .safetensors file is 8 bytes of length and that much JSON. */
function readTensors(file: string): ReadonlyMap<string, readonly number[]> {
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(8);
    readSync(handle, head, 0, 8, 0);
    const length = Number(head.readBigUInt64LE());
    if (length > LARGEST_TEXT) return new Map();
    const body = Buffer.alloc(length);
    readSync(handle, body, 0, length, 8);
    const header = JSON.parse(body.toString('utf8')) as Record<string, { shape?: unknown }>;
    const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
    return new Map(tensors.map(([name, { shape }]) => [name, Array.isArray(shape) ? shape.map(Number) : []]));
  } finally {
    closeSync(handle);
  }
}
