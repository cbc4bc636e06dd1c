// Runs with real processes behind them (a stand-in for the worker): a long queue with failures, stops, kills, daemons that come
// and go, and what a power failure leaves of a log.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEvents } from './event-log.ts';
import { healthLimits } from './heartbeat.ts';
import { homeOf, prepareHome, type Home } from './home.ts';
import { Runs, type RunPlan } from './runs.ts';

const workerFile = fileURLToPath(new URL('testing/worker.mjs', import.meta.url));

let home: Home;
const opened: Runs[] = [];
beforeEach(async () => {
  home = homeOf({ ANNEAL_HOME: mkdtempSync(join(tmpdir(), 'anneal-runs-')) });
  await prepareHome(home);
});
afterEach(async () => {
  for (const runs of opened.splice(0)) await runs.close();
  rmSync(home.folder, { recursive: true, force: true });
});

let count = 0;
const reports: string[] = [];

/** What a daemon makes of the home. */
async function open(): Promise<Runs> {
  const runs = await Runs.open({
    home,
    workerFile,
    environment: process.env,
    now: Date.now,
    randomId: () => String(++count).padStart(6, '0'),
    report: (message) => reports.push(message),
    limits: healthLimits,
    look: 50,
  });
  opened.push(runs);
  return runs;
}

const plan: RunPlan = { outputDir: '/nowhere', datasetDir: '/nowhere', otherOutputs: [], device: 'cpu', stage: 'sft', finetuningType: 'lora' }; // prettier-ignore

async function submit(runs: Runs, ...overrides: string[]): Promise<string> {
  const submission = { recipeFile: null, recipe: 'stage: sft\n', overrides, workingDirectory: tmpdir(), tags: [], notes: '' }; // prettier-ignore
  return (await runs.submit(submission, plan)).id;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Until nothing runs, waits or is being written down. */
const idle = (runs: Runs): Promise<void> => until(() => !runs.busy && runs.supervisor.active === 0);

const stateOf = (runs: Runs, id: string): string => runs.store.get(id).state;

test('a queue of a hundred with failures of every kind in the middle', async () => {
  const runs = await open();
  const ends = ['done', 'failed', 'done', 'killed', 'done', 'silent', 'done'];
  const ids: string[] = [];
  for (let i = 0; i < 100; i++) ids.push(await submit(runs, `end=${ends[i % ends.length]}`));
  await idle(runs);
  const kinds = ids.map((id) => runs.store.get(id).failure?.kind ?? stateOf(runs, id));
  const expected = ['done', 'bad-data', 'done', 'killed', 'done', 'lost', 'done'];
  expect(kinds).toEqual(ids.map((_, i) => expected[i % expected.length]));
  // one after the other, in the order of the queue
  const starts = ids.map((id) => runs.store.get(id).started ?? 0);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  for (const id of ids) {
    const events = readEvents(runs.store.folder(id).events);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(events.at(-1)?.event.type).toBe('end');
  }
  expect(runs.store.get(ids[1] ?? '').failure).toMatchObject({ message: 'Row 7 is broken.', logTail: ['about to end: failed'] }); // prettier-ignore
});

test('stop, kill, cancel', async () => {
  const runs = await open();
  const first = await submit(runs, 'wait=1');
  const second = await submit(runs, 'wait=1');
  const third = await submit(runs, 'end=done');
  await runs.stop(second, false);
  expect(stateOf(runs, second)).toBe('stopped');
  await until(() => runs.store.get(first).progress.step === 2);
  await runs.stop(first, false);
  expect(stateOf(runs, first)).toBe('stopping');
  await until(() => stateOf(runs, third) === 'done');
  expect(stateOf(runs, first)).toBe('stopped');
  await runs.resume(second, undefined);
  await until(() => runs.store.get(second).progress.step === 2);
  await runs.stop(second, true);
  await until(() => stateOf(runs, second) === 'stopped');
  expect(readEvents(runs.store.folder(second).events).at(-1)?.event).toMatchObject({ type: 'end', state: 'stopped' });
  await expect(runs.stop(second, false)).rejects.toThrow('has ended already');
  await expect(runs.resume(third, undefined)).rejects.toThrow('it is done');
});

test('a daemon that dies and one that comes: the worker is found again, and its end seen', async () => {
  const before = await open();
  const id = await submit(before, 'wait=1');
  const waiting = await submit(before, 'end=done');
  await until(() => before.store.get(id).progress.step === 2);
  await before.close();
  const after = await open();
  expect([stateOf(after, id), stateOf(after, waiting)]).toEqual(['running', 'queued']);
  await after.stop(id, false);
  await until(() => stateOf(after, waiting) === 'done');
  expect([stateOf(after, id), after.store.get(id).progress.step]).toEqual(['stopped', 2]);
});

test('a daemon that died between the decision to start and the start', async () => {
  const before = await open();
  await before.queue.change({ paused: true });
  const id = await submit(before, 'end=done');
  const files = before.store.folder(id);
  await before.store.update(id, { state: 'running', rank: null, started: Date.now() });
  writeFileSync(files.request, JSON.stringify({ method: 'train', recipeFile: 'r', overrides: ['end=done'], workingDirectory: tmpdir() })); // prettier-ignore
  await before.close();
  const after = await open();
  await until(() => stateOf(after, id) === 'done');
});

test('a log cut at every byte of its last record: what is whole stays, the end is written, the run can be resumed', async () => {
  const before = await open();
  const id = await submit(before, 'end=done', 'steps=3');
  await idle(before);
  await before.close();
  const files = before.store.folder(id);
  const whole = readFileSync(files.events);
  const record = { ...before.store.get(id), state: 'running' as const, startedAfter: 0, failure: null };
  const last = whole.lastIndexOf(10, whole.length - 2) + 1;
  // an id that no process has
  const dead = JSON.stringify({ pid: 2 ** 30, host: hostname() });
  for (let length = last; length <= whole.length; length++) {
    writeFileSync(files.events, whole.subarray(0, length));
    writeFileSync(files.record, JSON.stringify(record));
    writeFileSync(files.lock, dead);
    const runs = await open();
    await idle(runs);
    const events = readEvents(files.events);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(readFileSync(files.events).subarray(0, last).equals(whole.subarray(0, last))).toBe(true);
    const finished = length === whole.length;
    expect(runs.store.get(id)).toMatchObject(finished ? { state: 'done', failure: null } : { state: 'failed', failure: { kind: 'lost' }, progress: { step: 3 } }); // prettier-ignore
    await runs.close();
  }
});

test('a worker that comes to life too late finds nothing to do', async () => {
  const runs = await open();
  const id = await submit(runs, 'end=killed');
  await idle(runs);
  expect(() => readFileSync(runs.store.folder(id).request)).toThrow('ENOENT');
  expect(reports).toEqual([]);
});
