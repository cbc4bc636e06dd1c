// events.jsonl: every RunEvent of a run with a gapless sequence number, durable, readable from any cursor.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { recordedEvent, type RecordedEvent, type RunEvent } from '../protocol.ts';

/** Longest time in milliseconds that events wait before they are flushed to the disk. */
const FLUSH_AFTER = 1000;

/** Whole records of a log's text, and the length of the bytes they take: a torn last record is left out. */
export function parseEvents(bytes: Uint8Array): { events: RecordedEvent[]; length: number } {
  const events: RecordedEvent[] = [];
  let length = 0;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    if (end < 0) break;
    const event = parseRecord(new TextDecoder().decode(bytes.subarray(start, end)));
    if (!event || event.seq !== events.length + 1) break;
    events.push(event);
    start = end + 1;
    length = start;
  }
  return { events, length };
}

function parseRecord(line: string): RecordedEvent | undefined {
  try {
    const parsed = recordedEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Events after a cursor; 0 reads all. */
export const readEvents = (path: string, after = 0): RecordedEvent[] =>
  existsSync(path) ? parseEvents(readFileSync(path)).events.slice(after) : [];

export class EventLog {
  readonly #file: number;
  readonly #now: () => number;
  #seq: number;
  #flushed: number;

  /** Opens a log for appending; cuts off a record that a crash left half written. `now` in milliseconds since the epoch. */
  constructor(path: string, now: () => number) {
    const { events, length } = existsSync(path) ? parseEvents(readFileSync(path)) : { events: [], length: 0 };
    this.#file = openSync(path, existsSync(path) ? 'r+' : 'w+');
    ftruncateSync(this.#file, length);
    this.#position = length;
    this.#seq = events.length;
    this.#now = now;
    this.#flushed = now();
  }

  #position: number;

  /** Appends an event. Checkpoints and the end are on the disk when this returns, others within a second of the next event. */
  append(event: RunEvent): RecordedEvent {
    const time = this.#now();
    const record: RecordedEvent = { seq: ++this.#seq, time, event };
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#position + done);
    this.#position += bytes.length;
    if (event.type === 'checkpoint' || event.type === 'end' || Math.abs(time - this.#flushed) >= FLUSH_AFTER) {
      fsyncSync(this.#file);
      this.#flushed = time;
    }
    return record;
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}
