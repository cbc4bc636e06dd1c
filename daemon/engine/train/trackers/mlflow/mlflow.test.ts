// Runs at MLflow, over HTTP and in a folder, and what the environment says about both.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Refused, type BeginLine } from '../remote/delivery.ts';
import type { SpoolLine } from '../remote/spool.ts';
import { FakeMlflow } from '../testing/fake-mlflow.ts';
import { MlflowDestination } from './destination.ts';
import { MlflowFolder } from './folder.ts';
import { mlflowSettings, storeOf } from './settings.ts';

const opened: FakeMlflow[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

async function server(): Promise<{ server: FakeMlflow; url: string }> {
  const fake = new FakeMlflow();
  opened.push(fake);
  return { server: fake, url: await fake.open() };
}

const at = (environment: NodeJS.ProcessEnv): MlflowDestination => {
  const settings = mlflowSettings({ workingDirectory: '/projects' }, environment);
  return new MlflowDestination(settings, storeOf(settings));
};

const begin: BeginLine = {
  type: 'begin', time: 1000, name: 'a run', recipeFile: 'r.yaml', startStep: 0,
  parameters: { learning_rate: 0.1, packing: null, bf16: true, targets: ['q', 'k'], long: 'x'.repeat(7000), deep: { a: { b: 1 } } },
}; // prettier-ignore
const points = (count: number): SpoolLine[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'log', time: i, step: i + 1, metrics: { loss: i, 'odd(name)': 1 } })); // prettier-ignore

test('a run over HTTP: experiment, parameters, metrics in batches, status', async () => {
  const { server: fake, url } = await server();
  const destination = at({ MLFLOW_TRACKING_URI: `${url}/`, MLFLOW_EXPERIMENT_NAME: 'tries & errors' });
  const id = await destination.create(begin);
  await destination.send(id, [begin, ...points(1200), { type: 'end', time: 9, state: 'done' }]);
  const run = fake.runs.get(id);
  expect(run).toMatchObject({ experiment: fake.experiments.get('tries & errors'), name: 'a run', status: 'FINISHED', endTime: 9 }); // prettier-ignore
  expect(Object.fromEntries(run?.parameters ?? [])).toEqual({ learning_rate: '0.1', packing: 'None', bf16: 'True', targets: "['q', 'k']", deep: "{'a': {'b': 1}}" }); // prettier-ignore
  expect(fake.history('loss')).toEqual(Array.from({ length: 1200 }, (_, i) => [i + 1, i]));
  expect(fake.history('odd_name_')).toHaveLength(1200);
  // resumed: parameters are left as they are, the status is not
  await destination.send(id, [{ ...begin, startStep: 5, parameters: { learning_rate: 7 } }, { type: 'end', time: 10, state: 'failed' }]); // prettier-ignore
  expect([run?.status, run?.parameters.get('learning_rate')]).toEqual(['FAILED', '0.1']);
  // sent again without an answer: nothing twice
  await destination.send(id, [begin, ...points(1200)]);
  expect(fake.history('loss')).toHaveLength(1200);
});

test('what the environment says: a run of its own, tags, flat parameters, how many', async () => {
  const { server: fake, url } = await server();
  const id = await at({ MLFLOW_TRACKING_URI: url }).create(begin);
  const mine = at({
    MLFLOW_TRACKING_URI: url,
    MLFLOW_RUN_ID: id,
    MLFLOW_FLATTEN_PARAMS: '1',
    MLFLOW_MAX_LOG_PARAMS: '5',
  });
  expect(await mine.create(begin)).toBe(id);
  await mine.send(id, [{ ...begin, parameters: { deep: { a: { b: 1 } }, one: 1 } }]);
  expect(Object.fromEntries(fake.runs.get(id)?.parameters ?? [])).toEqual({ 'deep.a.b': '1', one: '1' });
  // other values than it has already are no reason to lose the metrics
  await mine.send(id, [{ ...begin, parameters: { one: 2 } }, ...points(1)]);
  expect(fake.history('loss')).toEqual([[1, 0]]);
  expect(() => at({ MLFLOW_TAGS: '[' })).toThrow(/MLFLOW_TAGS is no JSON object/);
});

test('who is let in: a token, or a name and a password, also of the address, which then shows neither', async () => {
  const { server: fake, url } = await server();
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const environments = [
    [{ MLFLOW_TRACKING_TOKEN: 'secret-token' }, 'Bearer secret-token'],
    [{ MLFLOW_TRACKING_USERNAME: 'me', MLFLOW_TRACKING_PASSWORD: 'pw' }, basic('me:pw')],
    [{ MLFLOW_TRACKING_URI: url.replace('//', '//me:p%40ss@') }, basic('me:p@ss')],
  ] as const;
  for (const [environment, header] of environments) {
    const destination = at({ MLFLOW_TRACKING_URI: url, ...environment });
    expect(destination.name).toBe(`MLflow at ${url}`);
    await destination.create(begin);
    expect(fake.authorizations.has(header)).toBe(true);
  }
});

test('no is no; whatever may pass is tried again', async () => {
  const { server: fake, url } = await server();
  const destination = at({ MLFLOW_TRACKING_URI: url });
  const failure = async (): Promise<Error> => await destination.create(begin).then(() => new Error('it went well'), (error: unknown) => error as Error); // prettier-ignore
  for (const status of [401, 403, 400]) {
    fake.mood = () => status;
    expect(await failure()).toBeInstanceOf(Refused);
  }
  for (const mood of [500, 503, 429, 'silent'] as const) {
    fake.mood = () => mood;
    const error = await failure();
    expect([error instanceof Refused, error.message]).toEqual([false, expect.stringMatching(/it answers|ECONNRESET|other side closed|UND_ERR_SOCKET/)]); // prettier-ignore
  }
  fake.mood = () => 302;
  expect((await failure()).message).not.toBe('it went well');
});

test('addresses: servers, folders, and others that are refused before a run starts', () => {
  const address = (uri?: string): string => at(uri === undefined ? {} : { MLFLOW_TRACKING_URI: uri }).name;
  expect(address()).toBe("MLflow's folder /projects/mlruns");
  expect(address('runs/ml')).toBe("MLflow's folder /projects/runs/ml");
  expect(address('file:///tmp/ml runs')).toBe("MLflow's folder /tmp/ml runs");
  expect(address('file:ml')).toBe("MLflow's folder /projects/ml");
  expect(address('https://host/base/')).toBe('MLflow at https://host/base');
  expect(() => address('sqlite:///mlflow.db')).toThrow(/a sqlite address.*mlflow server --backend-store-uri/);
  expect(() => address('databricks://profile')).toThrow(/a databricks address/);
});

test('a folder holds what MLflow reads', async () => {
  const root = mkdtempSync(join(tmpdir(), 'anneal-mlruns-'));
  const destination = at({ MLFLOW_TRACKING_URI: root, MLFLOW_TAGS: '{"team": "a", "n": 1}' });
  const id = await destination.create(begin);
  await destination.send(id, [begin, ...points(2), { type: 'end', time: 9, state: 'stopped' }]);
  const run = join(root, '0', id);
  expect(parse(readFileSync(join(root, '0', 'meta.yaml'), 'utf8'))).toMatchObject({ experiment_id: '0', name: 'Default', lifecycle_stage: 'active' }); // prettier-ignore
  expect(parse(readFileSync(join(run, 'meta.yaml'), 'utf8'))).toMatchObject({ run_id: id, run_name: 'a run', status: 5, start_time: 1000, end_time: 9, experiment_id: '0' }); // prettier-ignore
  expect(readFileSync(join(run, 'metrics', 'loss'), 'utf8')).toBe('0 0 1\n1 1 2\n');
  expect(readFileSync(join(run, 'params', 'targets'), 'utf8')).toBe("['q', 'k']");
  expect(readdirSync(join(run, 'tags')).sort()).toEqual(['mlflow.runName', 'mlflow.source.name', 'mlflow.source.type', 'mlflow.user', 'n', 'team']); // prettier-ignore
  // one experiment of a name, another for another
  const store = new MlflowFolder(root);
  expect([await store.experiment('Default'), await store.experiment('x')]).toEqual(['0', await store.experiment('x')]);
  await expect(store.logMetrics(id, [{ key: '../../x', value: 1, timestamp: 1, step: 1 }])).rejects.toThrow(Refused);
});
