// trainer_log.jsonl and trainer_state.json as LLaMA-Factory and the Hugging Face Trainer write them.
// Source: LLaMA-Factory 0.9.5, train/callbacks.py (log lines); transformers 5.6, trainer_callback.py (state).
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asFileError, writeWhole } from './files.ts';

/** One entry of the log history: a step's loss, an evaluation's metrics, or the totals after training. */
export interface LogEntry {
  readonly step: number;
  readonly epoch: number;
  readonly loss?: number;
  readonly grad_norm?: number;
  readonly learning_rate?: number;
  readonly eval_loss?: number;
  readonly eval_accuracy?: number;
  readonly [metric: string]: number | undefined;
}

export interface Progress {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly elapsedSeconds: number;
  readonly remainingSeconds: number;
  readonly totalTokens: number;
  readonly tokensPerSecond: number;
}

/** h:mm:ss, with days in front where there are some: Python's str(timedelta). */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${Math.floor((whole % 86_400) / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return days > 0 ? `${days} day${days > 1 ? 's' : ''}, ${time}` : time;
}

/** Python's round: of two decimals that are equally near the even one. */
export function round(value: number, digits: number): number {
  // only odd multiples of 2^-(digits + 1) lie exactly between two decimals
  const halves = value * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return Number(value.toFixed(digits));
  const scale = 10 ** digits;
  const below = Math.floor(value * scale);
  return (below % 2 === 0 ? below : below + 1) / scale;
}

/** One line of trainer_log.jsonl: upstream's keys in its order, then ours. What the entry does not have is left out. */
export function logLine(entry: LogEntry, progress: Progress): string {
  const { step, totalSteps } = progress;
  const line = {
    current_steps: step,
    total_steps: totalSteps,
    loss: entry.loss,
    eval_loss: entry.eval_loss,
    predict_loss: entry['predict_loss'],
    reward: entry['reward'],
    accuracy: entry['rewards/accuracies'],
    lr: entry.learning_rate,
    epoch: progress.epoch,
    percentage: totalSteps > 0 ? round((step / totalSteps) * 100, 2) : 100,
    elapsed_time: formatDuration(progress.elapsedSeconds),
    remaining_time: formatDuration(progress.remainingSeconds),
    throughput: progress.totalTokens > 0 ? round(progress.tokensPerSecond, 2) : undefined,
    total_tokens: progress.totalTokens > 0 ? progress.totalTokens : undefined,
    grad_norm: entry.grad_norm,
    eval_accuracy: entry.eval_accuracy,
  };
  return `${JSON.stringify(line)}\n`;
}

const LOG = 'trainer_log.jsonl';

/** Appends to trainer_log.jsonl. Throws UserError where the disk is full. */
export async function appendLog(folder: string, line: string): Promise<void> {
  const path = join(folder, LOG);
  await appendFile(path, line).catch((error: unknown) => {
    throw asFileError(error, path);
  });
}

/** Drops log lines after a step, and a torn one: a run that resumes there writes them again. Step 0 empties the log. */
export async function truncateLog(folder: string, step: number): Promise<void> {
  const path = join(folder, LOG);
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text === '') return;
  const kept = text.split('\n').filter((line) => stepOf(line) <= step);
  await writeWhole(path, step === 0 ? '' : kept.map((line) => `${line}\n`).join(''));
}

/** The step of a line, infinite where it is no log line. */
function stepOf(line: string): number {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('current_steps' in value)) return Number.POSITIVE_INFINITY;
    return typeof value.current_steps === 'number' ? value.current_steps : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export interface TrainerStateFields {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly loggingSteps: number;
  readonly evalSteps: number;
  readonly saveSteps: number;
  readonly bestMetric: number | null;
  readonly bestCheckpoint: string | null;
  readonly totalTokens: number;
  /** 6 · tokens · parameters without embeddings, as transformers estimates it. */
  readonly totalFlos?: number;
  readonly history: readonly LogEntry[];
  readonly stopping: boolean;
  /** Where early_stopping_steps is set: its patience, and evaluations without a better metric so far. */
  readonly earlyStopping?: { readonly patience: number; readonly waited: number };
}

/** trainer_state.json of transformers' TrainerState. Steps below 1 are shares of all steps, as there. */
export function trainerState(fields: TrainerStateFields): Record<string, unknown> {
  const steps = (value: number): number => (value < 1 ? Math.ceil(value * fields.totalSteps) : value);
  return {
    best_global_step: fields.bestCheckpoint === null ? null : Number(/(\d+)$/.exec(fields.bestCheckpoint)?.[1] ?? 0),
    best_metric: fields.bestMetric,
    best_model_checkpoint: fields.bestCheckpoint,
    epoch: fields.epoch,
    eval_steps: steps(fields.evalSteps),
    global_step: fields.step,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history: fields.history.map(sorted),
    logging_steps: steps(fields.loggingSteps),
    max_steps: fields.totalSteps,
    num_input_tokens_seen: fields.totalTokens,
    num_train_epochs: fields.epochs,
    save_steps: steps(fields.saveSteps),
    stateful_callbacks: {
      ...(fields.earlyStopping && { EarlyStoppingCallback: earlyStoppingState(fields.earlyStopping) }),
      TrainerControl: {
        args: {
          should_epoch_stop: false,
          should_evaluate: false,
          should_log: false,
          should_save: true,
          should_training_stop: fields.stopping,
        },
        attributes: {},
      },
    },
    total_flos: fields.totalFlos ?? 0,
    train_batch_size: fields.batchSize,
    trial_name: null,
    trial_params: null,
  };
}

const earlyStoppingState = ({ patience, waited }: { patience: number; waited: number }): Record<string, unknown> => ({
  args: { early_stopping_patience: patience, early_stopping_threshold: 0 },
  attributes: { early_stopping_patience_counter: waited },
});

/** Keys in alphabetical order, as upstream's JSON has them. */
export const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
