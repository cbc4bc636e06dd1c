// Starts workers, watches them by their logs, and settles how they ended. A worker needs no daemon: whoever comes later finds
// it by its lock, and what it has done in its log.
import type { ChildProcess } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { acquireLock, holderOfLock, LockHeld } from '../lock.ts';
import type { RecordedEvent } from '../protocol.ts';
import { toldFailure, writeEnd, type EndEvent, type Exit } from './crash.ts';
import { writePrivate } from './home.ts';
import { launchWorker, requestOf } from './launch.ts';
import { LogFollower } from './log-follower.ts';
import { HealthWatch, readHeartbeat, type HealthLimits } from './heartbeat.ts';
import { lastLines, readEnd } from './output.ts';
import { advance } from './progress.ts';
import type { RunHealth } from './protocol.ts';
import { noProgress, type RunRecord } from './record.ts';
import { isActive, nextState, type RunAction } from './states.ts';
import type { RunStore } from './store.ts';
import { watchFile } from './watch-file.ts';

export interface SupervisorParts {
  readonly store: RunStore;
  readonly workerFile: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A run has ended and its device is free. */
  readonly settled: (id: string) => void;
  readonly report: (message: string, error: unknown) => void;
  readonly limits: HealthLimits;
  /** Milliseconds between looks at workers: at their heartbeats, and whether those that are no children of this process live. */
  readonly look: number;
}

/** Bytes of a worker's output that are looked at for the reason of its end. */
const END = 32 * 1024;

/** A run with a worker. */
interface Watched {
  readonly follower: LogFollower;
  /** Ends the watching of the log. */
  readonly unwatch: () => void;
  child: ChildProcess | undefined;
  exit: Exit | undefined;
  end: EndEvent | undefined;
  settling: boolean;
  readonly health: HealthWatch;
  state: RunHealth | undefined;
  /** What the last step took. */
  stepSeconds: number;
}

export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #watched = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  /** Ends that are being written down. */
  readonly #settling = new Set<Promise<void>>();

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#look(), parts.look);
    this.#timer.unref();
  }

  get active(): number {
    return this.#watched.size;
  }

  /** The follower of a run with a worker. */
  followerOf(id: string): LogFollower | undefined {
    return this.#watched.get(id)?.follower;
  }

  /** Starts the worker of a queued run. What goes wrong becomes the run's failure. */
  async start(id: string): Promise<void> {
    const { store, now } = this.#parts;
    const files = store.folder(id);
    const log = new LogFollower(files.events);
    await log.refresh();
    await rm(files.stop, { force: true });
    await rm(files.heartbeat, { force: true });
    const record = await store.update(id, {
      ...this.#moved(store.get(id), 'start'),
      started: now(),
      ended: null,
      attempts: store.get(id).attempts + 1,
      rank: null,
      startedAfter: log.seq,
      killed: false,
      failure: null,
    });
    await writePrivate(files.request, `${JSON.stringify(requestOf(record, await store.recipe(id)))}\n`);
    await this.#launch(id);
  }

  async #launch(id: string): Promise<void> {
    const { store, workerFile, environment } = this.#parts;
    const files = store.folder(id);
    // a file that can be watched from the start on
    await writeFile(files.events, '', { flag: 'a', mode: 0o600 });
    const watched = await this.#watch(id);
    const child = launchWorker(workerFile, files, store.get(id).workingDirectory, environment);
    watched.child = child;
    child.on('error', (error) => {
      watched.exit ??= { code: 127, signal: null };
      void writeFile(files.output, `${error.message}\n`, { flag: 'a' }).finally(() => this.#ended(id));
    });
    child.on('exit', (code, signal) => {
      watched.exit = { code, signal };
      this.#ended(id);
    });
  }

  /** Takes over a run that another daemon started: watches its worker, starts one that never came to life, or settles its end. */
  async attach(id: string): Promise<void> {
    const { store } = this.#parts;
    const record = store.get(id);
    const files = store.folder(id);
    if (holderOfLock(files.lock)) {
      await this.#watch(id);
      return;
    }
    const log = new LogFollower(files.events);
    await log.refresh();
    // the daemon died between writing down the start and the worker's first word
    if (log.seq === record.startedAfter && !record.killed) await this.#launch(id);
    else {
      await this.#watch(id);
      this.#ended(id);
    }
  }

  async #watch(id: string): Promise<Watched> {
    const { store, limits } = this.#parts;
    const files = store.folder(id);
    store.touch(id, { progress: noProgress });
    let end: EndEvent | undefined;
    let stepSeconds = 0;
    const follower = new LogFollower(files.events, (records: readonly RecordedEvent[]) => {
      const { progress, startedAfter } = store.get(id);
      store.touch(id, { progress: records.reduce(advance, progress) });
      for (const { seq, event } of records) {
        if (event.type === 'end' && seq > startedAfter) end = event;
        if (event.type === 'step') stepSeconds = event.seconds;
      }
      const watched = this.#watched.get(id);
      if (watched) Object.assign(watched, { end, stepSeconds });
    });
    await follower.refresh();
    const watched: Watched = {
      follower,
      unwatch: watchFile(files.events, () => void follower.refresh()),
      child: undefined,
      exit: undefined,
      end,
      settling: false,
      health: new HealthWatch(limits),
      state: undefined,
      stepSeconds,
    };
    this.#watched.set(id, watched);
    await follower.refresh();
    return watched;
  }

  /** Asks a worker to stop after its step; with `kill`, ends it at once. */
  async stop(id: string, kill: boolean): Promise<void> {
    const { store } = this.#parts;
    const record = store.get(id);
    const change = record.state === 'running' ? this.#moved(record, 'stop') : {};
    await store.update(id, { ...change, killed: record.killed || kill });
    const files = store.folder(id);
    if (!kill) {
      await writePrivate(files.stop, '');
      return;
    }
    const pid = holderOfLock(files.lock)?.pid ?? this.#watched.get(id)?.child?.pid;
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch (error) {
      // it has just ended by itself
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** What the heartbeat of a run's worker tells; undefined for a run without one. */
  healthOf(id: string): RunHealth | undefined {
    return this.#watched.get(id)?.state;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (const [id, watched] of this.#watched) {
      const files = this.#parts.store.folder(id);
      await watched.follower.refresh();
      const before = watched.state;
      watched.state = watched.health.look(await readHeartbeat(files.heartbeat), watched.stepSeconds);
      if (before?.state !== watched.state.state || before.memoryPressure !== watched.state.memoryPressure)
        this.#parts.store.touch(id, {});
      if (!watched.child && !holderOfLock(files.lock)) this.#ended(id);
    }
    this.#looking = false;
  }

  #ended(id: string): void {
    const watched = this.#watched.get(id);
    if (!watched || watched.settling) return;
    watched.settling = true;
    const settling = this.#settle(id, watched)
      .catch((error: unknown) => {
        watched.settling = false;
        // tried again with the next look: a disk may have room by then
        watched.child = undefined;
        this.#parts.report(`The end of run ${id} could not be written down.`, error);
      })
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  async #settle(id: string, watched: Watched): Promise<void> {
    const { store, now } = this.#parts;
    const files = store.folder(id);
    let release: () => Promise<void>;
    try {
      release = await acquireLock(files.lock, process.pid);
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
      // another worker of this run has come to life: it is watched in place of the one that went
      watched.child = undefined;
      watched.settling = false;
      return;
    }
    try {
      await watched.follower.refresh();
      const tail = lastLines(await readEnd(files.output, END), 20);
      if (!watched.end) {
        const { exit, health } = watched;
        writeEnd(files.events, store.get(id), { exit, tail, heartbeat: health.last, now });
        await watched.follower.refresh();
      }
      const record = store.get(id);
      const end = watched.end;
      if (!end) throw new Error(`the log of ${id} has no end`);
      await rm(files.request, { force: true });
      await rm(files.stop, { force: true });
      const action: RunAction = end.state === 'done' ? 'finished' : end.state;
      await store.update(id, {
        ...(isActive(record.state) ? this.#moved(record, action) : {}),
        ended: now(),
        resumeFrom: null,
        failure: end.state === 'failed' ? toldFailure(end, tail) : null,
      });
    } finally {
      await release();
    }
    watched.unwatch();
    this.#watched.delete(id);
    this.#parts.settled(id);
  }

  #moved(record: RunRecord, action: RunAction): Pick<RunRecord, 'state'> {
    const state = nextState(record.state, action);
    if (!state) throw new Error(`a run that is ${record.state} cannot ${action}`);
    return { state };
  }

  /** Stops watching; workers go on. What is being written down gets to the disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const { unwatch } of this.#watched.values()) unwatch();
    await Promise.allSettled(this.#settling);
  }
}
