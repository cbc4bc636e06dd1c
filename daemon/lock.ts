// A lock file that names the process holding it: a second run is refused, the lock of a dead process is taken over.
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { machineOf, startOf } from './machine.ts';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Which machine that is, where its name may change. */
  machine: z.string().optional(),
  /** When the process began, in the system's own count, where it tells: process ids are used again. */
  started: z.string().optional(),
});

export type Holder = z.infer<typeof holderSchema>;

/** The holder of a lock that could not be had. */
export class LockHeld extends Error {
  readonly holder: Holder;
  constructor(holder: Holder) {
    super(`locked by process ${holder.pid} on ${holder.host}`);
    this.name = 'LockHeld';
    this.holder = holder;
  }
}

/** Asked once: it costs a process. */
let machine: { readonly id: string | undefined } | undefined;
const thisMachine = (): string | undefined => (machine ??= { id: machineOf() }).id;

/** What identifies a process of this machine, also after its id was used again. */
export function holderOf(pid: number): Holder {
  const started = startOf(pid);
  const id = thisMachine();
  return {
    pid,
    host: hostname(),
    ...(id === undefined ? {} : { machine: id }),
    ...(started === undefined ? {} : { started }),
  };
}

/** Who holds a lock; undefined where nobody does, or only a process that has ended. */
export function holderOfLock(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const holder = parseHolder(text);
  return holder && isAlive(holder) ? holder : undefined;
}

/** Whether a holder may still be at work. Of another host's processes nothing is known: they count as alive. */
export function isAlive({ pid, host, machine: on, started }: Holder): boolean {
  if (on === undefined ? host !== hostname() : on !== thisMachine()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === undefined || startOf(pid) === started;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Gives a file its name unless the name is taken. */
async function claim(file: string, path: string): Promise<boolean> {
  try {
    // a link appears with its whole content at once: nobody reads a lock that is still empty
    await link(file, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error;
  }
  // file systems without links
  try {
    await writeFile(path, await readFile(file), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes the lock for a process of this machine and returns what releases it. Throws LockHeld where another process has it,
 * and what the file system throws where the lock cannot be written.
 */
export async function acquireLock(path: string, pid: number): Promise<() => Promise<void>> {
  const text = `${JSON.stringify(holderOf(pid))}\n`;
  const draft = `${path}.${pid}`;
  await writeFile(draft, text);
  try {
    while (!(await claim(draft, path))) {
      const found = await readFile(path, 'utf8').catch(() => undefined);
      // released in between
      if (found === undefined) continue;
      const holder = parseHolder(found);
      if (holder && isAlive(holder)) throw new LockHeld(holder);
      await removeStale(path, found, `${draft}.stale`);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(path, 'utf8').catch(() => '')) === text) await rm(path, { force: true });
  };
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Removes a dead process's lock, but puts it back if another process has meanwhile taken its place. */
async function removeStale(path: string, text: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== text) await claim(aside, path);
  await rm(aside, { force: true });
}
