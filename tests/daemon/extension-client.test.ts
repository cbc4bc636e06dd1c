// The extension's way to the daemon, with a real one at the other end: found, started, killed, found again; and with one that talks nonsense.
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../../daemon/protocol.ts';
import { protocolVersion, type FeedEvent } from '../../daemon/server/protocol.ts';
import { DaemonConnection, type RunMessage } from '../../extension/daemon/connection.ts';
import { DaemonProblem } from '../../extension/daemon/problem.ts';
import { RunList } from '../../extension/tracking/run-list.ts';
import { watchRuns } from '../../extension/tracking/watch.ts';
import { repository, temporary } from '../cli/command.ts';
import { DaemonHome, smallWorld, until } from './daemon.ts';

const homes: DaemonHome[] = [];
const connections: DaemonConnection[] = [];

function connectionTo(home: DaemonHome, more: { isTrusted?: () => boolean; log?: (sentence: string) => void } = {}): DaemonConnection {
  const connection = new DaemonConnection({
    start: { home: home.home.folder, program: join(repository, 'dist/daemon.js'), environment: process.env },
    name: 'test',
    folders: () => [smallWorld],
    isTrusted: () => true,
    log: () => {},
    ...more,
  });
  connections.push(connection);
  return connection;
} // prettier-ignore

function newHome(): DaemonHome {
  const home = new DaemonHome();
  homes.push(home);
  return home;
}

afterEach(() => {
  for (const connection of connections.splice(0)) connection.dispose();
});
afterAll(async () => {
  for (const home of homes) await home.end();
});

const problemOf = async (asked: Promise<unknown>): Promise<DaemonProblem> => {
  const error: unknown = await asked.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof DaemonProblem) return error;
  throw new Error(`no DaemonProblem: ${String(error)}`);
};

const submission = (output: string, ...overrides: string[]) => ({
  recipeFile: join(smallWorld, 'captain.yaml'),
  workingDirectory: smallWorld,
  overrides: [`output_dir=${output}`, ...overrides],
});

test('who only looks starts nothing, and who is not trusted neither', async () => {
  const home = newHome();
  const looking = await problemOf(connectionTo(home).call('listRuns', {}, { start: false }));
  expect(looking).toMatchObject({ kind: 'absent', next: 'start' });
  const untrusted = await problemOf(connectionTo(home, { isTrusted: () => false }).call('listRuns'));
  expect(untrusted).toMatchObject({ kind: 'untrusted', next: 'trust' });
  expect(home.pid).toBeUndefined();
});

test('two windows that start at once have one daemon', async () => {
  const home = newHome();
  const [one, two] = [connectionTo(home), connectionTo(home)];
  await Promise.all([one.call('listRuns'), one.call('queue'), two.call('listRuns')]);
  expect(one.lease?.pid).toBe(two.lease?.pid);
  expect(one.lease?.pid).toBe(home.pid);
  expect(one.capabilities).toContain('runs');
});

test('a killed daemon is started again: the feed says so, no record of the run is lost or told twice', async () => {
  const home = newHome();
  const connection = connectionTo(home);
  const runs = new RunList();
  const feed: FeedEvent[] = [];
  watchRuns(connection, runs, (error) => expect(error).toBeUndefined());
  connection.onFeed((event) => feed.push(event));
  await connection.allowFolders([tmpdir()]);
  const { id } = await connection.call('submitRun', { body: submission(temporary('followed'), 'max_steps=12') }); // prettier-ignore
  const records: RecordedEvent[] = [];
  const told: RunMessage[] = [];
  connection.follow(id, 0, (message) => {
    if (message.type === 'record') records.push(message.record);
    else told.push(message);
  });
  await until(() => records.some(({ event }) => event.type === 'step'), 'a first step');
  const before = home.pid ?? 0;
  process.kill(before, 'SIGKILL');
  await until(() => told.some((message) => message.type === 'connection' && !message.connected), 'the break is told');
  await until(() => told.some((message) => message.type === 'connection' && message.connected), 'the end of it too');
  expect(home.pid).not.toBe(before);
  await until(() => records.some(({ event }) => event.type === 'end'), 'the end of the run');
  expect(records.map(({ seq }) => seq)).toEqual(home.events(id).map(({ seq }) => seq));
  await until(() => runs.get(id)?.state === 'done', 'the list knows that it is done');
  expect(feed.some(({ type }) => type === 'reset')).toBe(true);
});

test('a daemon that was ended by hand stays away until somebody needs it, and a new one is noticed', async () => {
  const home = newHome();
  const connection = connectionTo(home);
  const feed: string[] = [];
  connection.onFeed(({ type }) => feed.push(type));
  await connection.start();
  await until(() => feed.includes('hello'), 'the feed');
  await connection.shutdown();
  expect(connection.state).toBe('absent');
  expect(connection.wasStopped).toBe(true);
  await until(() => home.pid === undefined, 'the daemon is gone');
  expect(await problemOf(connection.call('listRuns', {}, { start: false }))).toMatchObject({ kind: 'absent' });
  await home.anneal(['daemon', 'start']);
  await until(() => feed.filter((type) => type === 'hello').length === 2, 'the feed of the new daemon');
  expect(connection.state).toBe('connected');
});

test('what lies outside of the open folders is refused by name, and taken once it is allowed', async () => {
  const home = newHome();
  const connection = connectionTo(home);
  const output = temporary('outside');
  const body = submission(join(output, 'run'), 'max_steps=1');
  const problem = await problemOf(connection.call('submitRun', { body }));
  expect(problem).toMatchObject({ kind: 'refused', code: 'outside-workspace' });
  await connection.allowFolders(problem.problem?.folders ?? []);
  const { id } = await connection.call('submitRun', { body });
  await connection.call('stopRun', { params: { id }, body: { kill: true } });
});

test('a recipe with errors is refused with its findings', async () => {
  const connection = connectionTo(newHome());
  const body = {
    recipeText: 'model_name_or_path: model\nstage: sftt\ndataset: captain\n',
    workingDirectory: smallWorld,
  };
  const problem = await problemOf(connection.call('submitRun', { body }));
  expect(problem.kind).toBe('refused');
  expect(problem.problem?.findings?.length).toBeGreaterThan(0);
});

describe('something else at the port of the lease', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  /** A home whose lease names this process, and a port at which `answer` answers. */
  async function pretend(answer: RequestListener): Promise<DaemonHome> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const home = new DaemonHome({ ANNEAL_HOME: mkdtempSync(join(tmpdir(), 'anneal-pretend-')) });
    mkdirSync(home.home.folder, { recursive: true });
    const { port } = server.address() as AddressInfo;
    writeFileSync(home.home.lease, JSON.stringify({ pid: process.pid, host: hostname(), port, protocol: 1, version: '0' })); // prettier-ignore
    writeFileSync(home.home.token, 'token');
    return home;
  }

  const health = { name: 'anneal', protocol: protocolVersion, version: '9.9.9', capabilities: [], pid: 1 };
  const session = { session: 's', folders: [], protocol: protocolVersion };
  const json = (value: unknown): string => JSON.stringify(value);

  test('another protocol version', async () => {
    const home = await pretend((_, response) => response.end(json({ ...health, protocol: protocolVersion + 1 })));
    const problem = await problemOf(connectionTo(home).call('listRuns'));
    expect(problem).toMatchObject({ kind: 'version', next: 'restart' });
    expect(problem.message).toContain('9.9.9');
  });

  test('another version can be ended: it is asked, and waited for', async () => {
    const asked: string[] = [];
    const home = await pretend(({ url = '' }, response) => {
      asked.push(url);
      if (url === '/v1/shutdown') setTimeout(() => rmSync(home.home.lease), 100);
      response.end(json({ ...health, protocol: protocolVersion + 1 }));
    });
    await connectionTo(home).shutdown();
    expect(asked).toEqual(['/v1/shutdown']);
    expect(existsSync(home.home.lease)).toBe(false);
  });

  test('a reply that is not of the protocol', async () => {
    const home = await pretend(({ url }, response) => response.end(json(url === '/health' ? health : url === '/v1/sessions' ? session : { runs: [{ id: 7 }] }))); // prettier-ignore
    expect(await problemOf(connectionTo(home).call('listRuns'))).toMatchObject({ kind: 'broken', next: 'restart' });
  });

  test('a page in place of a problem', async () => {
    const home = await pretend((_, response) => {
      response.statusCode = 502;
      response.end('<html>');
    });
    expect(await problemOf(connectionTo(home).call('listRuns'))).toMatchObject({ kind: 'broken', next: 'show-log' });
  });

  test('messages of the feed that are none are logged and left out', async () => {
    const home = await pretend(({ url }, response) => {
      if (url === '/health') return response.end(json(health));
      if (url === '/v1/sessions') return response.end(json(session));
      response.setHeader('content-type', 'text/event-stream');
      response.write('event: run\ndata: {"type":"run","run":{"id":"<script>"}}\n\n');
      response.write('event: x\ndata: not json\n\n: a comment\n\n');
      return response.write('event: run-removed\ndata: {"type":"run-removed","id":"a"}\n\n');
    });
    const log: string[] = [];
    const feed: FeedEvent[] = [];
    connectionTo(home, { log: (sentence) => log.push(sentence) }).onFeed((event) => feed.push(event));
    await until(() => feed.length > 0, 'the message that is one');
    expect(feed).toEqual([{ type: 'run-removed', id: 'a' }]);
    expect(log).toHaveLength(2);
  });
});
