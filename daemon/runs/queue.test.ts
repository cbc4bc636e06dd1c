// The queue: one run at a time on each device, in order, on and on over failures; reordered, paused, and as it was after a restart.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf, prepareHome, type Home } from './home.ts';
import { RunQueue } from './queue.ts';
import { noProgress, type RunRecord } from './record.ts';
import { RunStore } from './store.ts';

let home: Home;
let store: RunStore;
let queue: RunQueue;
let started: string[];
beforeEach(async () => {
  home = homeOf({ ANNEAL_HOME: mkdtempSync(join(tmpdir(), 'anneal-queue-')) });
  await prepareHome(home);
  store = await RunStore.open(home, () => undefined);
  started = [];
  queue = await open();
});
afterEach(() => rmSync(home.folder, { recursive: true }));

const open = (): Promise<RunQueue> =>
  RunQueue.open({
    store,
    settingsFile: home.settings,
    start: async (id) => {
      started.push(id);
      await Promise.resolve();
      if (store.get(id).name.startsWith('unstartable')) throw new Error('no such program');
      store.touch(id, { state: 'running', rank: null });
    },
    failed: async (id) => {
      store.touch(id, { state: 'failed', rank: null });
    },
    changed: () => undefined,
  });

async function add(id: string, device = 'cpu'): Promise<void> {
  const record: RunRecord = {
    version: 1, id, name: id, source: 'anneal', state: 'queued', recipeFile: null, overrides: [], workingDirectory: '/w', outputDir: '/o',
    stage: 'sft', finetuningType: 'lora', device, tags: [], notes: '', clonedFrom: null, created: 1, started: null, ended: null,
    attempts: 0, rank: queue.lastRank(), resumeFrom: null, startedAfter: 0, killed: false, failure: null, progress: noProgress,
  }; // prettier-ignore
  await store.add(record, '');
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function end(id: string, state: 'done' | 'failed'): Promise<void> {
  await queue.ended(store.touch(id, { state }));
  await settle();
}

test('a hundred runs, some of which fail, some of which cannot even start', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `${i % 7 === 3 ? 'unstartable' : 'run'}-${i}`);
  for (const name of names) await add(name);
  queue.pump();
  for (let ended = 0; ended < 100;) {
    await settle();
    const running = store.list().filter(({ state }) => state === 'running');
    expect(running.length).toBeLessThanOrEqual(1);
    for (const { id } of running) await end(id, Number(id.split('-')[1]) % 5 === 0 ? 'failed' : 'done');
    ended = store.list().filter(({ state }) => state === 'done' || state === 'failed').length; // prettier-ignore
  }
  expect(started).toEqual(names);
  expect(queue.status().devices).toEqual([]);
});

test('devices do not wait for each other', async () => {
  await add('a');
  await add('b');
  await add('c', 'webgpu');
  queue.pump();
  await settle();
  expect(started).toEqual(['a', 'c']);
  expect(queue.status().devices).toEqual([
    { device: 'cpu', running: ['a'], waiting: ['b'], paused: false },
    { device: 'webgpu', running: ['c'], waiting: [], paused: false },
  ]);
});

test('another order', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await add(name);
  queue.pump();
  await settle();
  await queue.change({ order: ['d', 'c'] });
  expect(queue.waiting('cpu').map(({ id }) => id)).toEqual(['d', 'c', 'b', 'e']);
  await expect(queue.change({ order: ['a'] })).rejects.toThrow('a does not wait for the device cpu');
  await end('a', 'done');
  expect(started).toEqual(['a', 'd']);
});

test('paused, also over a restart, and after a failure where that is wanted', async () => {
  await queue.change({ paused: true, continueAfterFailure: false });
  await add('a');
  await add('b');
  queue = await open();
  queue.pump();
  await settle();
  expect([started, queue.status()]).toEqual([[], { devices: [{ device: 'cpu', running: [], waiting: ['a', 'b'], paused: true }], continueAfterFailure: false }]); // prettier-ignore
  await queue.change({ paused: false });
  await settle();
  await end('a', 'failed');
  expect([started, queue.status().devices[0]?.paused]).toEqual([['a'], true]);
  await queue.change({ paused: false });
  await settle();
  expect(started).toEqual(['a', 'b']);
});
