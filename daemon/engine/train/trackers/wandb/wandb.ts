// A Weights & Biases run as its offline folder, which "wandb sync" uploads. Names and what goes where are those of transformers.
// Source: transformers 5.6, integrations/integration_utils.py (WandbCallback); wandb, environment variables of its documentation.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { AppendFile } from '../append-file.ts';
import { tagOf } from '../tensorboard/tensorboard.ts';
import type { EndState, LoggedPoint, TrackedRun, Tracker, TrackerWarning } from '../tracker.ts';
import {
  axisRecords,
  encodeRecord,
  exitRecord,
  fileHeader,
  frameRecord,
  headerRecord,
  historyRecord,
  runRecord,
  summaryRecord,
  type RecordBody,
} from './records.ts';

/** Numbers of a whole run: no curves. */
const single: ReadonlySet<string> = new Set(['train_runtime', 'train_samples_per_second', 'train_steps_per_second', 'train_loss', 'total_flos']); // prettier-ignore

/** Whether somebody has switched it off. */
export const wandbIsOff = (environment: NodeJS.ProcessEnv): boolean =>
  environment['WANDB_MODE'] === 'disabled' || /^(1|on|yes|true)$/i.test(environment['WANDB_DISABLED'] ?? '');

const two = (value: number): string => String(value).padStart(2, '0');
const stamp = (now: Date): string =>
  `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;

/** Eight letters and digits that another run does not get. */
function runId({ outputDir, started }: TrackedRun): string {
  const hash = createHash('sha256').update(`${hostname()} ${outputDir} ${started.getTime()} ${process.pid}`).digest();
  return hash.readBigUInt64LE().toString(36).padStart(8, '0').slice(0, 8);
}

function modelConfig({ modelConfig: text }: TrackedRun): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

export class WandbFolder implements Tracker {
  readonly #warn: TrackerWarning;
  readonly #id: string;
  readonly #started: number;
  readonly #folder: string;
  readonly #tell: boolean;
  #file: AppendFile | undefined;
  #records = 0;
  #logs = 0;
  #warned = false;

  constructor(run: TrackedRun, environment: NodeJS.ProcessEnv, warn: TrackerWarning) {
    this.#warn = warn;
    this.#started = run.started.getTime();
    this.#id = environment['WANDB_RUN_ID'] ?? runId(run);
    this.#tell = environment['WANDB_MODE'] !== 'offline';
    this.#folder = join(
      resolve(run.workingDirectory, environment['WANDB_DIR'] ?? ''),
      'wandb',
      `offline-run-${stamp(run.started)}-${this.#id}`,
    );
    this.#try(() => {
      mkdirSync(join(this.#folder, 'files'), { recursive: true });
      this.#file = new AppendFile(join(this.#folder, `run-${this.#id}.wandb`));
      this.#file.append(fileHeader);
    });
    this.#write(headerRecord('anneal'));
    this.#write(
      runRecord({
        id: this.#id,
        project: environment['WANDB_PROJECT'] ?? 'huggingface',
        entity: environment['WANDB_ENTITY'],
        group: environment['WANDB_RUN_GROUP'],
        jobType: environment['WANDB_JOB_TYPE'],
        notes: environment['WANDB_NOTES'],
        tags: (environment['WANDB_TAGS'] ?? '').split(',').filter(Boolean),
        name: environment['WANDB_NAME'] ?? run.name,
        host: hostname(),
        started: this.#started,
        config: { ...modelConfig(run), ...run.parameters },
      }),
    );
    for (const record of axisRecords) this.#write(record);
  }

  log({ step, time, metrics }: LoggedPoint): void {
    const entries = Object.entries(metrics);
    const totals = Object.fromEntries(entries.filter(([name]) => single.has(name)));
    const curves = Object.fromEntries(entries.flatMap(([name, value]) => (single.has(name) ? [] : [[tagOf(name), value]]))); // prettier-ignore
    const seconds = (time - this.#started) / 1000;
    const values = { ...curves, 'train/global_step': step, _timestamp: time / 1000, _runtime: seconds };
    this.#write(historyRecord(values, this.#logs));
    this.#write(summaryRecord({ ...values, _step: this.#logs, ...totals }));
    this.#logs += 1;
  }

  end(state: EndState): Promise<void> {
    this.#write(exitRecord(state === 'failed' ? 1 : 0, (Date.now() - this.#started) / 1000));
    this.#try(() => this.#file?.close());
    if (this.#tell) this.#warn('tracker-behind', `Weights & Biases has this run in ${this.#folder} only: "wandb sync ${this.#folder}" uploads it.`); // prettier-ignore
    return Promise.resolve();
  }

  #write(record: RecordBody): void {
    const file = this.#file;
    if (!file) return;
    this.#records += 1;
    const bytes = encodeRecord(record, this.#records, this.#id);
    this.#try(() => file.append(frameRecord(bytes, file.end)));
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      this.#warn('tracker-unreachable', `The run's folder for Weights & Biases, ${this.#folder}, cannot be written (${(error as Error).message}): the run goes on without it until it can.`); // prettier-ignore
    }
  }
}
