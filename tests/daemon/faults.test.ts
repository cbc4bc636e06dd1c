// What goes wrong at night: processes killed, daemons that come and go, a full disk, a clock set back. Nothing is lost: the log
// has every event once and no gap, the last checkpoint is whole, and a resumed run has the losses of the uninterrupted one.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { isAlive } from '../../daemon/lock.ts';
import type { RecordedEvent } from '../../daemon/protocol.ts';
import type { RunDetail } from '../../daemon/runs/protocol.ts';
import { anneal, baseRecipe, repository, temporary } from '../cli/command.ts';
import { DaemonHome, readLog, until, type ListedRun } from './daemon.ts';
import { Wire } from './http.ts';

// several whole runs a test, on a machine that may be busy
vi.setConfig({ testTimeout: 240_000 });

const homes: DaemonHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.end();
});

function fresh(environment: NodeJS.ProcessEnv = {}): DaemonHome {
  const home = new DaemonHome(environment);
  homes.push(home);
  return home;
}

const stub = (name: string): string => `--import ${pathToFileURL(join(repository, 'tests/daemon/stubs', name)).href}`;

/** Steps of the run that everything is done to, with dropout and shuffling on; a checkpoint every five. */
const steps = 60;
const args = (output: string): string[] => [
  'train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'lora_dropout=0.1', 'disable_shuffling=false', `max_steps=${steps}`,
  'save_strategy=steps', 'save_steps=5', 'save_total_limit=3',
]; // prettier-ignore

/** Loss and gradient norm of each step; what was done again counts as it was done last. */
function losses(events: readonly RecordedEvent[]): [number, number][] {
  const found: [number, number][] = [];
  for (const { event } of events) if (event.type === 'step') found[event.step - 1] = [event.loss, event.gradNorm];
  return found;
}

let reference: [number, number][];
beforeAll(async () => {
  const output = temporary('reference');
  const { status, stderr } = await anneal(args(output));
  if (status !== 0) throw new Error(`the uninterrupted run failed: ${stderr}`);
  reference = losses(readLog(join(output, 'events.jsonl')));
});

async function detach(home: DaemonHome, ...more: string[]): Promise<{ id: string; output: string }> {
  const output = temporary('out');
  const { id } = await home.json<{ id: string }>(...args(output), ...more, '--detach');
  return { id, output };
}

const lastStep = (home: DaemonHome, id: string): number =>
  existsSync(home.files(id).events) ? readFileSync(home.files(id).events, 'utf8').split('"type":"step"').length - 1 : 0;

const afterStep = (home: DaemonHome, id: string, step: number): Promise<void> => until(() => lastStep(home, id) >= step, `step ${step}`); // prettier-ignore

/** Kills all of them at once, before any of them can go on without the others. */
async function kill(...pids: (number | undefined)[]): Promise<void> {
  const known = pids.filter((pid) => pid !== undefined);
  if (known.length < pids.length) throw new Error('there is nothing to kill');
  for (const pid of known) process.kill(pid, 'SIGKILL');
  for (const pid of known) await until(() => !isAlive({ pid, host: hostname() }), 'a killed process to be gone');
}

async function state(home: DaemonHome, id: string): Promise<string | undefined> {
  return (await home.runs()).find((run) => run.id === id)?.state;
}

async function done(home: DaemonHome, id: string, last = steps): Promise<void> {
  const followed = await home.anneal(['logs', id, '--follow']);
  expect(followed.stdout).toContain(`done: ${last} steps`);
  expect(await state(home, id)).toBe('done');
}

/** Checkpoints that are there under their names are whole: the list of files is that of the first. */
function expectWholeCheckpoints(output: string): void {
  const names = readdirSync(output).filter((name) => name.startsWith('checkpoint-'));
  const contents = names.map((name) => readdirSync(join(output, name)).sort());
  for (const content of contents) expect(content).toEqual(contents[0]);
  expect(names.length).toBeGreaterThan(0);
}

/** What a killed worker had begun to write is gone once the run is done, and every checkpoint is whole. */
function expectNothingHalfWritten(output: string): void {
  expectWholeCheckpoints(output);
  expect(readdirSync(output).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
}

test('kill -9 of the daemon: the run goes on, a new daemon finds it, no event is lost or doubled', async () => {
  const home = fresh();
  const { id, output } = await detach(home);
  await afterStep(home, id, 5);
  await kill(home.pid);
  const reached = lastStep(home, id);
  await afterStep(home, id, reached + 3);
  expect(await home.json('daemon', 'status')).toEqual({ running: false, pid: null, port: null });
  await done(home, id);
  const told = home.events(id);
  expect(told.flatMap(({ event }) => (event.type === 'step' ? [event.step] : []))).toEqual(Array.from({ length: steps }, (_, i) => i + 1)); // prettier-ignore
  expect(losses(told)).toEqual(reference);
  expect(readLog(join(output, 'events.jsonl')).map(({ event }) => event)).toEqual(told.map(({ event }) => event));
});

test('kill -9 of the worker: said with its signal, and resumed from the last checkpoint', async () => {
  const home = fresh();
  const { id, output } = await detach(home);
  await afterStep(home, id, 12);
  await kill(home.workerOf(id));
  const followed = await home.anneal(['logs', id, '--follow']);
  expect(followed.stderr).toMatch(/was killed \(SIGKILL\) after step \d+.*Resume it to go on from the last checkpoint/);
  expect(await state(home, id)).toBe('failed');
  expect(home.events(id).at(-1)?.event).toMatchObject({ type: 'end', state: 'failed', error: { code: 'killed' } });
  expectWholeCheckpoints(output);
  await home.json('resume', id);
  await done(home, id);
  expectNothingHalfWritten(output);
  expect(losses(home.events(id))).toEqual(reference);
});

test('kill -9 of both: the next daemon says so, and the run is resumed', async () => {
  const home = fresh();
  const { id, output } = await detach(home);
  await afterStep(home, id, 12);
  await kill(home.workerOf(id), home.pid);
  expect(await state(home, id)).toBe('failed');
  expect(home.events(id).at(-1)?.event).toMatchObject({ type: 'end', state: 'failed', error: { code: 'lost' } });
  expectWholeCheckpoints(output);
  await home.json('resume', id);
  await done(home, id);
  expectNothingHalfWritten(output);
  expect(losses(home.events(id))).toEqual(reference);
});

test('a daemon that is ended and started during a run, with another one waiting', async () => {
  const home = fresh();
  // long enough to be at work still when the next daemon looks
  const first = await detach(home, 'max_steps=150');
  const second = await detach(home, 'max_steps=3');
  await afterStep(home, first.id, 5);
  const before = home.pid;
  await home.json('daemon', 'stop');
  await home.json('daemon', 'start');
  expect(home.pid).not.toBe(before);
  expect([await state(home, first.id), await state(home, second.id)]).toEqual(['running', 'queued']);
  await done(home, first.id, 150);
  await done(home, second.id, 3);
  expect(losses(home.events(first.id)).slice(0, steps)).toEqual(reference);
});

test('five that start a daemon at once end with one', async () => {
  const home = fresh();
  const started = await Promise.all(Array.from({ length: 5 }, () => home.json<{ pid: number }>('daemon', 'start')));
  expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
  const log = readFileSync(home.home.log, 'utf8');
  expect(log.match(/listens on/g)).toHaveLength(1);
});

test('a disk that fills up: the sentence, the checkpoint before it, and on from there when there is room', async () => {
  const full = join(temporary('full'), 'full');
  const home = fresh({ NODE_OPTIONS: stub('full-disk.mjs'), FULL_DISK: full });
  const { id, output } = await detach(home);
  await afterStep(home, id, 11);
  writeFileSync(full, '');
  const followed = await home.anneal(['logs', id, '--follow']);
  expect(followed.stderr).toContain('The disk is full');
  expect(home.events(id).at(-1)?.event).toMatchObject({ type: 'end', state: 'failed', error: { code: 'disk-full' } });
  expectWholeCheckpoints(output);
  rmSync(full);
  await home.json('resume', id);
  await done(home, id);
  expectNothingHalfWritten(output);
  expect(losses(home.events(id))).toEqual(reference);
});

test('a clock that goes backwards changes nothing', async () => {
  const home = fresh({ NODE_OPTIONS: stub('clock.mjs') });
  const { id } = await detach(home);
  await afterStep(home, id, 5);
  await home.json('stop', id);
  await home.json('resume', id);
  await done(home, id);
  const times = home.events(id).map(({ time }) => time);
  expect(times.some((time, i) => time < (times[i - 1] ?? 0))).toBe(true);
  expect(losses(home.events(id))).toEqual(reference);
});

/** What the daemon says of the health of a run. */
async function health(wire: Wire, id: string): Promise<string | undefined> {
  return (await wire.json<RunDetail>({ path: `/v1/runs/${id}` })).health?.state;
}

test.skipIf(process.platform === 'win32')('a worker that is frozen hangs, and is not just slow; thawed it goes on as if nothing had been', async () => {
  const home = fresh({ NODE_OPTIONS: stub('fast.mjs') });
  const { id, output } = await detach(home, 'max_steps=200');
  const wire = new Wire(home);
  const seen: (string | undefined)[] = [];
  const look = async (): Promise<string | undefined> => {
    const state = await health(wire, id);
    if (seen.at(-1) !== state) seen.push(state);
    return state;
  };
  await afterStep(home, id, 3);
  await until(async () => (await look()) === 'working', 'a worker at work');
  process.kill(home.workerOf(id), 'SIGSTOP');
  await until(async () => (await look()) === 'hung', 'a worker that hangs');
  const frozen = lastStep(home, id);
  expect(await state(home, id)).toBe('running');
  process.kill(home.workerOf(id), 'SIGCONT');
  await until(async () => (await look()) === 'working', 'a worker that has gone on');
  expect(seen.filter((one) => one !== 'starting')).toEqual(['working', 'hung', 'working']);
  expect(frozen).toBeLessThan(200);
  await done(home, id, 200);
  expectNothingHalfWritten(output);
  expect(losses(home.events(id)).slice(0, steps)).toEqual(reference);
  wire.close();
}); // prettier-ignore

test.skipIf(process.platform === 'win32')('a frozen worker can be ended, and its run resumed', async () => {
  const home = fresh();
  const { id } = await detach(home);
  await afterStep(home, id, 7);
  process.kill(home.workerOf(id), 'SIGSTOP');
  expect(await home.json<ListedRun>('stop', id, '--now')).toMatchObject({ id, state: 'stopped' });
  await home.json('resume', id);
  await done(home, id);
  expect(losses(home.events(id))).toEqual(reference);
});

test('SIGTERM while a checkpoint is written: that one is whole, and the run ends after it', async () => {
  const home = fresh();
  const { id, output } = await detach(home, 'save_steps=1');
  await afterStep(home, id, 3);
  const worker = home.workerOf(id);
  // looked for without a pause: a checkpoint is written in some milliseconds
  while (!readdirSync(output).some((name) => name.startsWith('.tmp-checkpoint-'))) await new Promise(setImmediate);
  process.kill(worker, 'SIGTERM');
  await home.anneal(['logs', id, '--follow']);
  expect(await state(home, id)).toBe('stopped');
  expectWholeCheckpoints(output);
  const events = home.events(id);
  expect(events.at(-1)?.event).toMatchObject({ type: 'end', state: 'stopped', step: lastStep(home, id) });
  expect(existsSync(join(output, `checkpoint-${lastStep(home, id)}`))).toBe(true);
  await home.json('resume', id);
  await done(home, id);
  expectNothingHalfWritten(output);
  expect(losses(home.events(id))).toEqual(reference);
});
