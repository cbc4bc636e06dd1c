// Writing into the output directory so that a crash or a full disk never leaves half a file under its final name.
import { existsSync, readdirSync } from 'node:fs';
import { access, constants, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../../errors.ts';

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
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // some file systems cannot flush a folder; its entries are safe there without
    if (!['EPERM', 'EINVAL', 'EISDIR'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Writes a text file whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, text);
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

/** Fills a folder under a temporary name and then gives it its own, in place of one that may be there. */
export async function writeFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.tmp-${path.split(/[\\/]/).at(-1)}`);
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    for (const name of readdirSync(temporary)) await syncPath(join(temporary, name));
    await syncPath(temporary);
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
    await syncPath(dirname(path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw asFileError(error, path);
  }
}

/** Makes the output directory and proves that it can be written; removes what a crash left half done. */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw new UserError(
      'not-writable',
      `The output directory ${path} cannot be written: choose another output_dir or change its permissions.`,
      { cause: error },
    );
  }
  for (const name of readdirSync(path))
    if (name.startsWith('.tmp-')) await rm(join(path, name), { recursive: true, force: true });
}

/** Keeps a second run out of an output directory; a lock of a dead process is taken over. Returns what releases it. */
export async function lockFolder(folder: string, pid: number): Promise<() => Promise<void>> {
  const path = join(folder, '.anneal.lock');
  for (;;) {
    try {
      await writeFile(path, String(pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw asFileError(error, path);
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(holder)) {
      throw new UserError(
        'output-in-use',
        `Another run (process ${holder}) is writing to ${folder}: wait for it, stop it, or choose another output_dir.`,
      );
    }
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Complete checkpoints of an output directory, oldest first. */
export function listCheckpoints(folder: string): { step: number; path: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const step = /^checkpoint-(\d+)$/.exec(name)?.[1];
      return step === undefined ? [] : [{ step: Number(step), path: join(folder, name) }];
    })
    .sort((a, b) => a.step - b.step);
}

const MODEL_FILES = [
  'adapter_model.safetensors',
  'adapter_model.bin',
  'model.safetensors',
  'pytorch_model.bin',
  'model.safetensors.index.json',
];

/** Whether a folder holds a trained model: it is not overwritten without being told to. */
export const holdsModel = (folder: string): boolean => MODEL_FILES.some((name) => existsSync(join(folder, name)));

/** The shard files and index of an earlier save must not stay beside new ones. */
export async function removeModelFiles(folder: string): Promise<void> {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (/^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/.test(name)) await rm(join(folder, name), { force: true });
  }
}
