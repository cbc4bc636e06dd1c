// Looking without running: checks, previews, devices, models; runs that were imported, copied, compared, deleted.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunDetail, RunSummary } from '../../daemon/runs/protocol.ts';
import { baseRecipe, goldens, repository, temporary } from '../cli/command.ts';
import { DaemonHome, until } from './daemon.ts';
import { Wire, type Reply } from './http.ts';

const home = new DaemonHome();
const workspace = temporary('workspace');
let wire: Wire;
let session: string;
beforeAll(async () => {
  await home.anneal(['daemon', 'start']);
  wire = new Wire(home);
  const body = JSON.stringify({ client: 'test', folders: [goldens, workspace] });
  ({ session } = await wire.json<{ session: string }>({ method: 'POST', path: '/v1/sessions', body }));
});
afterAll(async () => {
  wire.close();
  await home.end();
});

const call = <T>(method: string, path: string, body?: object): Promise<T> =>
  wire.json<T>({ method, path, headers: { 'anneal-session': session }, ...(body && { body: JSON.stringify(body) }) });
const refused = (method: string, path: string, body?: object): Promise<Reply> =>
  wire.send({ method, path, headers: { ...wire.authorized, 'anneal-session': session }, ...(body && { body: JSON.stringify(body) }) }); // prettier-ignore

const recipeFile = join(goldens, baseRecipe);

test('a preview is what the command line shows', async () => {
  const { rows } = await call<{ rows: unknown[] }>('POST', '/v1/preview', { recipeFile, workingDirectory: goldens, first: 1, rows: 2 }); // prettier-ignore
  const { stdout } = await home.anneal(['preview', baseRecipe, '--rows', '1-2', '--json']);
  expect(rows).toEqual(stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)); // prettier-ignore
  const missing = await refused('POST', '/v1/preview', { recipeFile, workingDirectory: goldens, first: 100_000 });
  expect([missing.status, missing.text]).toEqual([422, expect.stringContaining('there is no row 100000')]);
});

test('figures are what the command line shows; data that change are read again', async () => {
  const { datasets } = await call<{ datasets: unknown[] }>('POST', '/v1/statistics', { recipeFile, workingDirectory: goldens }); // prettier-ignore
  const { stdout } = await home.anneal(['preview', baseRecipe, '--stats', '--json']);
  expect({ datasets }).toEqual(JSON.parse(stdout));

  const folder = join(workspace, 'changing');
  mkdirSync(folder);
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.jsonl' } }));
  const row = '{"instruction": "a", "input": "", "output": "b"}\n';
  const recipeText = `model_name_or_path: ${goldens}/models/llama\nstage: sft\ndo_train: true\ntemplate: chatml\ndataset_dir: ${folder}\ndataset: rows\n`;
  const body = { recipeText, workingDirectory: workspace };
  for (const rows of [1, 3]) {
    writeFileSync(join(folder, 'rows.jsonl'), row.repeat(rows));
    expect((await call<{ rows: unknown[] }>('POST', '/v1/preview', body)).rows).toHaveLength(rows);
  }
});

test('an estimate is what the command line says', async () => {
  const said = await call<Record<string, unknown>>('POST', '/v1/estimate', { recipeFile, workingDirectory: goldens });
  const { stdout } = await home.anneal(['estimate', baseRecipe, '--json']);
  const { parameters, trainable, steps, disk, data, calibrated } = JSON.parse(stdout) as Record<string, unknown>;
  expect(said).toMatchObject({ parameters, trainable, steps, disk, data, calibrated });
});

test('a check is of the recipe and of its data', async () => {
  writeFileSync(join(workspace, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.jsonl' } }));
  writeFileSync(
    join(workspace, 'rows.jsonl'),
    '{"instruction": "a", "input": "", "output": "b"}\n{"instruction": "a", "output": \n',
  );
  const recipeText = `model_name_or_path: m\nstage: sft\ndo_train: true\ntemplate: chatml\ndataset_dir: ${workspace}\ndataset: rows\ncutof_len: 5\n`;
  const { findings } = await call<{ findings: { file: string; line: number; severity: string }[] }>('POST', '/v1/check', { recipeText, workingDirectory: workspace }); // prettier-ignore
  expect(findings.some(({ file, line }) => file === 'recipe.yaml' && line === 7)).toBe(true);
  expect(findings.some(({ file, line }) => file.endsWith('rows.jsonl') && line === 2)).toBe(true);
});

test('rows that a dataset_info.json names outside are refused, by a path and by a link', async () => {
  const outside = temporary('outside');
  writeFileSync(join(outside, 'secret.jsonl'), '{"instruction": "secret", "output": "b"}\n');
  mkdirSync(join(workspace, 'data'));
  symlinkSync(join(outside, 'secret.jsonl'), join(workspace, 'data', 'link.jsonl'));
  const info = { path: { file_name: join(outside, 'secret.jsonl') }, up: { file_name: `../../${outside.split('/').at(-1)}/secret.jsonl` }, link: { file_name: 'link.jsonl' } }; // prettier-ignore
  writeFileSync(join(workspace, 'data', 'dataset_info.json'), JSON.stringify(info));
  for (const dataset of Object.keys(info)) {
    const recipeText = `model_name_or_path: ${goldens}/models/llama\nstage: sft\ndo_train: true\ntemplate: chatml\ndataset_dir: data\ndataset: ${dataset}\n`;
    const reply = await refused('POST', '/v1/preview', { recipeText, workingDirectory: workspace });
    expect([reply.status, JSON.parse(reply.text)]).toEqual([403, expect.objectContaining({ code: 'outside-workspace' })]); // prettier-ignore
  }
});

test('devices and models', async () => {
  const { devices, cores } = await call<{ devices: { device: string }[]; cores: number }>('GET', '/v1/devices');
  expect(devices.map(({ device }) => device)).toEqual(['cpu', 'webgpu', 'cuda']);
  expect(cores).toBeGreaterThan(0);
  const { models } = await call<{ models: { path: string; kind: string; modelType: string }[] }>('GET', `/v1/models?folder=${encodeURIComponent(join(goldens, 'models'))}`); // prettier-ignore
  expect(models).toContainEqual(expect.objectContaining({ path: join(goldens, 'models/llama'), kind: 'model', modelType: 'llama' })); // prettier-ignore
});

test('runs: submitted, looked at, copied with changes, compared, tagged, deleted, brought back', async () => {
  const overrides = [`output_dir=${join(workspace, 'out')}`, 'adapter_name_or_path=', 'max_steps=4', 'save_strategy=steps', 'save_steps=2', 'eval_dataset=alpaca_sft', 'eval_strategy=steps', 'eval_steps=2', 'max_samples=8']; // prettier-ignore
  const run = await call<RunDetail>('POST', '/v1/runs', { recipeFile, overrides, workingDirectory: goldens, tags: ['first'] });
  const state = async (id: string): Promise<string> => (await call<RunDetail>('GET', `/v1/runs/${id}`)).state;
  await until(async () => (await state(run.id)) === 'done', 'the run');
  const { checkpoints } = await call<{ checkpoints: { step: number; best: boolean; resumable: boolean; bytes: number; scores: object }[] }>('GET', `/v1/runs/${run.id}/checkpoints`);
  expect(checkpoints.map(({ step, resumable }) => [step, resumable])).toEqual([[2, true], [4, true]]);
  expect(checkpoints.filter(({ best }) => best)).toHaveLength(1);
  expect(checkpoints[0]?.scores).toHaveProperty('eval_loss');
  expect(checkpoints[0]?.bytes).toBeGreaterThan(1000);
  const { series } = await call<{ series: { metric: string; steps: number[] }[] }>('GET', `/v1/runs/${run.id}/series?metrics=loss,eval_loss`);
  expect(series.map(({ metric, steps }) => [metric, steps])).toEqual([['loss', [1, 2, 3, 4]], ['eval_loss', [2, 4]]]);

  const copy = await call<RunDetail>('POST', `/v1/runs/${run.id}/clone`, { changes: { learning_rate: 0.5, output_dir: join(workspace, 'copy') } });
  expect([copy.clonedFrom, copy.outputDir]).toEqual([run.id, join(workspace, 'copy')]);
  const { differences } = await call<{ differences: { key: string }[] }>('GET', `/v1/runs/${run.id}/diff?other=${copy.id}`);
  expect(differences.map(({ key }) => key)).toEqual(['learning_rate', 'output_dir']);
  expect(await call('GET', `/v1/runs/${run.id}/diff`)).toEqual({ differences: [] });
  await until(async () => (await state(copy.id)) === 'done', 'the copy');

  const changed = await call<RunDetail>('PATCH', `/v1/runs/${run.id}`, { tags: ['good'], notes: 'Keep.' });
  expect([changed.tags, changed.notes, changed.name]).toEqual([['good'], 'Keep.', 'recipe']);
  expect((await call<{ runs: RunSummary[] }>('GET', '/v1/runs?tag=good')).runs.map(({ id }) => id)).toEqual([run.id]);
  expect((await refused('DELETE', `/v1/runs/${run.id}`)).status).toBe(204);
  expect((await refused('GET', `/v1/runs/${run.id}`)).status).toBe(404);
  expect((await call<RunDetail>('POST', `/v1/trash/${run.id}/restore`, {})).notes).toBe('Keep.');
  const metrics = await wire.send({ path: '/metrics', headers: wire.authorized });
  expect(metrics.text).toContain('anneal_runs{state="done"} 2\n');
}); // prettier-ignore

test('an output directory of LLaMA-Factory becomes a run that cannot be changed', async () => {
  const folder = join(workspace, 'saves', 'theirs');
  cpSync(join(repository, 'daemon/runs/imports/fixtures/output'), folder, { recursive: true });
  writeFileSync(join(folder, 'adapter_model.safetensors'), 'weights');
  const { runs } = await call<{ runs: RunSummary[] }>('POST', '/v1/imports', { folder: workspace });
  const theirs = runs.find(({ name }) => name === 'theirs');
  expect(theirs).toMatchObject({ source: 'llama-factory', state: 'done', progress: { step: 6, totalSteps: 6 } });
  expect((await refused('POST', `/v1/runs/${theirs?.id}/resume`, {})).status).toBe(409);
  expect((await refused('POST', `/v1/runs/${theirs?.id}/stop`, {})).status).toBe(409);
});
