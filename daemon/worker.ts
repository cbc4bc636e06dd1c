// One training run in a process of its own: takes the request over IPC, writes the event log itself, tells its starter.
// Sessions block the event loop, so nothing else lives here; a starter that dies is noticed, and the run is put by.
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { runTraining } from './engine/train/run.ts';
import { UserError } from './errors.ts';
import { workerRequest, type RunEvent, type WorkerRequest } from './protocol.ts';
import { EventLog } from './runs/event-log.ts';

/** Holds back events until the run says where its log is. */
class Recorder {
  readonly #early: RunEvent[] = [];
  #log: EventLog | undefined;
  #lastStep = 0;

  emit(event: RunEvent): void {
    if (event.type === 'start') this.#open(event.outputDir);
    if (event.type === 'step') this.#lastStep = event.step;
    // told first: a disk that is full must not keep the end of a run from whoever waits for it
    process.send?.(event);
    if (this.#log) this.#log.append(event);
    else this.#early.push(event);
  }

  fail(error: unknown): void {
    const known = error instanceof UserError ? error : undefined;
    const text = error instanceof Error ? error.message : String(error);
    const message =
      known?.message ?? `Anneal has a bug: ${text}. Please report it with the output of "anneal env" and --debug.`;
    if (process.env['ANNEAL_DEBUG'] !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`);
    const details = { code: known?.code ?? 'internal', message, status: known?.status ?? 1 };
    try {
      this.emit({ type: 'end', state: 'failed', step: this.#lastStep, metrics: {}, error: details });
    } catch {
      // the log cannot be written either; the starter has been told
    }
  }

  close(): void {
    this.#log?.close();
  }

  #open(folder: string): void {
    this.#log = new EventLog(join(folder, 'events.jsonl'), () => Date.now());
    for (const event of this.#early.splice(0)) this.#log.append(event);
  }
}

const stop = new AbortController();

async function run(request: Extract<WorkerRequest, { method: 'train' }>): Promise<void> {
  const recorder = new Recorder();
  try {
    await runTraining(request, {
      emit: (event) => recorder.emit(event),
      stop: stop.signal,
      clock: () => performance.now() / 1000,
      now: () => new Date(),
      version: packageJson.version,
    });
  } catch (error) {
    recorder.fail(error);
    process.exitCode = 1;
  }
  recorder.close();
  process.disconnect?.();
}

// Ctrl-C reaches the whole process group; the starter decides what it means
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stop.abort());
process.on('disconnect', () => stop.abort());
process.on('message', (message: unknown) => {
  const parsed = workerRequest.safeParse(message);
  if (!parsed.success) return;
  if (parsed.data.method === 'stop') stop.abort();
  else void run(parsed.data);
});
