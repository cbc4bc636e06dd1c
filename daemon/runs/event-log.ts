// events.jsonl: every RunEvent of a run with a gapless sequence number, durable, readable from any cursor.
// One process writes it (it holds the output directory's lock), any number read it while it grows.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { asFileError } from '../engine/train/run-directory/files.ts';
import { recordedEvent, type RecordedEvent, type RunEvent } from '../protocol.ts';

/** Longest time in milliseconds that events wait before they are flushed to the disk. */
const FLUSH_AFTER = 1000;

const NEWLINE = 10;

interface Line {
  readonly seq: number;
  readonly value: unknown;
}

/** A line's sequence number, if it is a record at all: of this version of Anneal or of a later one that knows more events. */
function parseLine(bytes: Uint8Array): Line | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value !== 'object' || value === null || !('seq' in value) || !('event' in value)) return undefined;
    return typeof value.seq === 'number' ? { seq: value.seq, value } : undefined;
  } catch {
    return undefined;
  }
}

/** Whole records from `after` + 1 on, at the start of `bytes`, up to the first line that is none; and the bytes they take. */
function parseLines(bytes: Uint8Array, after: number): { lines: Line[]; length: number } {
  const lines: Line[] = [];
  let length = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, length);
    if (end < 0) break;
    const line = parseLine(bytes.subarray(length, end));
    if (line?.seq !== after + lines.length + 1) break;
    lines.push(line);
    length = end + 1;
  }
  return { lines, length };
}

/** Events this version knows; what a later one has added is passed over. */
const knownEvents = (lines: readonly Line[]): RecordedEvent[] =>
  lines.flatMap(({ value }) => {
    const parsed = recordedEvent.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });

/** Reads a growing log: each call of `read` gives the events since the one before, without reading the others again. */
export class EventReader {
  readonly #path: string;
  #offset = 0;
  #seq = 0;
  #after: number;

  /** `after`: sequence number of the last event that is known already; 0 for none. */
  constructor(path: string, after = 0) {
    this.#path = path;
    this.#after = after;
  }

  /** New whole records in order; a record that is only half written comes with a later call. */
  read(): RecordedEvent[] {
    const { lines, length } = parseLines(readFrom(this.#path, this.#offset), this.#seq);
    this.#offset += length;
    this.#seq += lines.length;
    return knownEvents(lines.filter(({ seq }) => seq > this.#after));
  }
}

/** A file's bytes from an offset on; none where there is no file. */
function readFrom(path: string, offset: number): Uint8Array {
  if (!existsSync(path)) return new Uint8Array();
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(Math.max(0, fstatSync(file).size - offset));
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(file, bytes, done, bytes.length - done, offset + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

/** Events after a cursor; 0 reads all. */
export const readEvents = (path: string, after = 0): RecordedEvent[] => new EventReader(path, after).read();

export class EventLog {
  readonly #path: string;
  readonly #file: number;
  readonly #now: () => number;
  readonly #flushAfter: number;
  #seq: number;
  #position: number;
  #flushed: number;

  /**
   * Opens a log for appending; cuts off a record that a crash left half written. `now` in milliseconds since the epoch;
   * `flushAfter`: milliseconds that events may wait before they are flushed.
   * Throws UserError where the file cannot be written.
   */
  constructor(path: string, now: () => number, flushAfter = FLUSH_AFTER) {
    this.#flushAfter = flushAfter;
    this.#path = path;
    this.#now = now;
    this.#flushed = now();
    const exists = existsSync(path);
    const { lines, length } = exists ? parseLines(readFileSync(path), 0) : { lines: [], length: 0 };
    this.#seq = lines.length;
    this.#position = length;
    try {
      this.#file = openSync(path, exists ? 'r+' : 'w+');
      ftruncateSync(this.#file, length);
      if (!exists) syncFolder(dirname(path));
    } catch (error) {
      throw asFileError(error, path);
    }
  }

  /** Sequence number of the last event; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Appends an event. Checkpoints and the end are on the disk when this returns, others after `flushAfter` with the next event.
   * Throws UserError where the disk is full; the log then ends with the event before, whole.
   */
  append(event: RunEvent): RecordedEvent {
    const time = this.#now();
    const record: RecordedEvent = { seq: this.#seq + 1, time, event };
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#position + done);
      // the clock may be set back: then any difference counts
      if (event.type === 'checkpoint' || event.type === 'end' || Math.abs(time - this.#flushed) >= this.#flushAfter) {
        fsyncSync(this.#file);
        this.#flushed = time;
      }
    } catch (error) {
      ftruncateSync(this.#file, this.#position);
      throw asFileError(error, this.#path);
    }
    this.#seq = record.seq;
    this.#position += bytes.length;
    return record;
  }

  close(): void {
    try {
      fsyncSync(this.#file);
    } finally {
      closeSync(this.#file);
    }
  }
}

/** Makes a new file's name durable, where the system can do that. */
function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // Windows has no folders to open: its entries are durable with the file
  }
}
