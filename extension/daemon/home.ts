// Where the daemon is found: its lease and its token in the folder ANNEAL_HOME.
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { lease as leaseSchema, LEASE_FILE, TOKEN_FILE, type Lease } from '../../daemon/server/protocol.ts';

export interface Found {
  readonly lease: Lease;
  readonly token: string;
}

/** The folder of a setting, else of ANNEAL_HOME, else .anneal in the user's home. */
export function homeFolder(setting: string, environment: NodeJS.ProcessEnv): string {
  const named = setting.trim() === '' ? environment['ANNEAL_HOME'] : setting.trim().replace(/^~(?=$|[\\/])/, homedir());
  return named === undefined || named === '' ? join(homedir(), '.anneal') : resolve(named);
}

/** absent: nobody left a lease. dead: whoever did has gone without taking it back. */
export function findDaemon(home: string): Found | 'absent' | 'dead' {
  let text: string;
  try {
    text = readFileSync(join(home, LEASE_FILE), 'utf8');
  } catch {
    return 'absent';
  }
  try {
    const lease = leaseSchema.parse(JSON.parse(text));
    if (!mayLive(lease)) return 'dead';
    return { lease, token: readFileSync(join(home, TOKEN_FILE), 'utf8').trim() };
  } catch {
    return 'dead';
  }
}

/** Whether the process of a lease may still be there; whether it is the daemon is seen by asking it. */
function mayLive({ pid, host }: Lease): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
