// One training run in a process of its own. Started by the command line it takes the request over IPC, and a starter that
// dies puts it by; started by the daemon (--run FOLDER) it finds everything in the run's folder and needs nobody.
// It writes the event log itself. Sessions block the event loop, so nothing else lives here.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import packageJson from '../package.json' with { type: 'json' };
import { acquireLock, LockHeld } from './lock.ts';
import { runTraining } from './engine/train/run.ts';
import { UserError } from './errors.ts';
import { workerRequest, type RunEvent, type WorkerRequest } from './protocol.ts';
import { EventLog } from './runs/event-log.ts';
import type { HeartbeatSetup, MemoryNews } from './runs/heartbeat.ts';
import { homeOf, runFolder, type RunFolder } from './runs/home.ts';
import { RUN_FOLDER } from './runs/launch.ts';
import { RunMeter, rememberRun } from './runs/measured.ts';
import { watchFile } from './runs/watch-file.ts';

type TrainRequest = Extract<WorkerRequest, { method: 'train' }>;

const now = (): number => Date.now();

/** Milliseconds between flushes of the daemon's log: the one in the output directory has the same events, and every second. */
const OWN_FLUSH = 5000;

/** Writes what the run says into the log of its output directory, once that is known, and where the daemon looks. */
class Recorder {
  readonly #early: RunEvent[] = [];
  /** The daemon's log of this run, whatever becomes of the output directory. */
  readonly #own: EventLog | undefined;
  #log: EventLog | undefined;
  readonly #done: () => void;
  #lastStep = 0;
  readonly meter = new RunMeter();

  /** `done` is told of everything that gets done. */
  constructor(own?: EventLog, done: () => void = () => undefined) {
    this.#own = own;
    this.#done = done;
  }

  /** The run has begun: its output directory is its own. */
  get begun(): boolean {
    return this.#log !== undefined;
  }

  emit(event: RunEvent): void {
    this.#done();
    this.meter.observe(event);
    if (event.type === 'start') this.#open(event.outputDir);
    if (event.type === 'step') this.#lastStep = event.step;
    // told first: a disk that is full must not keep the end of a run from whoever waits for it
    process.send?.(event);
    this.#own?.append(event);
    if (this.#log) this.#log.append(event);
    else this.#early.push(event);
  }

  fail(error: unknown): void {
    const known = error instanceof UserError ? error : undefined;
    const text = error instanceof Error ? error.message : String(error);
    const message =
      known?.message ?? `Anneal has a bug: ${text}. Please report it with the output of "anneal env" and --debug.`;
    // the daemon keeps what is written here; on the command line it is for those who ask
    if ((this.#own && !known) || process.env['ANNEAL_DEBUG'] !== undefined)
      process.stderr.write(`${error instanceof Error ? error.stack : text}\n`);
    const details = { code: known?.code ?? 'internal', message, status: known?.status ?? 1 };
    try {
      this.emit({ type: 'end', state: 'failed', step: this.#lastStep, metrics: {}, error: details });
    } catch {
      // the log cannot be written either; the starter has been told
    }
  }

  close(): void {
    this.#log?.close();
    this.#own?.close();
  }

  #open(folder: string): void {
    this.#log = new EventLog(join(folder, 'events.jsonl'), now);
    for (const event of this.#early.splice(0)) this.#log.append(event);
  }
}

const stop = new AbortController();
/** Memory is running out: what is trained now may be lost soon. */
let checkpointWanted = false;

function takeCheckpointWish(): boolean {
  const wanted = checkpointWanted;
  checkpointWanted = false;
  return wanted;
}

/** What the run took, for later estimates; that it cannot be written is no failure of the run. */
async function remember(request: TrainRequest, { meter }: Recorder): Promise<void> {
  const measured = meter.result(request);
  if (measured) await rememberRun(homeOf(process.env), measured).catch(() => undefined);
}

/** Runs a request to its end; false where it failed. */
async function run(request: TrainRequest, recorder: Recorder): Promise<boolean> {
  try {
    await runTraining(request, {
      emit: (event) => recorder.emit(event),
      stop: stop.signal,
      checkpointNow: takeCheckpointWish,
      clock: () => performance.now() / 1000,
      now: () => new Date(),
      version: packageJson.version,
      environment: process.env,
    });
    await remember(request, recorder);
    return true;
  } catch (error) {
    recorder.fail(error);
    process.exitCode = 1;
    return false;
  } finally {
    recorder.close();
  }
}

/** Listens to a starter that stays. */
function serveStarter(): void {
  // Ctrl-C reaches the whole process group; the starter decides what it means
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => stop.abort());
  process.on('message', (message: unknown) => {
    const parsed = workerRequest.safeParse(message);
    if (!parsed.success) return;
    if (parsed.data.method === 'stop') stop.abort();
    else void run(parsed.data, new Recorder()).finally(() => process.disconnect?.());
  });
}

/** Does what the daemon has put into a run's folder. */
async function runFromFolder(files: RunFolder): Promise<void> {
  const release = await acquireLock(files.lock, process.pid).catch((error: unknown) => {
    // another worker, or a daemon that writes this run off
    if (error instanceof LockHeld) return undefined;
    throw error;
  });
  if (!release) return;
  try {
    const request = await readRequest(files.request);
    if (!request) return;
    const recorder = new Recorder(
      new EventLog(files.events, now, OWN_FLUSH),
      startHeartbeat(files.heartbeat, (news) => {
        if (news.memoryPressure !== 'none') recorder.emit(memoryWarning(news));
        if (news.memoryPressure === 'critical') checkpointWanted = true;
      }),
    );
    const listening = listenForStop(files, recorder);
    await run(request, recorder);
    listening();
  } finally {
    await release();
  }
}

/** Undefined where the daemon has taken the request back. */
async function readRequest(path: string): Promise<TrainRequest | undefined> {
  if (!existsSync(path)) return undefined;
  const request = workerRequest.parse(JSON.parse(await readFile(path, 'utf8')));
  return request.method === 'train' ? request : undefined;
}

/** Lets a thread tell that this process lives, and watch the memory. Returns what counts the main thread's doings. */
function startHeartbeat(path: string, onMemory: (news: MemoryNews) => void): () => void {
  const counter = new SharedArrayBuffer(4);
  const setup: HeartbeatSetup = { path, counter };
  const thread = new Worker(new URL('heartbeat.js', import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  thread.on('message', onMemory);
  // without heartbeats the run goes on all the same
  thread.on('error', (error) => process.stderr.write(`no heartbeats: ${error.message}\n`));
  // listening has kept it alive again
  thread.unref();
  const done = new Int32Array(counter);
  return () => Atomics.add(done, 0, 1);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Little memory left is said; where the system may soon kill somebody, the next step is kept in a checkpoint. */
function memoryWarning({ memoryPressure, available, total }: MemoryNews): RunEvent {
  const left = `${gigabytes(available)} of ${gigabytes(total)} of memory are left`;
  const what = memoryPressure === 'critical' ? ': a checkpoint is written in case the system ends this run' : '';
  return { type: 'warning', code: 'memory-low', message: `Only ${left}${what}. Close other programs, or lower per_device_train_batch_size, cutoff_len or anneal_memory_gb.` }; // prettier-ignore
}

/** Milliseconds between looks for the stop file, where changes of the folder are not told. */
const LOOK = 500;

/** Stops the run when its stop file appears. Returns what ends the listening. */
function listenForStop(files: RunFolder, recorder: Recorder): () => void {
  const check = (): void => {
    if (stop.signal.aborted || !existsSync(files.stop)) return;
    stop.abort();
    // nothing has been trained yet, and loading may take long
    if (recorder.begun) return;
    recorder.emit({ type: 'end', state: 'stopped', step: 0, metrics: {} });
    process.exit(0);
  };
  const timer = setInterval(check, LOOK);
  const unwatch = watchFile(files.folder, check);
  check();
  return () => {
    clearInterval(timer);
    unwatch();
  };
}

process.on('SIGTERM', () => stop.abort());
const folder = process.argv[2] === RUN_FOLDER ? process.argv[3] : undefined;
if (folder === undefined) serveStarter();
else await runFromFolder(runFolder(folder));
