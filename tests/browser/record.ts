// Records what the run panel's host says of real runs, for the tests that replay it: node tests/browser/record.ts
// One run that is stopped, resumed and done, with a run of the same recipe before it; one whose process is killed; and
// the comparison of all three.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonConnection } from '../../extension/daemon/connection.ts';
import { CompareFeed } from '../../extension/panels/compare-feed.ts';
import { RunFeed } from '../../extension/panels/run-feed.ts';
import type { ToCompareView } from '../../webviews/compare/protocol.ts';
import type { ToRunView } from '../../webviews/run/protocol.ts';
import { repository, temporary } from '../cli/command.ts';
import { DaemonHome } from '../daemon/daemon.ts';

const home = new DaemonHome();
const folder = join(temporary('recorded'), 'small-world');
cpSync(join(repository, 'examples/small-world'), folder, {
  recursive: true,
  filter: (path) => !path.includes('output'),
});
const recipeFile = join(folder, 'captain.yaml');
const recipe = readFileSync(recipeFile, 'utf8').replace(
  'save_strategy: epoch',
  'save_strategy: steps\nsave_steps: 20\neval_strategy: steps\neval_steps: 10\nval_size: 0.1\nload_best_model_at_end: true',
);
writeFileSync(recipeFile, recipe);
await home.anneal(['daemon', 'start']);

const daemon = new DaemonConnection({
  start: { home: home.home.folder, program: join(repository, 'dist/daemon.js'), environment: process.env },
  name: 'recorder',
  folders: () => [folder],
  isTrusted: () => true,
  log: (sentence) => process.stderr.write(`${sentence}\n`),
});

const submit = async (...overrides: string[]): Promise<string> =>
  (await daemon.call('submitRun', { body: { recipeFile, overrides, workingDirectory: folder } })).id;

/** Follows a run from its first moment until `done` of the recorded messages. */
async function record(id: string, name: string, act: (messages: readonly ToRunView[]) => Promise<void>): Promise<void> {
  const messages: ToRunView[] = [];
  const feed = new RunFeed(daemon, id, (message) => messages.push(message));
  await feed.begin();
  await act(messages);
  // the last tables come a moment after the last record
  await new Promise((resolve) => setTimeout(resolve, 1000));
  feed.end();
  write(name, messages);
}

function write(name: string, messages: readonly (ToRunView | ToCompareView)[]): void {
  const lines = messages.map((message) => JSON.stringify(message).replaceAll(folder, '/home/anne/small-world'));
  mkdirSync(new URL('./fixtures/traffic/', import.meta.url), { recursive: true });
  writeFileSync(new URL(`./fixtures/traffic/${name}.jsonl`, import.meta.url), `${lines.join('\n')}\n`);
  process.stdout.write(`${name}: ${messages.length} messages\n`);
}

/** As long as a loaded machine takes. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const stateOf = async (id: string): Promise<string> => (await daemon.call('getRun', { params: { id } })).state;
const stepsOf = (messages: readonly ToRunView[]): number =>
  Math.max(
    0,
    ...messages
      .flatMap((one) => (one.type === 'records' ? one.records : []))
      .flatMap(({ event }) => (event.type === 'step' ? [event.step] : [])),
  );

const before = await submit('learning_rate=0.0005', 'output_dir=output/first');
await until(async () => (await stateOf(before)) === 'done');

const run = await submit('output_dir=output/second');
await record(run, 'run', async (messages) => {
  await until(() => stepsOf(messages) >= 25);
  await daemon.call('stopRun', { params: { id: run }, body: {} });
  await until(async () => (await stateOf(run)) === 'stopped');
  // a person looks at it before going on
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await daemon.call('resumeRun', { params: { id: run }, body: {} });
  await until(async () => (await stateOf(run)) === 'done');
  writeFileSync(recipeFile, recipe.replace('lora_rank: 16', 'lora_rank: 32'));
  await new Promise((resolve) => setTimeout(resolve, 1500));
});

const killed = await submit('output_dir=output/third');
await record(killed, 'killed', async (messages) => {
  await until(() => stepsOf(messages) >= 22);
  process.kill(home.workerOf(killed), 'SIGKILL');
  await until(async () => (await stateOf(killed)) === 'failed');
});

const compared: ToCompareView[] = [];
const comparison = new CompareFeed(daemon, [before, run, killed], (message) => compared.push(message));
await comparison.begin();
comparison.end();
write('compare', compared);
daemon.dispose();
await home.end();
