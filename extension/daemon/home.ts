// Where the daemon is found: its lease and its token in the folder ANNEAL_HOME.
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Lease, LEASE_FILE, TOKEN_FILE } from '../../daemon/server/protocol.ts';

// named here, not imported: looking for a daemon must not load the schemas of everything that it says
export const LEASE = 'daemon.json' satisfies typeof LEASE_FILE;
const TOKEN = 'token' satisfies typeof TOKEN_FILE;

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
    text = readFileSync(join(home, LEASE), 'utf8');
  } catch {
    return 'absent';
  }
  try {
    const lease: unknown = JSON.parse(text);
    if (!isLease(lease) || !mayLive(lease)) return 'dead';
    return { lease, token: readFileSync(join(home, TOKEN), 'utf8').trim() };
  } catch {
    return 'dead';
  }
}

function isLease(value: unknown): value is Lease {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, port, protocol, version } = value as Partial<Record<keyof Lease, unknown>>;
  const isWhole = [pid, port, protocol].every((number) => Number.isSafeInteger(number));
  return isWhole && Number(pid) > 0 && Number(port) > 0 && typeof host === 'string' && typeof version === 'string';
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
