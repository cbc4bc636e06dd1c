// Why a run failed: from what the worker said, how it ended, its last heartbeat and the end of its output.
import { uptime } from 'node:os';
import type { RunEvent } from '../protocol.ts';
import { EventLog } from './event-log.ts';
import type { Heartbeat } from './heartbeat.ts';
import { failureKinds, type RunFailure } from './protocol.ts';
import type { RunRecord } from './record.ts';

export type EndEvent = Extract<RunEvent, { type: 'end' }>;

/** How a process ended; undefined where another daemon was its parent. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Evidence {
  readonly exit: Exit | undefined;
  /** Last lines of the worker's output. */
  readonly tail: readonly string[];
  /** From the last heartbeat. */
  readonly memoryPressure: 'none' | 'low' | 'critical';
  /** The machine has been started since the worker was. */
  readonly restarted: boolean;
  readonly step: number;
}

type Kind = RunFailure['kind'];

/** What runtimes print when they get no memory: V8, C++, ONNX Runtime, Rust, typed arrays. */
const outOfMemory =
  /heap out of memory|std::bad_alloc|failed to allocate|allocation failed|Cannot allocate memory|memory allocation of \d+ bytes failed|out of memory/i;

const dataCodes =
  /^(dataset-|row-|data-|column-|ranking-|interleave-|tools-|function-content|parallel-calls|system-message)|^(no-examples|nothing-trained|unknown-dataset|remote-dataset-later)$/;

/** The kind of an error that the worker told itself. */
function kindOf(code: string, message: string, status: number): Kind {
  // ends that the daemon wrote itself
  const written = failureKinds.find((kind) => kind === code);
  if (written) return written;
  if (outOfMemory.test(message)) return 'out-of-memory';
  if (code === 'disk-full') return 'disk-full';
  if (code === 'loss-not-finite') return 'not-finite';
  if (code === 'internal') return 'engine-bug';
  if (dataCodes.test(code)) return 'bad-data';
  return status === 2 || code === 'metric-missing' ? 'bad-recipe' : 'engine-bug';
}

/** The failure of a run whose worker said why. */
export function toldFailure({ error }: EndEvent, tail: readonly string[]): RunFailure {
  const { code, message, status } = error ?? { code: 'internal', message: 'The run failed without a word.', status: 1 };
  return { kind: kindOf(code, message, status), code, message, logTail: [...tail] };
}

const crashSignals: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP']);

/** The kind of an end that nobody announced. */
function kindOfCrash({ exit, tail, memoryPressure, restarted }: Evidence): Kind {
  if (outOfMemory.test(tail.join('\n'))) return 'out-of-memory';
  if (restarted) return 'machine-restarted';
  // the kernel's way of making room; without want of memory it was a person or a job scheduler
  const killed = exit?.signal === 'SIGKILL' || exit?.code === 137;
  if ((killed || !exit) && memoryPressure === 'critical') return 'out-of-memory';
  if (killed || exit?.signal === 'SIGTERM' || exit?.signal === 'SIGHUP') return 'killed';
  if (exit && (crashSignals.has(exit.signal ?? '') || exit.code !== 0)) return 'engine-bug';
  return 'lost';
}

const wayOn = (step: number): string =>
  step > 0 ? 'Resume it to go on from the last checkpoint' : 'Start it again with resume';

function sentence(kind: Kind, { exit, step }: Evidence): string {
  const where = step > 0 ? ` after step ${step}` : ' before its first step';
  switch (kind) {
    case 'out-of-memory':
      return `The system ran out of memory${where}: lower per_device_train_batch_size, cutoff_len or anneal_memory_gb, or close other programs. ${wayOn(step)}.`;
    case 'killed':
      return `The training process was killed${exit?.signal ? ` (${exit.signal})` : ''}${where}, by a person or a job scheduler. ${wayOn(step)}.`;
    case 'machine-restarted':
      return `The machine was started anew while the run was under way${where}. ${wayOn(step)}.`;
    case 'engine-bug':
      return `The training process crashed${exit?.signal ? ` (${exit.signal})` : exit ? ` (status ${exit.code})` : ''}${where}: please report it with the log and the output of "anneal env". ${wayOn(step)}.`;
    case 'lost':
    case 'disk-full':
    case 'not-finite':
    case 'bad-recipe':
    case 'bad-data':
      return `The training process ended without saying why${where}, while no daemon was watching. ${wayOn(step)}.`;
  }
}

/** The failure of a run whose worker is gone without a word. */
export function crashFailure(evidence: Evidence): RunFailure {
  const kind = kindOfCrash(evidence);
  return { kind, code: kind, message: sentence(kind, evidence), logTail: [...evidence.tail] };
}

/**
 * Writes the end that a worker could not: it is gone without a word, and the daemon holds its lock. `now` in milliseconds since
 * the epoch. Throws UserError where the log cannot be written.
 */
export function writeEnd(
  log: string,
  record: RunRecord,
  {
    exit,
    tail,
    heartbeat,
    now,
  }: Pick<Evidence, 'exit' | 'tail'> & { heartbeat: Heartbeat | undefined; now: () => number },
): void {
  const { step } = record.progress;
  const evidence: Evidence = {
    exit,
    tail,
    memoryPressure: heartbeat?.memoryPressure ?? 'none',
    restarted: !exit && (record.started ?? 0) < now() - uptime() * 1000,
    step,
  };
  const { code, message } = crashFailure(evidence);
  const end: EndEvent = record.killed
    ? { type: 'end', state: 'stopped', step, metrics: {} }
    : { type: 'end', state: 'failed', step, metrics: {}, error: { code, message, status: 1 } };
  const events = new EventLog(log, now);
  try {
    events.append(end);
  } finally {
    events.close();
  }
}
