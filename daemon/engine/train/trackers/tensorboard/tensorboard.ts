// TensorBoard event files of a run, in the folders and under the tags that transformers uses.
// Source: transformers 5.6, integrations/integration_utils.py (TensorBoardCallback, rewrite_logs, default_logdir).
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { AppendFile } from '../append-file.ts';
import type { EndState, LoggedPoint, TrackedRun, Tracker, TrackerWarning } from '../tracker.ts';
import { frame, restartEvent, scalarEvent, textEvent, versionEvent } from './events.ts';

/** eval_loss becomes eval/loss, loss becomes train/loss. */
export function tagOf(metric: string): string {
  const split = /^(eval|test)_(.*)$/s.exec(metric);
  return split ? `${split[1]}/${split[2]}` : `train/${metric}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Mon DD_HH-MM-SS_host, as PyTorch names the folder of a run. */
const stamp = (now: Date): string =>
  `${months[now.getMonth()]}${two(now.getDate())}_${two(now.getHours())}-${two(now.getMinutes())}-${two(now.getSeconds())}_${hostname()}`;

const holdsEvents = (folder: string): boolean => readdirSync(folder).some((name) => name.includes('tfevents'));

/** The newest folder of events below `runs`; undefined where there is none. */
function newestRun(runs: string): string | undefined {
  if (!existsSync(runs)) return undefined;
  const folders = readdirSync(runs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(runs, name))
    .filter(holdsEvents);
  return folders.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1);
}

/**
 * Where the files of a run go: what logging_dir says (transformers 5.6 has stopped heeding it), or TENSORBOARD_LOGGING_DIR, or
 * a folder of its own below output_dir/runs. A run that goes on stays in its folder.
 */
export function eventFolder(
  { outputDir, workingDirectory, startStep, started }: TrackedRun,
  loggingDir: string | null,
  environment: NodeJS.ProcessEnv,
): string {
  const named = loggingDir ?? environment['TENSORBOARD_LOGGING_DIR'];
  if (named) return resolve(workingDirectory, named.replace(/^~(?=$|[/\\])/, homedir()));
  const runs = join(outputDir, 'runs');
  return (startStep > 0 ? newestRun(runs) : undefined) ?? join(runs, stamp(started));
}

export class TensorBoard implements Tracker {
  readonly #folder: string;
  readonly #warn: TrackerWarning;
  #file: AppendFile | undefined;
  #warned = false;

  constructor(run: TrackedRun, folder: string, pid: number, warn: TrackerWarning) {
    this.#folder = folder;
    this.#warn = warn;
    const time = run.started.getTime();
    this.#try(() => {
      mkdirSync(folder, { recursive: true });
      const name = `events.out.tfevents.${String(Math.floor(time / 1000)).padStart(10, '0')}.${hostname()}.${pid}`;
      this.#file = new AppendFile(join(folder, freeName(folder, name)));
      this.#file.append(frame(versionEvent(time)));
      if (run.startStep > 0) this.#file.append(frame(restartEvent(time, run.startStep + 1)));
      this.#file.append(frame(textEvent(time, 'args', JSON.stringify(run.parameters, null, 2))));
      if (run.modelConfig !== '') this.#file.append(frame(textEvent(time, 'model_config', run.modelConfig)));
    });
  }

  log({ time, step, metrics }: LoggedPoint): void {
    const events = Object.entries(metrics).map(([name, value]) => scalarEvent(time, step, tagOf(name), value));
    this.#try(() => this.#file?.append(Buffer.concat(events.map(frame))));
  }

  end(_state: EndState): Promise<void> {
    this.#try(() => this.#file?.close());
    return Promise.resolve();
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      this.#warn('tracker-unreachable', `TensorBoard's files in ${this.#folder} cannot be written (${(error as Error).message}): the run goes on without them until they can.`); // prettier-ignore
    }
  }
}

/** Names end with a number that counts the files of one process, as PyTorch's do. */
function freeName(folder: string, name: string): string {
  for (let count = 0; ; count++) if (!existsSync(join(folder, `${name}.${count}`))) return `${name}.${count}`;
}
