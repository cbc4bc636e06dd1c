// Starts the daemon detached from the window, with the Node that runs the extension: none needs to be installed.
import * as l10n from '@vscode/l10n';
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DAEMON_FLAGS } from '../../daemon/server/protocol.ts';
import { findDaemon, type Found } from './home.ts';
import { DaemonProblem } from './problem.ts';

export interface Start {
  /** ANNEAL_HOME. */
  readonly home: string;
  /** dist/daemon.js. */
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Process of a lease whose port does not answer: the lease is of a daemon that is gone, its number is used by another process. */
  readonly stale?: number | undefined;
}

/** Milliseconds until a daemon that was started must be there, and between looks for its lease. */
const STARTING = 20_000;
const LOOK = 20;
/** A log that is larger steps aside. */
const LARGE_LOG = 4 * 1024 * 1024;

export const logFile = (home: string): string => join(home, 'daemon.log');

/**
 * VS Code's own process as Node (in a server it is Node already), without what belongs to the window: its options would make the daemon
 * listen to a debugger, or load what only the extension host has.
 */
export function environmentOf(environment: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_INSPECT)/.test(name),
  );
  return { ...Object.fromEntries(kept), ANNEAL_HOME: home, ELECTRON_RUN_AS_NODE: '1' };
}

/** The daemon that lives, started where none does. Throws DaemonProblem 'not-started'. */
export async function startDaemon({ home, program, environment, stale }: Start): Promise<Found> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') chmodSync(home, 0o700);
  const log = openLog(home);
  const child = spawn(process.execPath, [...DAEMON_FLAGS, program], {
    cwd: home,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
    env: environmentOf(environment, home),
  });
  closeSync(log);
  child.unref();
  const start = { failed: false };
  child.on('error', () => (start.failed = true));
  // of two that are started at once the slower one ends with status 0
  child.on('exit', (code) => (start.failed = code !== 0));
  for (const began = performance.now(); performance.now() - began < STARTING && !start.failed;) {
    const found = findDaemon(home);
    if (typeof found === 'object' && found.lease.pid !== stale) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  throw new DaemonProblem('not-started', l10n.t('The daemon could not be started: {0} says why.', logFile(home)), { next: 'show-log' }); // prettier-ignore
}

function openLog(home: string): number {
  const path = logFile(home);
  try {
    if (statSync(path).size > LARGE_LOG) renameSync(path, `${path}.old`);
  } catch {
    // there is none yet
  }
  return openSync(path, 'a', 0o600);
}
