// One file from the hub to the disk: goes on where it was cut off, is checked against its hash, and has its name only when whole.
import { createHash, randomBytes, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { downloadFile } from '@huggingface/hub';
import { UserError } from '../../../errors.ts';
import { besideFile } from '../cache-folder.ts';

export interface Download {
  readonly size: number;
  /** SHA-256 of large files, git's hash of others, in hex. */
  readonly hash: string;
  readonly isLarge: boolean;
  readonly request: Parameters<typeof downloadFile>[0];
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly signal: AbortSignal | undefined;
  readonly progress: (bytes: number) => void;
}

/** Times a body may break off without a byte more than before. */
const TRIES = 5;

/** Longest wait for the next bytes of a body. */
const STALLED_AFTER = 60_000;

/** Loads a file to `target`. Throws UserError where it is not what the hub says it is; else what the hub's library throws. */
export async function download(target: string, options: Download): Promise<void> {
  const part = await claimPart(target);
  try {
    await fill(part, options);
    await verify(part, target, options);
    await rename(part, target);
  } catch (error) {
    // left for the next one to go on with
    await rename(part, released(target)).catch(() => undefined);
    throw error;
  }
}

const partName = (target: string, owner: number): string => `${target}.${owner}-${randomBytes(4).toString('hex')}.part`;

/** The name of a part that nobody writes to. */
const released = (target: string): string => partName(target, 0);

/** A part of our own: one that a process left behind (renaming it takes it), or a new one. */
async function claimPart(target: string): Promise<string> {
  const own = partName(target, process.pid);
  for (const name of await readdir(dirname(target))) {
    const owner = new RegExp(`^${basename(target)}\\.(\\d+)-[0-9a-f]{8}\\.part$`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const claimed = await rename(join(dirname(target), name), own).then(() => true, () => false); // prettier-ignore
    if (claimed) return own;
  }
  await (await open(own, 'w')).close();
  return own;
}

function isAlive(process_: number): boolean {
  if (process_ === 0) return false;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function fill(part: string, { request, size, sleep, signal, progress }: Download): Promise<void> {
  let failures = 0;
  for (;;) {
    const before = (await stat(part)).size;
    if (before >= size) return;
    try {
      const blob = await downloadFile(request);
      if (!blob) throw new UserError('hub-not-found', `${request.path} is not in the repository any more.`);
      await append(part, blob.slice(before).stream() as ReadableStream<Uint8Array>, before, signal, progress);
    } catch (error) {
      if (error instanceof UserError || signal?.aborted) throw error;
      failures = (await stat(part)).size > before ? 0 : failures + 1;
      if (failures === TRIES) throw error;
      await sleep(500 * 2 ** failures, signal);
    }
  }
}

async function append(
  part: string,
  stream: ReadableStream<Uint8Array>,
  before: number,
  signal: AbortSignal | undefined,
  progress: (bytes: number) => void,
): Promise<void> {
  const file = await open(part, 'a');
  const reader = stream.getReader();
  try {
    let written = before;
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await inTime(reader.read());
      if (done) break;
      await file.writeFile(value);
      written += value.length;
      progress(written);
    }
    await file.sync();
  } finally {
    await reader.cancel().catch(() => undefined);
    await file.close();
  }
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the connection stands still')), STALLED_AFTER);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Large files are named by the SHA-256 of their bytes, others as git names them. */
async function verify(part: string, target: string, { hash, isLarge, size, request }: Download): Promise<void> {
  const digest: Hash = isLarge ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) digest.update(chunk as Buffer);
  if (digest.digest('hex') === hash) return;
  await rm(part, { force: true });
  throw new UserError(
    'hub-damaged',
    `${request.path} arrived damaged (its hash is not ${hash}) and was thrown away: try again. It would have become ${target}.`,
    { status: 1 },
  );
}

/** Gives a blob its name in a snapshot: a second name where the disk can do that, a copy elsewhere. */
export async function placeFile(blob: string, path: string): Promise<void> {
  const temporary = besideFile(path);
  await link(blob, temporary).catch(() => copyFile(blob, temporary));
  await rename(temporary, path);
}
