// Indexes on disk, so that a file that was opened once is open at once. A file has one, by its path; one that does not fit the
// file any more, or is damaged, is made again. A disk that cannot be written to costs time, nothing else.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../cache-folder.ts';
import { isGzip, type ByteFile } from '../text/bytes.ts';
import { openTextFile, type TextFile, type TextKind } from '../text/layout.ts';
import { fingerprint, isSame, type Fingerprint } from './fingerprint.ts';
import { indexRows, type IndexOptions, type RowIndex } from './row-index.ts';
import { unpackedCopy } from './unpacked.ts';

/** Bytes from which an index is worth a file: smaller ones are read again sooner than it is found. */
const WORTH_KEEPING = 8 << 20;

/** To be raised whenever rows are cut in another way. */
const VERSION = 1;

const kinds = z.enum(['integer', 'number', 'boolean', 'text', 'empty']);

const layout = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('json'), isList: z.boolean() }),
  z.object({ kind: z.literal('csv'), delimiter: z.string(), columns: z.array(z.string()), kinds: z.array(kinds) }),
  z.object({ kind: z.literal('lines') }),
]);

const headSchema = z.object({
  version: z.literal(VERSION),
  fingerprint: z.object({ size: z.number(), changed: z.string(), samples: z.string() }),
  layout,
  first: z.object({ offset: z.number(), line: z.number() }),
  rows: z.number(),
  entries: z.number(),
});

export interface IndexedFile {
  readonly file: TextFile;
  readonly index: RowIndex;
}

const digest = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const nameOf = (path: string, cache: string): string => join(cache, 'index', `${digest(resolve(path))}.rows`);

/** One line of JSON, then the numbers of all entries, then their offsets and lines, then a checksum of everything before it. */
function encode({ file, index }: IndexedFile, print: Fingerprint): Buffer {
  const head: z.infer<typeof headSchema> = {
    version: VERSION,
    fingerprint: print,
    layout: file.layout as z.infer<typeof layout>,
    first: file.first,
    rows: index.rows,
    entries: index.numbers.length,
  };
  const arrays = [index.numbers, index.offsets, index.lines].map((array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength),
  );
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...arrays]);
  return Buffer.concat([body, Buffer.from(digest(body), 'hex')]);
}

const CHECKSUM = 32;

/** Undefined for bytes that are damaged, of another version or of another state of the file. */
function decode(bytes: Buffer, file: ByteFile, print: Fingerprint): IndexedFile | undefined {
  const body = bytes.subarray(0, -CHECKSUM);
  if (bytes.length < CHECKSUM || digest(body) !== bytes.toString('hex', body.length)) return undefined;
  const end = body.indexOf(10);
  const head = headSchema.safeParse(JSON.parse(body.toString('utf8', 0, end)));
  if (!head.success || !isSame(head.data.fingerprint, print)) return undefined;
  const { layout, first, rows, entries } = head.data;
  // copied: the numbers must lie at a multiple of eight
  const numbers = new Float64Array(Uint8Array.from(body.subarray(end + 1)).buffer);
  const part = (i: number): Float64Array => numbers.subarray(i * entries, (i + 1) * entries);
  return { file: { ...file, layout, first }, index: { rows, numbers: part(0), offsets: part(1), lines: part(2) } };
}

/** The index of a text file, from the cache or made now and kept there. Throws UserError where it cannot be read. */
export async function openIndex(
  path: string,
  kind: TextKind,
  cache: string,
  options: IndexOptions = {},
): Promise<IndexedFile> {
  const name = nameOf(path, cache);
  const print = await fingerprint(path);
  const bytes = (await isGzip(path)) ? await unpackedCopy(path, cache, options.signal) : path;
  const plain = { path, bytes, gzip: false };
  const isKept = print.size >= WORTH_KEEPING;
  const kept = isKept && (await readFile(name).then((found) => decode(found, plain, print)).catch(() => undefined)); // prettier-ignore
  if (kept) return kept;
  const file = await openTextFile(plain, kind);
  const made = { file, index: await indexRows(file, options) };
  // only what the file still is may be kept
  if (isKept && isSame(print, await fingerprint(path)))
    await writeWhole(name, [encode(made, print)]).catch(() => undefined);
  return made;
}
