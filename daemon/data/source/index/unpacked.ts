// A gzip file cannot be entered in its middle, so rows by number are read from an unpacked copy in the cache.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../../errors.ts';
import { besideFile, writeWhole } from '../cache-folder.ts';
import { fingerprint } from './fingerprint.ts';

/** Path of the copy, made now or found. Throws UserError where the file is damaged or the disk is full. */
export async function unpackedCopy(path: string, cache: string, signal?: AbortSignal): Promise<string> {
  const copy = join(cache, 'unpacked', createHash('sha256').update(resolve(path)).digest('hex'));
  const note = `${copy}.of`;
  const print = await fingerprint(path);
  const stateOf = async (file: string): Promise<string> => JSON.stringify({ of: print, size: (await stat(file)).size });
  const known = await readFile(note, 'utf8').catch(() => undefined);
  if (known !== undefined && known === (await stateOf(copy).catch(() => ''))) return copy;
  await mkdir(dirname(copy), { recursive: true });
  const temporary = besideFile(copy);
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(temporary), { signal });
    await rm(note, { force: true });
    await rename(temporary, copy);
    await writeWhole(note, [Buffer.from(await stateOf(copy))]);
    return copy;
  } catch (cause) {
    await rm(temporary, { force: true });
    if (signal?.aborted) throw cause;
    throw new UserError(
      'gzip-unpack',
      `${path} cannot be unpacked into ${dirname(copy)}: ${(cause as Error).message}.`,
      { cause },
    );
  }
}
