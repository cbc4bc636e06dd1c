// Waits for a daemon: by its lease, which whoever starts one writes.
import { watch, type FSWatcher } from 'node:fs';
import { findDaemon, LEASE } from './home.ts';

/** Calls when a daemon's lease appears in the folder; undefined where there is no such folder: whoever starts a daemon from here makes it. */
function watchLease(home: string, appeared: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(home, { persistent: false }, (_, name) => {
      if ((name === null || name === LEASE) && typeof findDaemon(home) === 'object') appeared();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** Resolves when there is a daemon: its lease appears, or this window has connected to it. Or when the signal is aborted. */
export async function appearance(
  home: string,
  onState: (listener: (state: string) => void) => { dispose(): void },
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      listening.dispose();
      watcher?.close();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const listening = onState((state) => void (state === 'connected' && end()));
    const watcher = watchLease(home, end);
    signal.addEventListener('abort', end);
  });
}

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
