// The daemon's verbs: start, stop, status, train --detach, runs, logs, stop, resume, and the JSON that scripts get.
import { afterEach, expect, test } from 'vitest';
import { baseRecipe, temporary } from '../cli/command.ts';
import { DaemonHome, until, type ListedRun } from './daemon.ts';

const homes: DaemonHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.end();
});

function fresh(): DaemonHome {
  const home = new DaemonHome();
  homes.push(home);
  return home;
}

test('start, status and stop', async () => {
  const home = fresh();
  expect(await home.json('daemon', 'status')).toEqual({ running: false, pid: null, port: null });
  const started = await home.json<{ running: boolean; pid: number; port: number }>('daemon', 'start');
  expect(started).toEqual({ running: true, pid: home.pid, port: expect.any(Number) });
  expect(await home.json('daemon', 'start')).toEqual(started);
  expect(await home.json('daemon', 'status')).toEqual(started);
  expect(await home.json('daemon', 'stop')).toEqual({ running: false, pid: null, port: null });
});

test('a run without a window: queued, followed, stopped with a checkpoint, resumed, done', async () => {
  const home = fresh();
  const output = temporary('out');
  const { id } = await home.json<{ id: string }>('train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'max_steps=60', 'gradient_accumulation_steps=2', '--detach'); // prettier-ignore
  const [first] = await home.runs();
  expect(Object.keys(first ?? {})).toEqual(['id', 'state', 'step', 'totalSteps', 'outputDir']);
  expect(first).toMatchObject({ id, outputDir: output });
  await until(() => home.events(id).some(({ event }) => event.type === 'step'), 'a step');

  const stopped = await home.json<ListedRun>('stop', id);
  expect(stopped).toMatchObject({ id, state: 'stopped', totalSteps: 60 });
  const end = home.events(id).at(-1);
  expect(end?.event).toMatchObject({ type: 'end', state: 'stopped', step: stopped.step });
  expect(home.events(id).at(-2)?.event).toMatchObject({ type: 'checkpoint', step: stopped.step });

  expect(await home.json('resume', id)).toEqual({ id });
  const followed = await home.anneal(['logs', id, '--follow']);
  expect(followed.stdout).toContain(`going on from step ${stopped.step}`);
  expect(followed.stdout).toMatch(/done: 60 steps/);
  expect(await home.runs()).toEqual([{ id, state: 'done', step: 60, totalSteps: 60, outputDir: output }]);
  const steps = home.events(id).flatMap(({ event }) => (event.type === 'step' ? [event.step] : []));
  expect(steps).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test('what is wrong is said before anything is queued', async () => {
  const home = fresh();
  const refused = await home.anneal(['train', baseRecipe, 'cutof_len=5', '--detach']);
  expect([refused.status, refused.stderr]).toEqual([
    2,
    expect.stringContaining('There is no recipe key "cutof_len"; cutoff_len is here already'),
  ]);
  expect(await home.runs()).toEqual([]);
  const missing = await home.anneal(['logs', 'nothing']);
  expect([missing.status, missing.stderr]).toEqual([2, 'There is no run "nothing": "anneal runs" lists them.\n']);
});
