// Writing into the output directory so that a crash or a full disk never leaves half a file under its final name:
// everything is made under a name that begins with .tmp-, brought to the disk, and then renamed.
import { existsSync, readdirSync } from 'node:fs';
import { access, constants, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../errors.ts';
import { acquireLock, LockHeld } from '../../../lock.ts';

/** Names of what is not whole yet; a later run removes what a crash left of it. */
const TEMPORARY = '.tmp-';

/** Ends the temporary name of what is about to be replaced. */
const ASIDE = '.old';

const LOCK = '.anneal.lock';

const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** Turns what the file system says into a sentence; other errors stay as they are. */
export function asFileError(error: unknown, path: string): unknown {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        'disk-full',
        `The disk is full: ${path} could not be written. The last checkpoint is intact; free some space and run again to go on from it.`,
        { status: 1, cause: error },
      );
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
      return new UserError(
        'not-writable',
        `${path} cannot be written: choose another output_dir or change its permissions.`,
        { cause: error },
      );
    case undefined:
    default:
      return error;
  }
}

async function syncPath(path: string): Promise<void> {
  let handle;
  try {
    // Windows flushes only files that are open for writing, and has no folders to flush
    handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
    await handle.sync();
  } catch (error) {
    // some file systems cannot flush a folder; its entries are safe there without
    if (!['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/** Brings a folder and everything in it to the disk. */
async function syncFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? syncFolder(path) : syncPath(path));
  }
  await syncPath(folder);
}

const temporaryFor = (path: string): string => join(dirname(path), `${TEMPORARY}${basename(path)}`);

/** Writes a file whole or not at all. Throws UserError where the disk is full or may not be written. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, content);
    await syncPath(temporary);
    await rename(temporary, path);
    await syncPath(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw asFileError(error, path);
  }
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);

/** Fills a new folder under a temporary name. What is in it is on the disk when this returns its path. */
async function fillTemporary(path: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const temporary = temporaryFor(path);
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await syncFolder(temporary);
    return temporary;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw asFileError(error, path);
  }
}

/**
 * Makes a folder whole or not at all, in place of one that may be there. Throws UserError where the disk is full or may not be
 * written, what `fill` throws otherwise; what was there before then stays.
 */
export async function writeFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = await fillTemporary(path, fill);
  // a folder cannot be renamed onto a full one: the old one steps aside for a moment
  const aside = `${temporary}${ASIDE}`;
  try {
    await rm(aside, { recursive: true, force: true });
    if (existsSync(path)) await rename(path, aside);
    await rename(temporary, path);
    await syncPath(dirname(path));
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    await removeTemporary(dirname(path));
    throw asFileError(error, path);
  }
}

/** Removes what is not whole; what had stepped aside for it comes back where nothing has taken its place. */
async function removeTemporary(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(TEMPORARY));
  for (const name of names.filter((one) => one.endsWith(ASIDE))) {
    const path = join(folder, name.slice(TEMPORARY.length, -ASIDE.length));
    if (!existsSync(path)) await rename(join(folder, name), path);
  }
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
}

/**
 * Adds files to a folder that holds others, each one whole: they are made beside it first, so a full disk changes nothing.
 * Files of the folder whose names match `replaces` and are not among the new ones are removed. `fill` makes no folders.
 */
export async function writeInto(
  folder: string,
  fill: (folder: string) => Promise<void>,
  replaces?: RegExp,
): Promise<void> {
  const temporary = await fillTemporary(join(folder, 'files'), fill);
  try {
    const names = await readdir(temporary);
    const old = replaces ? (await readdir(folder)).filter((name) => replaces.test(name) && !names.includes(name)) : [];
    for (const name of names) await rename(join(temporary, name), join(folder, name));
    for (const name of old) await rm(join(folder, name), { force: true });
    await syncPath(folder);
  } catch (error) {
    throw asFileError(error, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Makes the output directory and checks that it can be written. Throws UserError where it cannot. */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw errorCode(error) === 'ENOSPC' ? asFileError(error, path) : notWritable(path, error);
  }
}

const notWritable = (path: string, cause: unknown): UserError =>
  new UserError(
    'not-writable',
    `The output directory ${path} cannot be written: choose another output_dir or change its permissions.`,
    { cause },
  );

/**
 * Keeps a second run out of an output directory; a lock of a dead process is taken over, and what a crash left half done is
 * removed. Returns what releases it. Throws UserError where another run is there.
 */
export async function lockFolder(folder: string, pid: number): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  const release = await acquireLock(path, pid).catch((error: unknown) => {
    if (!(error instanceof LockHeld)) throw asFileError(error, path);
    const { holder } = error;
    throw new UserError(
      'output-in-use',
      `Another run (process ${holder.pid} on ${holder.host}) is writing to ${folder}: wait for it, stop it, or choose another output_dir. If it is long gone, delete ${path}.`,
    );
  });
  // only the holder of the lock knows that nobody is at work on these
  await removeTemporary(folder);
  return release;
}

/** Complete checkpoints of an output directory, oldest first: what bears the name was written whole. */
export function listCheckpoints(folder: string): { step: number; path: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const step = /^checkpoint-(\d+)$/.exec(entry.name)?.[1];
      return step === undefined || !entry.isDirectory() ? [] : [{ step: Number(step), path: join(folder, entry.name) }];
    })
    .sort((a, b) => a.step - b.step);
}

/** LLaMA-Factory's list of what makes an output directory one that holds a result. */
const MODEL_FILES = [
  'adapter_model.safetensors',
  'adapter_model.bin',
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];

/** Whether a folder holds a trained model: it is not overwritten without being told to. */
export const holdsModel = (folder: string): boolean => MODEL_FILES.some((name) => existsSync(join(folder, name)));

/** Weights of a whole model as they are saved: shards and index of an earlier save must not stay beside new ones. */
export const modelFiles = /^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/;

/** Removes the weights of an earlier save. */
export async function removeModelFiles(folder: string): Promise<void> {
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (modelFiles.test(name)) await rm(join(folder, name), { force: true });
}
