// Ends a daemon, of whatever version it is, and waits until it is gone. Its runs go on.
import { DaemonClient } from './client.ts';
import { findDaemon, type Found } from './home.ts';

/** Milliseconds that it gets, and between looks. */
const ENDING = 5000;
const LOOK = 20;

export async function endDaemon(home: string, found: Found): Promise<void> {
  const client = new DaemonClient(found);
  // one of another version may answer otherwise; what counts is that it goes
  await client.call('shutdown').catch(() => undefined);
  client.close();
  for (const began = performance.now(); performance.now() - began < ENDING;) {
    const now = findDaemon(home);
    if (typeof now !== 'object' || now.lease.pid !== found.lease.pid) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}
