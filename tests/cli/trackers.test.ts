// Trackers of a whole run: TensorBoard files without being asked, MLflow over HTTP, away and back, and no secret anywhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FakeMlflow } from '../../daemon/engine/train/trackers/testing/fake-mlflow.ts';
import { readEventFile, type ReadEvent } from '../../daemon/engine/train/trackers/testing/read-events.ts';
import { baseRecipe, start, temporary, type Finished } from './command.ts';

const servers: FakeMlflow[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function fake(): FakeMlflow {
  const server = new FakeMlflow();
  servers.push(server);
  return server;
}

const train = (output: string, environment: NodeJS.ProcessEnv, ...more: string[]): Promise<Finished> =>
  start(['train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'max_steps=6', 'logging_steps=2', 'eval_dataset=alpaca_sft', 'eval_strategy=steps', 'eval_steps=3', 'max_samples=8', ...more], undefined, environment).done; // prettier-ignore

interface LogEntry {
  readonly step: number;
  readonly [metric: string]: number;
}

/** What trainer_state.json says was logged: steps and values of a metric. */
function logged(output: string, metric: string): [number, number][] {
  const { log_history: history } = JSON.parse(readFileSync(join(output, 'trainer_state.json'), 'utf8')) as { log_history: LogEntry[] }; // prettier-ignore
  return history.flatMap((entry) => (metric in entry ? [[entry.step, entry[metric] as number]] : []));
}

const allFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])); // prettier-ignore

const eventsIn = (folder: string): ReadEvent[] =>
  allFiles(folder).filter((path) => path.includes('tfevents')).flatMap((path) => readEventFile(readFileSync(path))); // prettier-ignore

test('TensorBoard files have what trainer_state.json has, and hide secrets', async () => {
  const output = temporary('out');
  const { status } = await train(output, {}, 'hf_hub_token=hf_secret');
  expect(status).toBe(0);
  const events = eventsIn(join(output, 'runs'));
  const ofTag = (wanted: string): [number, number][] =>
    events.flatMap(({ tag, step, value = Number.NaN }) => (tag === wanted ? [[step, value]] : []));
  const single = (points: [number, number][]): [number, number][] => points.map(([step, value]) => [step, Math.fround(value)]); // prettier-ignore
  expect(ofTag('train/loss').map(([step]) => step)).toEqual([2, 4, 6]);
  for (const metric of ['loss', 'grad_norm', 'learning_rate', 'train_loss']) expect(ofTag(`train/${metric}`)).toEqual(single(logged(output, metric))); // prettier-ignore
  // evaluated once more when training is over, which transformers tells TensorBoard of and its state not
  const evaluated = single(logged(output, 'eval_loss'));
  expect(evaluated.map(([step]) => step)).toEqual([3, 6]);
  expect(ofTag('eval/loss')).toEqual([...evaluated, [6, expect.any(Number)]]);
  const args = events.find(({ tag }) => tag === 'args/text_summary')?.text ?? '';
  expect(JSON.parse(args)).toMatchObject({ max_steps: 6, hf_hub_token: '<HF_HUB_TOKEN>' });
});

test('MLflow gets every point; its token is nowhere', async () => {
  const server = fake();
  const url = await server.open();
  const output = temporary('out');
  const secrets = { MLFLOW_TRACKING_URI: url.replace('//', '//me:pass-word-1@'), MLFLOW_TRACKING_TOKEN: 'tok-en-2' };
  const { status, stdout, stderr } = await train(output, secrets, 'report_to=mlflow', 'run_name=night');
  expect([status, stderr]).toEqual([0, '']);
  const [run] = server.runs.values();
  expect(run).toMatchObject({ name: 'night', status: 'FINISHED' });
  expect(run?.parameters.get('max_steps')).toBe('6');
  for (const metric of ['loss', 'learning_rate', 'train_runtime']) expect(server.history(metric)).toEqual(logged(output, metric)); // prettier-ignore
  expect(server.history('eval_loss').length).toBeGreaterThanOrEqual(2);
  expect(server.authorizations).toEqual(new Set(['Bearer tok-en-2']));
  const said = [stdout, stderr, ...allFiles(output).map((path) => readFileSync(path, 'latin1'))].join('\n');
  expect(said).not.toMatch(/tok-en-2|pass-word-1/);
});

test('a tracker that is away stops nothing; it is said once, and "anneal track" brings the rest', async () => {
  const server = fake();
  const url = await server.open();
  await server.close();
  const output = temporary('out');
  const environment = { MLFLOW_TRACKING_URI: url };
  const { status, stdout } = await train(output, environment, 'report_to=[mlflow, tensorboard]');
  expect(status).toBe(0);
  expect(stdout.match(/does not take what the run logs/g)).toHaveLength(1);
  expect(stdout).toContain(`"anneal track ${output}" sends the rest`);
  const track = (): Promise<Finished> => start(['track', output], undefined, environment).done;
  expect((await track()).status).toBe(1);
  await server.open(Number(new URL(url).port));
  expect([(await track()).stdout, (await track()).status]).toEqual([`MLflow at ${url} has all that the run has logged.\n`, 0]); // prettier-ignore
  expect(server.history('loss')).toEqual(logged(output, 'loss'));
  expect(server.runs.size).toBe(1);
});

test('a run that is stopped and goes on is one run at MLflow', async () => {
  const server = fake();
  const environment = { MLFLOW_TRACKING_URI: await server.open() };
  const output = temporary('out');
  await train(output, environment, 'report_to=mlflow', 'save_strategy=steps', 'save_steps=2');
  // further, from its last checkpoint
  const more = await train(output, environment, 'report_to=mlflow', 'max_steps=10', 'resume_from_checkpoint=true', 'overwrite_output_dir=false'); // prettier-ignore
  expect(more.status).toBe(0);
  expect(server.runs.size).toBe(1);
  expect(server.history('loss').map(([step]) => step)).toEqual([2, 4, 6, 8, 10]);
  expect(readdirSync(join(output, 'runs'))).toHaveLength(1);
});

test('what cannot work is said before anything is loaded', async () => {
  const output = temporary('out');
  const refused = await train(output, {}, 'report_to=swanlab');
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('swanlab convert -t tensorboard --tb-log-dir')]); // prettier-ignore
  const address = await train(output, { MLFLOW_TRACKING_URI: 'postgresql://host/db' }, 'report_to=mlflow');
  expect([address.status, address.stderr]).toEqual([2, expect.stringContaining('a postgresql address')]);
});

test('Weights & Biases: an offline folder where the run was started, and how it gets on', async () => {
  const place = temporary('wandb');
  const { status, stdout } = await train(temporary('out'), { WANDB_DIR: place, WANDB_API_KEY: 'key-3' }, 'report_to=wandb'); // prettier-ignore
  expect(status).toBe(0);
  const [path = ''] = allFiles(place);
  expect(path).toMatch(/wandb[/\\]offline-run-\d{8}_\d{6}-(\w{8})[/\\]run-\1\.wandb$/);
  expect(stdout).toContain(`"wandb sync ${join(path, '..')}" uploads it`);
  expect(readFileSync(path, 'latin1')).not.toContain('key-3');
});
