// What tells a file apart from what it was: size, time of its last change, and samples of its bytes.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { unreadable } from '../text/bytes.ts';

const SAMPLES = 16;
const SAMPLE = 4096;

export interface Fingerprint {
  readonly size: number;
  /** Nanoseconds since the epoch, as text: beyond what a number holds. */
  readonly changed: string;
  /** SHA-256 of samples from the beginning to the end, in hex. */
  readonly samples: string;
}

/** Reads at most 64 kB. Throws UserError where the file cannot be read. */
export async function fingerprint(path: string): Promise<Fingerprint> {
  try {
    const file = await open(path);
    try {
      const { size, mtimeNs } = await file.stat({ bigint: true });
      const bytes = Number(size);
      const hash = createHash('sha256');
      const buffer = Buffer.alloc(SAMPLE);
      for (let i = 0; i < SAMPLES; i++) {
        const offset = Math.floor((Math.max(0, bytes - SAMPLE) * i) / (SAMPLES - 1));
        const { bytesRead } = await file.read(buffer, 0, SAMPLE, offset);
        hash.update(buffer.subarray(0, bytesRead));
      }
      return { size: bytes, changed: String(mtimeNs), samples: hash.digest('hex') };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

export const isSame = (one: Fingerprint, other: Fingerprint): boolean =>
  one.size === other.size && one.changed === other.changed && one.samples === other.samples;
