// The daemon's own folder: lease, token, log, and one folder for each run. Only the user can read it.
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../errors.ts';

export interface Home {
  readonly folder: string;
  readonly lease: string;
  readonly token: string;
  readonly lock: string;
  readonly log: string;
  readonly settings: string;
  readonly runs: string;
  readonly trash: string;
}

/** ANNEAL_HOME, or .anneal in the user's home. */
export function homeOf(environment: NodeJS.ProcessEnv): Home {
  const named = environment['ANNEAL_HOME'];
  const folder = named === undefined || named === '' ? join(homedir(), '.anneal') : resolve(named);
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    lease: path('daemon.json'),
    token: path('token'),
    lock: path('daemon.lock'),
    log: path('daemon.log'),
    settings: path('settings.json'),
    runs: path('runs'),
    trash: path('trash'),
  };
}

/** Makes the folders. Recipes and logs may hold secrets: nobody else may look, where the system has such modes. */
export async function prepareHome(home: Home, platform: NodeJS.Platform = process.platform): Promise<void> {
  for (const folder of [home.folder, home.runs, home.trash]) await mkdir(folder, { recursive: true, mode: 0o700 });
  // it may be there from before, or have come with a wider mode
  if (platform !== 'win32') await chmod(home.folder, 0o700);
}

/** What the file system says of the daemon's own files, as a sentence; other errors stay as they are. */
export function asHomeError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new UserError('disk-full', `The disk is full: ${path} could not be written. Free some space and try again.`, {
    status: 1,
    cause: error,
  });
}

/** Writes a file that only the user can read, whole or not at all. Throws UserError where the disk is full. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  // one that a crash left may have another mode
  await rm(draft, { force: true });
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw asHomeError(error, path);
  }
}

/** The files of one run. */
export interface RunFolder {
  readonly folder: string;
  /** What the daemon knows of the run; the daemon writes it. */
  readonly record: string;
  /** The recipe as it runs. */
  readonly recipe: string;
  /** What the worker is to do; written before each start. */
  readonly request: string;
  /** The durable log; the worker writes it. */
  readonly events: string;
  /** Held by the worker while it lives. */
  readonly lock: string;
  /** What the worker wrote to its standard output and error. */
  readonly output: string;
  readonly heartbeat: string;
  /** Exists while the worker is asked to stop. */
  readonly stop: string;
}

export function runFolder(folder: string): RunFolder {
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    record: path('record.json'),
    recipe: path('recipe.yaml'),
    request: path('request.json'),
    events: path('events.jsonl'),
    lock: path('worker.lock'),
    output: path('worker.log'),
    heartbeat: path('heartbeat.json'),
    stop: path('stop'),
  };
}
