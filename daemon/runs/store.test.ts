// The store on the disk: what was changed is there again, what is damaged is left alone, what was deleted comes back.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf, prepareHome, type Home } from './home.ts';
import { noProgress, type RunRecord } from './record.ts';
import { RunStore } from './store.ts';

let home: Home;
beforeEach(async () => {
  home = homeOf({ ANNEAL_HOME: mkdtempSync(join(tmpdir(), 'anneal-store-')) });
  await prepareHome(home);
});
afterEach(() => rmSync(home.folder, { recursive: true }));

const record = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  version: 1, id, name: id, source: 'anneal', state: 'done', recipeFile: null, overrides: [], workingDirectory: '/w', outputDir: `/o/${id}`,
  stage: 'sft', finetuningType: 'lora', device: 'cpu', tags: [], notes: '', clonedFrom: null, created: 1, started: null, ended: null,
  attempts: 0, rank: null, resumeFrom: null, startedAfter: 0, killed: false, failure: null, progress: noProgress, ...more,
}); // prettier-ignore

const open = (damaged: string[] = []): Promise<RunStore> => RunStore.open(home, (folder) => damaged.push(folder));

test('changes are there again, newest first', async () => {
  const store = await open();
  await store.add(record('a', { created: 1 }), 'stage: sft\n');
  await store.add(record('b', { created: 2 }), '');
  await Promise.all([1, 2, 3, 4, 5].map((attempts) => store.update('a', { attempts })));
  store.touch('b', { attempts: 9 });
  const again = await open();
  expect(again.list().map(({ id, attempts }) => [id, attempts])).toEqual([['b', 0], ['a', 5]]); // prettier-ignore
  expect(await again.recipe('a')).toBe('stage: sft\n');
  expect(() => again.get('c')).toThrow('There is no run c');
});

test('only the user can read what is kept', async () => {
  const store = await open();
  await store.add(record('a'), 'token: secret\n');
  const modes = [home.folder, store.folder('a').folder, store.folder('a').record, store.folder('a').recipe].map((path) => statSync(path).mode & 0o777); // prettier-ignore
  if (process.platform !== 'win32') expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
});

test('what is damaged is told and left alone', async () => {
  const store = await open();
  await store.add(record('good'), '');
  for (const [name, text] of [['torn', '{"version": 1, "id"'], ['other', JSON.stringify(record('someone'))]] as const) {
    mkdirSync(join(home.runs, name));
    writeFileSync(join(home.runs, name, 'record.json'), text);
  } // prettier-ignore
  // a crash before the record was written
  mkdirSync(join(home.runs, 'begun'));
  const damaged: string[] = [];
  const again = await open(damaged);
  expect(again.list().map(({ id }) => id)).toEqual(['good']);
  expect(damaged.sort()).toEqual([join(home.runs, 'other'), join(home.runs, 'torn')]);
  expect(readdirSync(home.runs).sort()).toEqual(['begun', 'good', 'other', 'torn']);
});

test('the trash', async () => {
  const store = await open();
  const told: string[] = [];
  store.onChange(({ id, removed }) => told.push(`${id} ${removed ? 'removed' : 'changed'}`));
  await store.add(record('a'), 'stage: pt\n');
  await store.discard('a');
  expect([store.list(), (await store.trash()).map(({ id }) => id)]).toEqual([[], ['a']]);
  await store.restore('a');
  expect([store.list().map(({ id }) => id), await store.trash(), await store.recipe('a')]).toEqual([['a'], [], 'stage: pt\n']); // prettier-ignore
  await store.discard('a');
  await store.purge('a');
  await expect(store.restore('a')).rejects.toThrow('no run a in the trash');
  expect(told).toEqual(['a changed', 'a removed', 'a changed', 'a removed']);
});

test('waiting for a change, or no longer', async () => {
  const store = await open();
  await store.add(record('a'), '');
  await store.add(record('b'), '');
  const version = store.version('a');
  const leaving = new AbortController();
  const waits = [store.waitForChange('a', version, leaving.signal), store.waitForChange('b', store.version('b'), leaving.signal)]; // prettier-ignore
  store.touch('a', { notes: 'x' });
  await waits[0];
  await store.waitForChange('a', version, leaving.signal);
  leaving.abort();
  await waits[1];
});

test('a thousand runs', async () => {
  const store = await open();
  for (let i = 0; i < 1000; i++) await store.add(record(`run-${i}`, { created: i }), '');
  const again = await open();
  expect(again.list()).toHaveLength(1000);
  expect(again.list()[0]?.id).toBe('run-999');
});
