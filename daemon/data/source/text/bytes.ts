// Bytes of a file in order, unpacked where it is gzip, and the windows that splitters look at. Memory: one window.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../../errors.ts';
import { BrokenRowError } from '../row.ts';
import type { Spans, Splitter } from './splitter.ts';

/** Longest row: beyond it the file is hardly one of rows. */
const MAX_ROW = 256 << 20;

/** A window of bytes and the rows in it. The buffer is used again for the next block. */
export interface Block {
  readonly window: Buffer;
  /** Place of the window's first byte in the file. */
  readonly base: number;
  readonly spans: Spans;
}

/** Fills a buffer from `at` on; resolves to the number of bytes, 0 at the end. */
interface ByteSource {
  read(buffer: Buffer, at: number): Promise<number>;
  close(): Promise<void>;
}

export const unreadable = (path: string, cause: unknown): UserError =>
  new UserError('data-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause });

/** The first bytes of a file as they lie on disk. */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** By its first bytes, whatever its name: the datasets library unpacks such files too. */
export async function isGzip(path: string): Promise<boolean> {
  const head = await readHead(path, 2);
  return head[0] === 0x1f && head[1] === 0x8b;
}

async function plainSource(path: string, offset: number): Promise<ByteSource> {
  const file = await open(path);
  let position = offset;
  return {
    read: async (buffer, at) => {
      const { bytesRead } = await file.read(buffer, at, buffer.length - at, position);
      position += bytesRead;
      return bytesRead;
    },
    close: () => file.close(),
  };
}

/** Starts at the beginning and throws away what lies before the offset. */
function gzipSource(path: string, offset: number): ByteSource {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const stream = file.pipe(createGunzip({ chunkSize: 1 << 18 }));
  file.on('error', (error) => stream.destroy(error));
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  let skip = offset;
  return {
    read: async (buffer, at) => {
      while (rest.length === 0) {
        const next = await chunks.next();
        if (next.done) return 0;
        rest = next.value.subarray(Math.min(skip, next.value.length));
        skip -= next.value.length - rest.length;
      }
      const copied = rest.copy(buffer, at);
      rest = rest.subarray(copied);
      return copied;
    },
    close: async () => {
      file.destroy();
      stream.destroy();
    },
  };
}

export interface ByteFile {
  /** The file as the dataset names it, for messages. */
  readonly path: string;
  /** The file whose bytes are read: the same, or an unpacked copy of it. */
  readonly bytes: string;
  readonly gzip: boolean;
}

export interface CutOptions {
  /** Byte at which the splitter starts. */
  readonly offset?: number;
  /** Bytes read at a time. */
  readonly chunk?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Cuts a file into rows. Throws UserError where it cannot be read; what a splitter throws comes after the rows before it. */
export async function* cutFile(
  { path, bytes, gzip }: ByteFile,
  splitter: Splitter,
  { offset = 0, chunk = 1 << 20, signal }: CutOptions = {},
): AsyncGenerator<Block> {
  let source: ByteSource | undefined;
  try {
    source = gzip ? gzipSource(bytes, offset) : await plainSource(bytes, offset);
    let buffer: Buffer = Buffer.allocUnsafeSlow(chunk);
    let filled = 0;
    let base = offset;
    for (let atEnd = false; !atEnd;) {
      signal?.throwIfAborted();
      while (filled < buffer.length && !atEnd) {
        const read = await source.read(buffer, filled);
        filled += read;
        atEnd = read === 0;
      }
      const window = buffer.subarray(0, filled);
      const spans: Spans = [];
      let failure: unknown;
      try {
        splitter.scan(window, atEnd, spans);
      } catch (error) {
        failure = error;
      }
      if (spans.length > 0) yield { window, base, spans };
      if (failure !== undefined) throw failure;
      const keepFrom = Math.min(splitter.keepFrom, filled);
      buffer = moved(buffer, keepFrom, filled, path);
      splitter.shift(keepFrom);
      base += keepFrom;
      filled -= keepFrom;
    }
  } catch (cause) {
    if (cause instanceof UserError || signal?.aborted) throw cause;
    throw unreadable(path, cause);
  } finally {
    await source?.close();
  }
}

/** Moves what is kept to the front; where nothing can go, to the front of a buffer of twice the size. */
function moved(buffer: Buffer, keepFrom: number, filled: number, path: string): Buffer {
  if (keepFrom > 0 || filled < buffer.length) {
    buffer.copyWithin(0, keepFrom, filled);
    return buffer;
  }
  if (buffer.length >= MAX_ROW) {
    throw new BrokenRowError(
      'row-too-long',
      { file: path, line: undefined },
      'a row of more than 256 MB. Is this a file of rows?',
    );
  }
  const larger = Buffer.allocUnsafeSlow(buffer.length * 2);
  buffer.copy(larger, 0, 0, filled);
  return larger;
}
