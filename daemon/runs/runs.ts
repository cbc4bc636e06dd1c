// Runs as clients know them: submit, stop, resume, copy, delete. Every change of a run's state goes through here.
import { basename, resolve } from 'node:path';
import { listCheckpoints } from '../engine/train/run-directory/files.ts';
import { UserError } from '../errors.ts';
import { formatFinding, type Finding } from '../recipe/finding.ts';
import type { Home } from './home.ts';
import type { HealthLimits } from './heartbeat.ts';
import type { RunDetail, RunHealth, RunSummary } from './protocol.ts';
import { RunQueue } from './queue.ts';
import { noProgress, type RunRecord } from './record.ts';
import { isActive, nextState } from './states.ts';
import { RunStore } from './store.ts';
import { Supervisor } from './supervisor.ts';

export interface RunsParts {
  readonly home: Home;
  readonly workerFile: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Letters and digits that no other run has. */
  readonly randomId: () => string;
  readonly report: (message: string, error: unknown) => void;
  readonly limits: HealthLimits;
  /** Milliseconds between looks at workers. */
  readonly look: number;
}

export interface Submission {
  /** Absolute; null where the recipe came as text. */
  readonly recipeFile: string | null;
  readonly recipe: string;
  readonly overrides: readonly string[];
  readonly workingDirectory: string;
  readonly name?: string | undefined;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly clonedFrom?: string | undefined;
}

/** A recipe with errors: nothing was queued. */
export class RecipeRefused extends UserError {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const errors = findings.filter(({ severity }) => severity === 'error');
    super('recipe-errors', errors.map(formatFinding).join('\n'));
    this.findings = findings;
  }
}

/** What a recipe is about, as far as the queue and its guards must know. */
export interface RunPlan {
  readonly outputDir: string;
  readonly datasetDir: string;
  /** What else it would write: preprocessed data, TensorBoard files. */
  readonly otherOutputs: readonly string[];
  readonly device: string;
  readonly stage: string;
  readonly finetuningType: string;
}

export class Runs {
  readonly store: RunStore;
  readonly #parts: RunsParts;
  readonly #supervisor: Supervisor;
  #queue: RunQueue | undefined;
  readonly #queueListeners = new Set<() => void>();

  private constructor(parts: RunsParts, store: RunStore) {
    this.#parts = parts;
    this.store = store;
    this.#supervisor = new Supervisor({
      ...parts,
      store,
      settled: (id) => void this.queue.ended(store.get(id)),
    });
  }

  /** Reads the store, takes over the runs that a daemon before this one has left, and goes on with the queue. */
  static async open(parts: RunsParts): Promise<Runs> {
    const store = await RunStore.open(parts.home, (folder) =>
      parts.report(`The run in ${folder} is left out: its record.json cannot be read.`, undefined),
    );
    const runs = new Runs(parts, store);
    runs.#queue = await RunQueue.open({
      store,
      settingsFile: parts.home.settings,
      start: (id) => runs.#supervisor.start(id),
      failed: (id, error) => runs.#notStarted(id, error),
      changed: () => runs.#tellQueue(),
    });
    for (const { id, state } of store.list()) if (isActive(state)) await runs.#supervisor.attach(id);
    runs.queue.pump();
    return runs;
  }

  get queue(): RunQueue {
    if (!this.#queue) throw new Error('runs are not open yet');
    return this.#queue;
  }

  get supervisor(): Supervisor {
    return this.#supervisor;
  }

  /** Whether anything runs or waits to. */
  get busy(): boolean {
    return this.queue.status().devices.some(({ running, waiting }) => running.length + waiting.length > 0);
  }

  onQueueChange(listener: () => void): void {
    this.#queueListeners.add(listener);
  }

  /** Checks a recipe. Throws RecipeRefused where it has errors, UserError where it cannot run. */
  async plan(submission: Submission): Promise<RunPlan> {
    // the recipe room is loaded when it is needed: an idle daemon stays small
    const { planRun } = await import('./plan.ts');
    return planRun(submission, new Date(this.#parts.now()));
  }

  /** Queues a recipe that was planned. */
  async submit(submission: Submission, plan: RunPlan): Promise<RunRecord> {
    const name = submission.name ?? basename(submission.recipeFile ?? 'recipe').replace(/\.ya?ml$/, '');
    const record: RunRecord = {
      version: 1,
      id: this.newId(name),
      name,
      source: 'anneal',
      state: 'queued',
      recipeFile: submission.recipeFile,
      overrides: [...submission.overrides],
      workingDirectory: resolve(submission.workingDirectory),
      outputDir: plan.outputDir,
      stage: plan.stage,
      finetuningType: plan.finetuningType,
      device: plan.device,
      tags: [...submission.tags],
      notes: submission.notes,
      clonedFrom: submission.clonedFrom ?? null,
      created: this.#parts.now(),
      started: null,
      ended: null,
      attempts: 0,
      rank: this.queue.lastRank(),
      resumeFrom: null,
      startedAfter: 0,
      killed: false,
      failure: null,
      progress: noProgress,
    };
    await this.store.add(record, submission.recipe);
    this.#tellQueue();
    this.queue.pump();
    return record;
  }

  /** An id that no run has: from a name. */
  newId(name: string): string {
    const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, 40); // prettier-ignore
    for (;;) {
      const id = `${slug || 'run'}-${this.#parts.randomId()}`.replaceAll('--', '-');
      if (!this.store.has(id)) return id;
    }
  }

  /** Throws UserError where the run has ended already. */
  async stop(id: string, kill: boolean): Promise<RunRecord> {
    const record = this.store.get(id);
    if (record.state === 'queued') {
      await this.store.change(id, { state: 'stopped', rank: null, ended: this.#parts.now() });
      this.#tellQueue();
    } else if (isActive(record.state)) await this.#supervisor.stop(id, kill);
    else throw conflict('run-ended', `The run ${id} has ended already: it is ${record.state}.`);
    return this.store.get(id);
  }

  /** Queues a run again, from a checkpoint's step or from the last one. Throws UserError where it cannot go on. */
  async resume(id: string, step: number | undefined): Promise<RunRecord> {
    const record = this.store.get(id);
    const state = nextState(record.state, 'resume');
    if (!state || record.source !== 'anneal') {
      const why = record.source === 'anneal' ? `it is ${record.state}` : 'LLaMA-Factory ran it';
      throw conflict('run-not-resumable', `The run ${id} cannot be resumed: ${why}.`);
    }
    const checkpoints = listCheckpoints(record.outputDir);
    const chosen = step === undefined ? checkpoints.at(-1) : checkpoints.find((one) => one.step === step);
    if (step !== undefined && !chosen) {
      const there = checkpoints.map((one) => one.step).join(', ') || 'none';
      throw conflict('checkpoint-missing', `The run ${id} has no checkpoint of step ${step}: there are ${there}.`);
    }
    const updated = await this.store.change(id, {
      state,
      rank: this.queue.lastRank(),
      resumeFrom: chosen?.path ?? null,
      failure: null,
      ended: null,
    });
    this.#tellQueue();
    this.queue.pump();
    return updated;
  }

  /** Moves a run to the trash. Throws UserError while it has a worker or waits for one. */
  async discard(id: string): Promise<void> {
    const { state } = this.store.get(id);
    if (state === 'queued' || isActive(state))
      throw conflict('run-active', `The run ${id} is ${state}: stop it before it is deleted.`);
    await this.store.discard(id);
  }

  randomId(): string {
    return this.#parts.randomId();
  }

  /** A run whose worker could not even be started. */
  async #notStarted(id: string, error: unknown): Promise<void> {
    this.#parts.report(`The run ${id} could not be started.`, error);
    const known = error instanceof UserError ? error : undefined;
    const message = known?.message ?? `The training process could not be started: ${(error as Error).message}.`;
    const record = this.store.get(id);
    const change = {
      state: nextState(record.state, 'failed') ?? record.state,
      rank: null,
      ended: this.#parts.now(),
      failure: {
        kind: known?.code === 'disk-full' ? ('disk-full' as const) : ('engine-bug' as const),
        code: known?.code ?? 'not-started',
        message,
        logTail: [],
      },
    };
    await this.store.update(id, change).catch(() => undefined);
  }

  summary(record: RunRecord): RunSummary {
    const waiting = record.state === 'queued' ? this.queue.waiting(record.device).map(({ id }) => id) : [];
    return summaryOf(record, waiting, this.#supervisor.healthOf(record.id));
  }

  summaries(records: readonly RunRecord[]): RunSummary[] {
    const waiting = new Map(this.queue.status().devices.map((one) => [one.device, one.waiting]));
    return records.map((record) =>
      summaryOf(record, waiting.get(record.device) ?? [], this.#supervisor.healthOf(record.id)),
    );
  }

  async detail(record: RunRecord): Promise<RunDetail> {
    const { notes, overrides, workingDirectory, attempts, clonedFrom } = record;
    const recipe = await this.store.recipe(record.id);
    return { ...this.summary(record), notes, overrides, workingDirectory, attempts, clonedFrom, recipe };
  }

  #tellQueue(): void {
    for (const listener of this.#queueListeners) listener();
  }

  /** Starts nothing more and writes down what is left to write; workers go on. */
  async close(): Promise<void> {
    this.queue.close();
    await this.#supervisor.close();
    await this.store.flush();
  }
}

/** `waiting`: the queue of the run's device. */
function summaryOf(record: RunRecord, waiting: readonly string[], health: RunHealth | undefined): RunSummary {
  const { id, name, state, source, outputDir, recipeFile, stage, finetuningType, device, tags } = record;
  const { created, started, ended, progress, failure } = record;
  const position = state === 'queued' ? waiting.indexOf(id) + 1 : null;
  return { id, name, state, source, outputDir, recipeFile, stage, finetuningType, device, tags, created, started, ended, position, progress, failure, health: health ?? null }; // prettier-ignore
}

/** What a run's state does not allow. */
export class Conflict extends UserError {}

const conflict = (code: string, message: string): Conflict => new Conflict(code, message);
