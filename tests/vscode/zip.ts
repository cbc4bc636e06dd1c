// The list of files in a zip: its central directory.
import { readFileSync } from 'node:fs';

const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Bytes of the record at the end, without a comment. */
const END_SIZE = 22;

export interface ZipEntry {
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
}

export function listZip(file: string): readonly ZipEntry[] {
  const bytes = readFileSync(file);
  const end = bytes.length - END_SIZE;
  if (bytes.readUInt32LE(end) !== END) throw new Error(`${file} is no zip, or has a comment.`);
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let i = bytes.readUInt16LE(end + 10); i > 0; i -= 1) {
    if (bytes.readUInt32LE(at) !== CENTRAL) throw new Error(`${file} is cut.`);
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [number, number, number]; // prettier-ignore
    entries.push({ path: bytes.toString('utf8', at + 46, at + 46 + name), size: bytes.readUInt32LE(at + 24) });
    at += 46 + name + extra + comment;
  }
  return entries;
}
