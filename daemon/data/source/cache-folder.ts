// Where things are kept that can be made again: downloads, indexes, unpacked files.
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** ANNEAL_HOME/cache; without it the user's cache folder (XDG_CACHE_HOME, ~/.cache). */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const home = environment['ANNEAL_HOME'];
  if (home) return join(home, 'cache');
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'anneal');
}

/** A name beside a file that no other process takes. */
export const besideFile = (path: string): string => `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;

/**
 * Writes a file under another name and gives it its own when it is whole: readers see all of it or nothing. `lasting`: also where the
 * machine stops at once. What tells itself when it is damaged, and can be made again, need not be.
 */
export async function writeWhole(path: string, parts: readonly Uint8Array[], lasting = true): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = besideFile(path);
  try {
    const file = await open(temporary, 'w');
    try {
      for (const part of parts) await file.writeFile(part);
      if (lasting) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
