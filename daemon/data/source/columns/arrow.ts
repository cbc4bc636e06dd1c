// Rows of an Arrow IPC file or stream, batch by batch. Both are the same messages one after another (a file has a mark in front
// and an index at its end that is not needed): they are walked without their bodies, and a batch is read when it is asked for.
import { open, type FileHandle } from 'node:fs/promises';
import { Message, RecordBatchReader, type RecordBatch, type Schema } from 'apache-arrow';
import { UserError } from '../../../errors.ts';
import { unreadable } from '../text/bytes.ts';
import { registerCodecs } from './arrow-codecs.ts';
import { checkBatch, rowsOf } from './arrow-values.ts';
import type { ColumnFile } from './column-file.ts';

/** Bytes of a message: length, metadata and body. */
interface Stretch {
  readonly offset: number;
  readonly length: number;
}

interface Messages {
  readonly hasSchema: boolean;
  /** Schema and dictionaries, without which no batch can be read. */
  readonly head: readonly Stretch[];
  readonly batches: readonly Stretch[];
  readonly starts: readonly number[];
}

const MARK = 'ARROW1';
const CONTINUATION = 0xffffffff;

const broken = (path: string, cause: unknown): UserError =>
  new UserError('arrow-broken', `${path} cannot be read as Arrow: ${(cause as Error).message}.`, { cause });

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function walk(file: FileHandle): Promise<Messages> {
  const head: Stretch[] = [];
  const batches: Stretch[] = [];
  const starts = [0];
  let hasSchema = false;
  let offset = (await isMarkedFile(file)) ? 8 : 0;
  for (;;) {
    const prefix = await readAt(file, offset, 8);
    if (prefix.length < 4) break;
    const isMarked = prefix.readUInt32LE(0) === CONTINUATION;
    if (isMarked && prefix.length < 8) break;
    const metadataLength = prefix.readInt32LE(isMarked ? 4 : 0);
    if (metadataLength === 0) break;
    const prefixLength = isMarked ? 8 : 4;
    const metadata = await readAt(file, offset + prefixLength, Math.max(0, metadataLength));
    if (metadataLength < 0 || metadata.length < metadataLength) throw new Error('it ends within a message');
    const message = Message.decode(metadata);
    const stretch = { offset, length: prefixLength + metadataLength + message.bodyLength };
    if (message.isRecordBatch()) {
      batches.push(stretch);
      starts.push((starts.at(-1) ?? 0) + message.header().length);
    } else head.push(stretch);
    hasSchema ||= message.isSchema();
    offset += stretch.length;
  }
  return { hasSchema, head, batches, starts };
}

const isMarkedFile = async (file: FileHandle): Promise<boolean> =>
  (await readAt(file, 0, MARK.length)).toString('latin1') === MARK;

/** The schema at the end of a file, as a message: some writers leave out the one at the beginning. */
async function footerSchema(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    if (!(await isMarkedFile(file))) throw new Error('it has no schema');
    const reader = await RecordBatchReader.from(file);
    return schemaMessage((await reader.open()).schema);
  } finally {
    await file.close();
  }
}

function schemaMessage(schema: Schema): Buffer {
  const metadata = Message.encode(Message.from(schema));
  const padded = Buffer.alloc((metadata.length + 7) & ~7);
  padded.set(metadata);
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(CONTINUATION, 0);
  prefix.writeInt32LE(padded.length, 4);
  return Buffer.concat([prefix, padded]);
}

export async function openArrow(path: string): Promise<ColumnFile> {
  registerCodecs();
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const { hasSchema, head, batches, starts } = await walk(file);
    const messages = await Promise.all(head.map(({ offset, length }) => readAt(file, offset, length)));
    const schema = Buffer.concat(hasSchema ? messages : [await footerSchema(path), ...messages]);
    const load = async (index: number): Promise<RecordBatch> => {
      const { offset, length } = batches[index] ?? { offset: 0, length: 0 };
      const reader = RecordBatchReader.from(Buffer.concat([schema, await readAt(file, offset, length)]));
      for (const batch of reader) {
        checkBatch(batch);
        return batch;
      }
      throw new Error(`batch ${index} is missing`);
    };
    let last: { readonly index: number; readonly batch: RecordBatch } | undefined;
    return {
      path,
      rows: starts.at(-1) ?? 0,
      starts,
      // a batch is in memory as a whole; these are the objects made of it
      rowsAtOnce: () => 4096,
      read: async (from, to) => {
        try {
          const index = starts.findLastIndex((start, i) => start <= from && i < batches.length);
          if (last?.index !== index) last = { index, batch: await load(index) };
          const start = starts[index] ?? 0;
          return rowsOf(last.batch, from - start, to - start);
        } catch (cause) {
          throw broken(path, cause);
        }
      },
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw broken(path, cause);
  }
}
