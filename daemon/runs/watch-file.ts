// Told when a file or folder changes, where the system can tell; nothing where it cannot.
import { watch } from 'node:fs';

/** Returns what ends the watching. Who must not miss a change looks now and then as well. */
export function watchFile(path: string, changed: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, changed);
    watcher.on('error', () => undefined);
    return () => watcher.close();
  } catch {
    // no watches left, or a file system without
    return () => undefined;
  }
}
