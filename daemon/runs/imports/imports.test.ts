// An output directory that LLaMA-Factory wrote (fixtures/output: six steps with evaluations), as a run: once, again, and while
// it is still being written.
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEvents } from '../event-log.ts';
import { RunHistory } from '../history.ts';
import { homeOf, prepareHome } from '../home.ts';
import { RunStore } from '../store.ts';
import { Imports } from './imports.ts';

const fixture = fileURLToPath(new URL('fixtures/output', import.meta.url));

let folder: string;
let store: RunStore;
let imports: Imports;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-import-'));
  const home = homeOf({ ANNEAL_HOME: join(folder, 'home') });
  await prepareHome(home);
  store = await RunStore.open(home, () => undefined);
  let count = 0;
  imports = new Imports({ store, now: () => 1000, newId: (name) => `${name}-${++count}` });
});
afterEach(() => rmSync(folder, { recursive: true }));

function output(name: string): string {
  const path = join(folder, 'saves', name);
  cpSync(fixture, path, { recursive: true });
  for (const place of ['.', 'checkpoint-2', 'checkpoint-6']) {
    mkdirSync(join(path, place), { recursive: true });
    writeFileSync(join(path, place, 'adapter_model.safetensors'), 'weights');
  }
  return path;
}

test('everything that its files tell', async () => {
  const path = output('done');
  const [run] = await imports.add(path);
  expect(run).toMatchObject({ id: 'done-1', source: 'llama-factory', state: 'done', outputDir: path, finetuningType: 'lora' });
  expect(run?.progress).toMatchObject({ step: 6, totalSteps: 6, totalTokens: 1184, bestCheckpoint: 6, scores: { eval_loss: 7.280670642852783 } });
  expect(run?.progress.totals['train_loss']).toBe(7.377558946609497);
  const history = new RunHistory(store.folder('done-1').events);
  await history.refresh();
  const series = history.series({ metrics: ['loss', 'gradNorm', 'learningRate', 'eval_loss'], points: 100, from: 0, to: 9 });
  expect(series.map(({ metric, steps }) => [metric, steps])).toEqual([
    ['loss', [1, 2, 3, 4, 5, 6]],
    ['learningRate', [1, 2, 3, 4, 5, 6]],
    ['gradNorm', [1, 2, 3, 4, 5, 6]],
    ['eval_loss', [2, 4, 6]],
  ]);
  expect(await store.recipe('done-1')).toContain('model_name_or_path: models/llama\n');
  expect(await store.recipe('done-1')).toContain('learning_rate: 0.001\n');
  expect(await store.recipe('done-1')).toContain('dataset: alpaca_sft\n');
}); // prettier-ignore

test('folders below, each once', async () => {
  output('a');
  output('b');
  expect((await imports.add(folder)).map(({ name }) => name).sort()).toEqual(['a', 'b']);
  const before = readEvents(store.folder('a-1').events).length;
  await imports.add(folder);
  expect(store.list()).toHaveLength(2);
  expect(readEvents(store.folder('a-1').events)).toHaveLength(before);
  mkdirSync(join(folder, 'empty'));
  await expect(imports.add(join(folder, 'empty'))).rejects.toThrow('name an output_dir of LLaMA-Factory');
});

test('one that is still being written, then begun anew', async () => {
  const path = output('live');
  const lines = readFileSync(join(fixture, 'trainer_log.jsonl'), 'utf8').split('\n');
  for (const name of ['trainer_state.json', 'all_results.json', 'adapter_model.safetensors', 'checkpoint-2', 'checkpoint-6'])
    rmSync(join(path, name), { recursive: true });
  const log = join(path, 'trainer_log.jsonl');
  writeFileSync(log, `${lines[0]}\n${lines[1]?.slice(0, 20)}`);
  const [run] = await imports.add(path);
  expect([run?.state, run?.progress.step, run?.progress.totalSteps]).toEqual(['stopped', 1, 6]);
  appendFileSync(log, `${lines[1]?.slice(20)}\n${lines[2]}\n${lines[3]}\n`);
  await imports.refreshAt([log]);
  expect(store.get('live-1').progress).toMatchObject({ step: 3, scores: { eval_loss: 7.287471294403076 } });
  const seqs = readEvents(store.folder('live-1').events).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  writeFileSync(log, `${lines[0]?.replace('7.44974946975708', '1.5')}\n`);
  await imports.refreshAt([log]);
  const history = new RunHistory(store.folder('live-1').events);
  await history.refresh();
  expect(history.series({ metrics: ['loss'], points: 10, from: 0, to: 9 })[0]).toMatchObject({ steps: [1], values: [1.5] });
}); // prettier-ignore

test('broken files are left out', async () => {
  const path = output('broken');
  writeFileSync(join(path, 'trainer_state.json'), '{"log_history": [');
  writeFileSync(
    join(path, 'trainer_log.jsonl'),
    'null\n[]\n{"current_steps": "x"}\n{"current_steps": 1, "loss": "NaN"}\n',
  );
  writeFileSync(join(path, 'all_results.json'), '\0');
  writeFileSync(join(path, 'adapter_config.json'), '7');
  const [run] = await imports.add(path);
  expect([run?.state, run?.progress.step]).toEqual(['stopped', 0]);
});
