// The column of its line at which a row begins: rows of a list stand anywhere in one.
import { open } from 'node:fs/promises';
import type { SourceRow } from '../source/row.ts';

/** Bytes in front of a row in which its line must begin. */
const REACH = 1 << 20;

/** 1-based, in UTF-16 units; undefined where it is too far away, or the file is packed or has no lines. */
export async function columnOf({ file, offset, text }: SourceRow): Promise<number | undefined> {
  if (offset === undefined || text === undefined || file.endsWith('.gz')) return undefined;
  const handle = await open(file);
  try {
    const start = Math.max(0, offset - REACH);
    const before = Buffer.alloc(offset - start);
    await handle.read(before, 0, before.length, start);
    const lineStart = before.lastIndexOf(10) + 1;
    if (lineStart === 0 && start > 0) return undefined;
    return before.toString('utf8', lineStart).replace(/^\uFEFF/, '').length + 1;
  } finally {
    await handle.close();
  }
}
