// The daemon's life: takes the lock, opens the store, listens on loopback, writes the lease, ends when nobody needs it.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { acquireLock, holderOf, LockHeld } from '../lock.ts';
import { RunHistories } from '../runs/histories.ts';
import { healthLimits } from '../runs/heartbeat.ts';
import { homeOf, prepareHome, writePrivate } from '../runs/home.ts';
import { Imports } from '../runs/imports/imports.ts';
import { Runs } from '../runs/runs.ts';
import { createApp } from './app.ts';
import type { ServerContext } from './context.ts';
import { Machine } from './devices.ts';
import { Feed } from './feed.ts';
import { Guard } from './guard.ts';
import { daemonHandlers } from './handlers/daemon.ts';
import { dataHandlers } from './handlers/data.ts';
import { datasetHandlers } from './handlers/dataset.ts';
import { historyHandlers } from './handlers/history.ts';
import { runHandlers } from './handlers/runs.ts';
import { IdleWatch } from './idle.ts';
import { protocolVersion, type Lease } from './protocol.ts';
import { Reader } from './reader/process.ts';
import { Sessions } from './sessions.ts';
import { streamTimes } from './streams.ts';
import { Watches } from './watching.ts';

/** Minutes without clients and runs after which the daemon ends; ANNEAL_IDLE_MINUTES says otherwise. */
const IDLE_MINUTES = 30;

/** Runs until the daemon is told to end, or is idle. Returns at once where another one lives. */
export async function serve(environment: NodeJS.ProcessEnv): Promise<void> {
  const home = homeOf(environment);
  await prepareHome(home);
  const release = await acquireLock(home.lock, process.pid).catch((error: unknown) => {
    if (error instanceof LockHeld) return undefined;
    throw error;
  });
  if (!release) {
    report('Another daemon serves this user: this one ends.', undefined);
    return;
  }
  const ending = new AbortController();
  const randomId = (): string => randomWord(6);
  const runs = await Runs.open({
    home,
    workerFile: beside('worker.js'),
    environment,
    now: Date.now,
    randomId,
    report,
    limits: healthLimits,
    look: 1000,
  });
  const feed = new Feed(randomWord(8));
  tellChanges(runs, feed);
  const sessions = new Sessions(() => randomWord(24));
  const imports = new Imports({ store: runs.store, now: Date.now, newId: (name) => runs.newId(name) });
  const watches = new Watches({
    foldersOf: (session) => sessions.get(session).real,
    changed: (session, kind, paths) => {
      feed.publish({ type: 'files', kind, paths }, session);
      if (kind === 'output')
        void imports.refreshAt(paths).catch((error: unknown) => report('An import failed.', error));
    },
    failed: (error) => report('A folder cannot be watched.', error),
  });
  const reader = new Reader(beside('reader.js'));
  const context: ServerContext = {
    reader,
    runs,
    watches,
    imports,
    machine: new Machine(beside('cli.js')),
    environment,
    histories: new RunHistories((id) => runs.store.folder(id).events),
    sessions,
    feed,
    version: packageJson.version,
    now: Date.now,
    shutdown: () => setImmediate(() => ending.abort()),
  };
  const idleMinutes = Number(environment['ANNEAL_IDLE_MINUTES'] ?? IDLE_MINUTES);
  const idle = new IdleWatch(idleMinutes * 60_000, () => runs.busy, () => ending.abort()); // prettier-ignore

  const server = createServer();
  const port = await listen(server);
  // new with every daemon: what an old one's clients know is worth nothing any more
  const token = randomBytes(32).toString('base64url');
  const app = createApp({
    guard: new Guard(token, port),
    handlers: {
      ...daemonHandlers(context),
      ...runHandlers(context),
      ...historyHandlers(context),
      ...dataHandlers(context),
      ...datasetHandlers(context),
    },
    sessions,
    times: streamTimes,
    ending: ending.signal,
    idle,
    report,
  });
  server.on('request', app);
  await writePrivate(home.token, `${token}\n`);
  const lease: Lease = { ...holderOf(process.pid), port, protocol: protocolVersion, version: packageJson.version };
  await writePrivate(home.lease, `${JSON.stringify(lease)}\n`);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
  report(`Anneal ${packageJson.version} listens on 127.0.0.1:${port}.`, undefined);

  await new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  await rm(home.lease, { force: true });
  await rm(home.token, { force: true });
  idle.close();
  watches.close();
  reader.close();
  feed.close();
  await runs.close();
  await close(server);
  await release();
  report('The daemon has ended.', undefined);
}

/** Changes of runs and queue become messages of the feed: states at once, progress a moment later. */
function tellChanges(runs: Runs, feed: Feed): void {
  const states = new Map(runs.store.list().map(({ id, state }) => [id, state]));
  runs.store.onChange(({ id, removed }) => {
    if (removed) {
      states.delete(id);
      feed.publish({ type: 'run-removed', id });
      return;
    }
    const record = runs.store.get(id);
    const message = () => (runs.store.has(id) ? ({ type: 'run', run: runs.summary(runs.store.get(id)) } as const) : undefined); // prettier-ignore
    if (states.get(id) === record.state) feed.publishSoon(id, message);
    else feed.publish({ type: 'run', run: runs.summary(record) });
    states.set(id, record.state);
  });
  runs.onQueueChange(() => feed.publishSoon('queue', () => ({ type: 'queue', queue: runs.queue.status() })));
}

function listen(server: Server): Promise<number> {
  // slow headers and bodies do not hold connections for ever
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  // clients that ask now and then keep their connection
  server.keepAliveTimeout = 60_000;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Milliseconds that replies under way get. */
const CLOSING = 1000;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), CLOSING).unref();
  });
}

/** Base 32, without the letters that look like digits. */
function randomWord(length: number): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
}

/** To the daemon's log. No request, header or token is ever among it. */
function report(message: string, error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
  process.stderr.write(`${new Date().toISOString()} ${message}${error === undefined ? '' : `\n${detail}`}\n`);
}

/** Another bundle: beside this one, or, from the sources, in dist/. */
function beside(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const path = join(here, name);
  return existsSync(path) ? path : join(here, '../../dist', name);
}
