// Follows one run's events.jsonl: tells what was appended, and reads from any cursor on, for any number of readers, with
// memory that does not grow with them. The file is the only whole copy; what is kept here is an index and the last lines.
import { open, type FileHandle } from 'node:fs/promises';
import { recordedEvent, type RecordedEvent } from '../protocol.ts';

/** One record as it stands in the file. */
export interface LogLine {
  readonly seq: number;
  readonly json: string;
}

/** Bytes read at once. */
const CHUNK = 256 * 1024;
/** What is longer is no record. */
const LONGEST = 64 * 1024 * 1024;
/** Every so many records the index notes where one begins. */
const INDEXED = 128;
/** Lines kept in memory: readers that are up to date are served from them. */
const KEPT = 256;
const KEPT_BYTES = 256 * 1024;

const NEWLINE = 10;

export class LogFollower {
  readonly #path: string;
  #offset = 0;
  #seq = 0;
  /** Offset of record 1 + i · INDEXED. */
  #index: number[] = [];
  #tail: LogLine[] = [];
  #tailBytes = 0;
  #refreshing: Promise<void> | undefined;
  #again = false;
  readonly #onRecords: (records: readonly RecordedEvent[]) => void;

  /** `onRecords` is told the events that this version knows, in order, once, some at a time; of others only that they are there. */
  constructor(path: string, onRecords: (records: readonly RecordedEvent[]) => void = () => undefined) {
    this.#path = path;
    this.#onRecords = onRecords;
  }

  /** Number of the last record seen. */
  get seq(): number {
    return this.#seq;
  }

  /** Reads what was appended. Calls while one is at work are answered by one more read after it. */
  async refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#readNew();
    try {
      await this.#refreshing;
    } finally {
      this.#refreshing = undefined;
    }
  }

  async #readNew(): Promise<void> {
    do {
      this.#again = false;
      const file = await open(this.#path, 'r').catch(() => undefined);
      if (!file) return;
      try {
        // a log that is shorter than what was read is another one
        if ((await file.stat()).size < this.#offset) this.#reset();
        while (await this.#readChunk(file));
      } finally {
        await file.close();
      }
    } while (this.#again);
  }

  #reset(): void {
    this.#offset = 0;
    this.#seq = 0;
    this.#index = [];
    this.#tail = [];
    this.#tailBytes = 0;
  }

  /** Takes in whole records of one chunk; false where there were none. */
  async #readChunk(file: FileHandle): Promise<boolean> {
    const { lines, length } = await readLines(file, this.#offset, CHUNK);
    let taken = 0;
    const records: RecordedEvent[] = [];
    for (const { text, bytes } of lines) {
      const value = parse(text);
      if (value?.seq !== this.#seq + 1) break;
      if (this.#seq % INDEXED === 0) this.#index.push(this.#offset);
      this.#seq += 1;
      this.#offset += bytes;
      taken += bytes;
      this.#keep({ seq: this.#seq, json: text });
      const known = recordedEvent.safeParse(value);
      if (known.success) records.push(known.data);
    }
    if (taken > 0) this.#onRecords(records);
    // a line that is no record ends the log until its writer has cut it off
    return taken > 0 && taken === length;
  }

  #keep(line: LogLine): void {
    this.#tail.push(line);
    this.#tailBytes += line.json.length;
    while (this.#tail.length > KEPT || (this.#tailBytes > KEPT_BYTES && this.#tail.length > 1)) {
      this.#tailBytes -= this.#tail.shift()?.json.length ?? 0;
    }
  }

  /** Records after a cursor, oldest first, about `maxBytes` of them and at least one where there is one. */
  async read(after: number, maxBytes: number): Promise<LogLine[]> {
    if (after >= this.#seq) return [];
    const first = this.#tail[0]?.seq ?? Number.POSITIVE_INFINITY;
    if (after + 1 >= first) return upTo(this.#tail.slice(after + 1 - first), maxBytes);
    const file = await open(this.#path, 'r').catch(() => undefined);
    if (!file) return [];
    try {
      return upTo(await this.#readFrom(file, after, maxBytes), maxBytes);
    } finally {
      await file.close();
    }
  }

  async #readFrom(file: FileHandle, after: number, maxBytes: number): Promise<LogLine[]> {
    const block = Math.floor(Math.max(0, after) / INDEXED);
    let offset = this.#index[block] ?? 0;
    let seq = block * INDEXED;
    const found: LogLine[] = [];
    let size = 0;
    while (seq < this.#seq && size < maxBytes) {
      const { lines, length } = await readLines(file, offset, CHUNK);
      if (lines.length === 0) break;
      for (const { text } of lines) {
        seq += 1;
        if (seq <= after || seq > this.#seq) continue;
        found.push({ seq, json: text });
        size += text.length;
      }
      offset += length;
    }
    return found;
  }
}

interface Numbered {
  readonly seq: number;
}

function parse(text: string): Numbered | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('seq' in value) || !('event' in value)) return undefined;
    return typeof value.seq === 'number' ? (value as Numbered) : undefined;
  } catch {
    return undefined;
  }
}

function upTo(lines: readonly LogLine[], maxBytes: number): LogLine[] {
  let size = 0;
  const end = lines.findIndex(({ json }, i) => (size += json.length) > maxBytes && i > 0);
  return lines.slice(0, end < 0 ? undefined : end);
}

/** Whole lines from an offset on, about `size` bytes of them and at least one where there is one; and the bytes they take. */
async function readLines(
  file: FileHandle,
  offset: number,
  size: number,
): Promise<{ lines: { text: string; bytes: number }[]; length: number }> {
  for (let length = size; ; length *= 4) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
    // one line may be longer than a chunk
    if (end === 0 && bytesRead === length && length < LONGEST) continue;
    const lines: { text: string; bytes: number }[] = [];
    for (let start = 0; start < end;) {
      const stop = buffer.indexOf(NEWLINE, start);
      lines.push({ text: buffer.toString('utf8', start, stop), bytes: stop + 1 - start });
      start = stop + 1;
    }
    return { lines, length: end };
  }
}
