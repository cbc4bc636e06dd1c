// Tells whether a file or folder is still what it was.
import { statSync } from 'node:fs';

/** Changes whenever a file or folder does; undefined where there is none. */
export function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
}
