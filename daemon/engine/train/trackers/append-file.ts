// A file of records that grows by whole records only: what a full disk did not take waits in memory for the next time.
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** Bytes that wait at most; a disk that stays full must not fill the memory. */
const MOST_WAITING = 8 * 1024 * 1024;

export class AppendFile {
  readonly #file: number;
  #position: number;
  #waiting: Uint8Array[] = [];

  /** Opens for writing behind `position`, whatever stands there; makes the file where there is none. */
  constructor(path: string, position = 0) {
    this.#file = openSync(path, position > 0 ? 'r+' : 'w');
    this.#position = position;
    ftruncateSync(this.#file, position);
  }

  /** Where the next record will stand. */
  get end(): number {
    return this.#position + this.#waitingBytes;
  }

  get #waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** Adds a record. Throws what the file system throws; the record is tried again with the next one. */
  append(record: Uint8Array): void {
    if (this.#waitingBytes + record.length <= MOST_WAITING) this.#waiting.push(record);
    const bytes = Buffer.concat(this.#waiting);
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#position + done);
    } catch (error) {
      ftruncateSync(this.#file, this.#position);
      throw error;
    }
    this.#position += bytes.length;
    this.#waiting = [];
  }

  /** Brings everything to the disk. */
  close(): void {
    try {
      fsyncSync(this.#file);
    } finally {
      closeSync(this.#file);
    }
  }
}
