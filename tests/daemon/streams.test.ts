// Many listeners, slow listeners, listeners that come back: each gets every event once, and none costs the daemon its memory.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runRecord, noProgress } from '../../daemon/runs/record.ts';
import { baseRecipe, temporary } from '../cli/command.ts';
import { DaemonHome, until } from './daemon.ts';
import { Wire } from './http.ts';

const home = new DaemonHome();
let wire: Wire;

/** Events of the long run that has ended: some 10 MB. */
const LONG = 20_000;

function writeRun(id: string, created: number, events: string): void {
  const folder = join(home.home.runs, id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'recipe.yaml'), 'stage: sft\n');
  writeFileSync(join(folder, 'events.jsonl'), events);
  const record = runRecord.parse({
    version: 1, id, name: id, source: 'anneal', state: 'done', recipeFile: null, overrides: [], workingDirectory: tmpdir(),
    outputDir: join(tmpdir(), id), stage: 'sft', finetuningType: 'lora', device: 'cpu', tags: [], notes: '', clonedFrom: null, created,
    started: created, ended: created, attempts: 1, rank: null, resumeFrom: null, startedAfter: 0, killed: false, failure: null,
    progress: noProgress,
  }); // prettier-ignore
  writeFileSync(join(folder, 'record.json'), JSON.stringify(record));
}

const line = (seq: number): string =>
  (JSON.stringify({ seq, time: 1, event: { type: 'metrics', step: seq, totalSteps: LONG, epoch: 0, metrics: { loss: 1 / seq, padding: 'x'.length } } })).padEnd(500) + '\n'; // prettier-ignore

beforeAll(async () => {
  writeRun('long-run', 2_000_000, Array.from({ length: LONG }, (_, i) => line(i + 1)).join(''));
  for (let i = 0; i < 1000; i++) writeRun(`old-${i}`, i, '');
  await home.anneal(['daemon', 'start']);
  wire = new Wire(home);
});
const sockets: Listener[] = [];
afterEach(() => {
  for (const listener of sockets.splice(0)) listener.socket.destroy();
});
afterAll(async () => {
  wire.close();
  await home.end();
});

/** A subscriber on a bare socket, which can be left unread. */
class Listener {
  readonly socket: Socket;
  /** Ids of the records so far. */
  readonly ids: number[] = [];
  /** What came, as far as a small stream goes. */
  text = '';
  #rest = '';

  constructor(path: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = connect(wire.port, '127.0.0.1');
    const lines = Object.entries({ host: `127.0.0.1:${wire.port}`, ...wire.authorized, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`); // prettier-ignore
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    this.socket.on('data', (chunk) => this.#take(chunk.toString('latin1')));
    sockets.push(this);
  }

  #take(chunk: string): void {
    if (this.text.length < 1e6) this.text += chunk;
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const id = /^id: (\d+)$/.exec(line)?.[1];
      if (id !== undefined) this.ids.push(Number(id));
    }
  }
}

const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test('a thousand runs are listed, and found by what they are called', async () => {
  const all = await wire.json<{ runs: { id: string }[]; total: number }>({ path: '/v1/runs' });
  expect([all.total, all.runs.length, all.runs[0]?.id, all.runs[1]?.id]).toEqual([1001, 1001, 'long-run', 'old-999']);
  const some = await wire.json<{ runs: { id: string }[]; total: number }>({ path: '/v1/runs?search=OLD-99&limit=3&offset=1' }); // prettier-ignore
  expect([some.total, some.runs.map(({ id }) => id)]).toEqual([11, ['old-998', 'old-997', 'old-996']]);
});

test.runIf(process.platform === 'linux')('clients that do not read cost next to nothing, and lose nothing', async () => {
  const pid = home.pid ?? 0;
  // warm: the log has been read once
  await wire.json({ path: '/v1/runs/long-run/records?after=19999' });
  const before = memoryOf(pid);
  const lazy = Array.from({ length: 25 }, () => new Listener('/v1/runs/long-run/events'));
  for (const { socket } of lazy) socket.pause();
  // another one gets all of it meanwhile
  const eager = new Listener('/v1/runs/long-run/events');
  await until(() => eager.ids.length === LONG, 'the reader that reads');
  expect(eager.ids).toEqual(upTo(LONG));
  // each holds one batch and what the system buffers; all of the log for each would be 250 MB
  expect(memoryOf(pid) - before).toBeLessThan(60e6);
  const [late] = lazy;
  late?.socket.resume();
  await until(() => late?.ids.length === LONG, 'the reader that was late');
  expect(late?.ids).toEqual(upTo(LONG));
}); // prettier-ignore

test('two hundred subscribers of a run: every event, once, in order, from wherever they came in', async () => {
  const output = temporary('out');
  const { id } = await home.json<{ id: string }>('train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'max_steps=40', '--detach'); // prettier-ignore
  const path = `/v1/runs/${id}/events`;
  const listeners = Array.from({ length: 200 }, (_, i) => new Listener(i % 2 === 0 ? path : `${path}?after=${i % 7}`));
  await until(() => listeners.every(({ text }) => /event: state\ndata: \{[^\n]*"state":"done"/.test(text)), 'the end of the run for everybody'); // prettier-ignore
  const all = home.events(id).map(({ seq }) => seq);
  for (const [i, { ids }] of listeners.entries()) expect(ids).toEqual(i % 2 === 0 ? all : all.slice(i % 7));
  // the end is told after the last event
  for (const { text } of listeners) expect(text.lastIndexOf('event: record')).toBeLessThan(text.lastIndexOf('event: state')); // prettier-ignore
});

test('Last-Event-ID goes on where a client was, and before a query', async () => {
  const back = new Listener('/v1/runs/long-run/events?after=5', { 'last-event-id': String(LONG - 3) });
  await until(() => back.ids.length >= 3, 'the last events');
  expect(back.ids).toEqual([LONG - 2, LONG - 1, LONG]);
  expect(back.text).toMatch(/^event: state\ndata: \{"id":"long-run"/m);
});

test('the feed tells of runs and files, of files only to their session, and says when it has forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-watched-'));
  const open = (folders: string[]): Promise<{ session: string }> =>
    wire.json({ method: 'POST', path: '/v1/sessions', body: JSON.stringify({ client: 'test', folders }) });
  const [mine, other] = [await open([folder]), await open([mkdtempSync(join(tmpdir(), 'anneal-other-'))])];
  const inside = new Listener('/v1/feed', { 'anneal-session': mine.session });
  const outside = new Listener('/v1/feed', { 'anneal-session': other.session });
  await until(() => inside.text.includes('event: hello') && outside.text.includes('event: hello'), 'hello');
  // a watch takes a moment to stand: the file is touched until it is seen
  const recipe = join(folder, 'recipe.yaml');
  await until(() => {
    appendFileSync(recipe, '# more\n');
    return inside.text.includes(`{"type":"files","kind":"recipe","paths":[${JSON.stringify(recipe)}]}`);
  }, 'the changed recipe');
  await wire.json({ method: 'PATCH', path: '/v1/runs/old-7', body: '{"tags":["good"]}' });
  for (const { text } of [inside, outside]) await until(() => text.includes('') && inside.text.includes('"id":"old-7"') && outside.text.includes('"id":"old-7"'), 'the changed run'); // prettier-ignore
  expect(outside.text).not.toContain('"type":"files"');

  const cursor = /^id: (.+)$/m.exec(outside.text)?.[1] ?? '';
  const back = new Listener(`/v1/feed?cursor=${cursor}`);
  const stranger = new Listener('/v1/feed?cursor=another.7');
  await until(() => stranger.text.includes('event: reset') && back.text.includes('event: hello'), 'reset');
  expect(back.text).not.toContain('event: reset');
  await wire.json({ method: 'DELETE', path: '/v1/runs/old-8' }).catch(() => undefined);
  await until(() => back.text.includes('{"type":"run-removed","id":"old-8"}'), 'the deleted run');
});
