// The worker's side of a tracker that is sent to: every point goes into the spool at once, a thread sends it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { AppendFile } from '../append-file.ts';
import type { EndState, LoggedPoint, TrackedRun, Tracker, TrackerWarning } from '../tracker.ts';
import { destinationOf, type RemoteSettings } from './settings.ts';
import { openSpool, readState, spoolFiles, waitingBytes, type SpoolFiles, type SpoolLine } from './spool.ts';
import type { ThreadReply, ThreadRequest, ThreadSetup } from './thread.ts';

/** Milliseconds that the end of a run waits for the last points to be taken. */
const LAST = 10_000;

/** Throws UserError where the output directory cannot be written. */
export async function remoteTracker(run: TrackedRun, settings: RemoteSettings, warn: TrackerWarning): Promise<Tracker> {
  const { name } = destinationOf(settings);
  const files = spoolFiles(run.outputDir, settings.tracker);
  const spool = await openSpool(run.outputDir, files, name, run.startStep > 0);
  return new RemoteTracker({ run, settings, warn, name, files, spool });
}

interface RemoteParts {
  readonly run: TrackedRun;
  readonly settings: RemoteSettings;
  readonly warn: TrackerWarning;
  /** Who is sent to. */
  readonly name: string;
  readonly files: SpoolFiles;
  readonly spool: AppendFile;
}

class RemoteTracker implements Tracker {
  readonly #parts: RemoteParts;
  readonly #thread: Worker;
  #warned = false;
  #done: () => void = () => undefined;

  constructor(parts: RemoteParts) {
    this.#parts = parts;
    const { run, settings } = parts;
    const setup: ThreadSetup = { outputDir: run.outputDir, settings };
    this.#thread = new Worker(threadFile(), {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    });
    this.#thread.on('message', (reply: ThreadReply) => this.#hear(reply));
    this.#thread.on('error', (error) => {
      this.#trouble(error.message);
      this.#done();
    });
    // a run that has failed does not wait for it
    this.#thread.unref();
    const { name, recipeFile, startStep, parameters } = run;
    this.#put({ type: 'begin', time: run.started.getTime(), name, recipeFile, startStep, parameters });
  }

  log({ time, step, metrics }: LoggedPoint): void {
    this.#put({ type: 'log', time, step, metrics });
  }

  async end(state: EndState): Promise<void> {
    const { run, name, files, spool, warn } = this.#parts;
    this.#put({ type: 'end', time: Date.now(), state });
    const done = new Promise<void>((resolve) => (this.#done = resolve));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LAST)));
    this.#ask('finish');
    await Promise.race([done, late]);
    clearTimeout(timer);
    await this.#thread.terminate();
    try {
      spool.close();
    } catch (error) {
      this.#trouble((error as Error).message);
    }
    if (waitingBytes(files, readState(files, name).sent) > 0)
      warn('tracker-behind', `${name} has not got all that this run logged: "anneal track ${run.outputDir}" sends the rest.`); // prettier-ignore
  }

  #put(line: SpoolLine): void {
    try {
      this.#parts.spool.append(Buffer.from(`${JSON.stringify(line)}\n`));
    } catch (error) {
      this.#trouble((error as Error).message);
    }
    this.#ask('more');
  }

  #ask(request: ThreadRequest): void {
    this.#thread.postMessage(request);
  }

  #hear(reply: ThreadReply): void {
    if ('done' in reply) this.#done();
    else this.#trouble(reply.trouble);
  }

  /** Said once: a tracker that is down all night fills no log. */
  #trouble(message: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const { name, files, warn } = this.#parts;
    warn('tracker-unreachable', `${name} does not take what the run logs (${message}): the run goes on, and what is logged waits in ${files.lines}.`); // prettier-ignore
  }
}

/** Beside the bundle, or, from the sources, beside this file. */
function threadFile(): string {
  const bundled = fileURLToPath(new URL('./tracker-thread.js', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('./thread.ts', import.meta.url));
}
