// anneal train: checks the recipe, starts a worker, shows what it says, and ends with its exit status.
import { readFile } from 'node:fs/promises';
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledCode, heapFlags, tunedHeap } from '../engine/runtime/heap.ts';
import { UserError } from '../errors.ts';
import { filesIn } from '../files.ts';
import { runEvent, type RunEvent, type WorkerRequest } from '../protocol.ts';
import { checkRecipe } from '../recipe/check.ts';
import { forRun, formatFinding } from '../recipe/finding.ts';
import { connect } from './client.ts';
import { LineView, TerminalView, type View } from './views.ts';
import type { Arguments } from './main.ts';
import { readRecipeFile } from './recipe-file.ts';

export async function train({ words, flags }: Arguments): Promise<number> {
  const [recipeFile, ...overrides] = words;
  if (recipeFile === undefined) throw new UserError('usage', 'Name a recipe: anneal train recipe.yaml');
  const { text, findings: unreadable } = await readRecipeFile(recipeFile);
  const checked = checkRecipe(text, recipeFile, overrides, { command: 'train', files: filesIn(process.cwd()) });
  const findings = forRun([...unreadable, ...checked.findings]).filter(({ severity }) => severity !== 'hint');
  const json = flags.has('--json');
  if (!json) for (const finding of findings) console.error(formatFinding(finding));
  if (findings.some(({ severity }) => severity === 'error')) {
    const message = findings.filter(({ severity }) => severity === 'error').map(formatFinding).join('\n'); // prettier-ignore
    if (json)
      printJson({
        type: 'end',
        state: 'failed',
        step: 0,
        metrics: {},
        error: { code: 'recipe-errors', message, status: 2 },
      });
    return 2;
  }
  if (flags.has('--detach')) return await detach(recipeFile, overrides, json);
  const resume = ['anneal train', recipeFile, ...overrides].join(' ');
  const view = json
    ? { show: printJson, close: () => undefined }
    : process.stdout.isTTY
      ? new TerminalView(process.stdout)
      : new LineView((line) => console.log(line));
  return superviseWorker(
    { method: 'train', recipeFile, overrides, workingDirectory: process.cwd() },
    view,
    resume,
    flags.has('--debug'),
  );
}

/** Hands the recipe to the daemon. Throws UserError with its sentence where it refuses. */
async function detach(recipeFile: string, overrides: readonly string[], json: boolean): Promise<number> {
  const path = resolve(recipeFile);
  const workingDirectory = process.cwd();
  const client = await connect();
  await client.open([workingDirectory, dirname(path), ...(await foldersOf(path, overrides))]);
  const { id } = await client.call('submitRun', {
    body: { recipeFile: path, overrides: [...overrides], workingDirectory },
  });
  if (json) console.log(JSON.stringify({ id }));
  else console.log(`The run ${id} is queued. Watch it with: anneal logs ${id} --follow`);
  return 0;
}

/** Folders that the recipe writes to and reads rows from: who names them on a command line means them. */
async function foldersOf(path: string, overrides: readonly string[]): Promise<string[]> {
  const { recipe } = checkRecipe(await readFile(path, 'utf8'), path, overrides);
  return [resolve(recipe.output_dir ?? 'trainer_output'), resolve(recipe.dataset_dir)];
}

const printJson = (event: RunEvent): void => console.log(JSON.stringify(event));

/** Starts the worker and waits for its end. Resolves to the exit status. */
function superviseWorker(request: WorkerRequest, view: View, resume: string, debug: boolean): Promise<number> {
  const worker = fork(workerFile(), {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    execArgv: [...process.execArgv, ...heapFlags],
    env: { ...compiledCode(), ...process.env, ...tunedHeap, ...(debug ? { ANNEAL_DEBUG: '1' } : {}) },
  });
  const tail: string[] = [];
  worker.stderr?.on('data', (chunk: Buffer) => {
    tail.push(...chunk.toString().split('\n').filter((line) => line !== '')); // prettier-ignore
    tail.splice(0, Math.max(0, tail.length - 12));
    if (debug) process.stderr.write(chunk);
  });
  let end: Extract<RunEvent, { type: 'end' }> | undefined;
  let interrupted = 0;
  const interrupt = (): void => {
    interrupted += 1;
    if (interrupted > 1) worker.kill('SIGKILL');
    else {
      console.error('\nStopping: the step is finished and a checkpoint written. Ctrl-C again stops at once.');
      send(worker, { method: 'stop' });
    }
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  worker.on('message', (message) => {
    const parsed = runEvent.safeParse(message);
    if (!parsed.success) return;
    if (parsed.data.type === 'end') end = parsed.data;
    view.show(parsed.data);
  });
  send(worker, request);
  return new Promise((done) => {
    worker.on('exit', (code, signal) => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      view.close();
      done(finish(end, { code, signal, interrupted: interrupted > 0, tail, resume }));
    });
  });
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly interrupted: boolean;
  readonly tail: readonly string[];
  readonly resume: string;
}

function finish(
  end: Extract<RunEvent, { type: 'end' }> | undefined,
  { code, signal, interrupted, tail, resume }: Exit,
): number {
  if (end?.state === 'done') return 0;
  if (end?.state === 'stopped' || interrupted) {
    console.error(
      end
        ? `Stopped at step ${end.step}. Go on with: ${resume}`
        : `Stopped at once. Go on from the last checkpoint with: ${resume}`,
    );
    return 130;
  }
  if (end?.error) {
    console.error(end.error.message);
    return end.error.status;
  }
  const how = signal
    ? `was killed (${signal}${signal === 'SIGKILL' ? ', often for want of memory' : ''})`
    : `ended with status ${code}`;
  console.error(`The training process ${how}. The last checkpoint is intact; go on with: ${resume}`);
  if (tail.length > 0) console.error(tail.join('\n'));
  return 1;
}

const send = (worker: ChildProcess, message: WorkerRequest): void => {
  if (worker.connected) worker.send(message);
};

/** Beside the bundled command, or, from the sources, in dist/. */
function workerFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = [join(here, 'worker.js'), join(here, '../../dist/worker.js')].find(existsSync);
  if (!found) throw new UserError('not-built', 'dist/worker.js is missing: run "npm run build" first.', { status: 1 });
  return found;
}
