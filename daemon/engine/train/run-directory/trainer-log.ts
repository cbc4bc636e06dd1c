// trainer_log.jsonl and trainer_state.json as LLaMA-Factory and the Hugging Face Trainer write them.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** One line of trainer_log.jsonl. */
export function logLine(entry: LogEntry, progress: Progress): string {
  const line = {
    current_steps: progress.step,
    total_steps: progress.totalSteps,
    loss: entry.loss,
    eval_loss: entry.eval_loss,
    eval_accuracy: entry.eval_accuracy,
    lr: entry.learning_rate,
    grad_norm: entry.grad_norm,
    epoch: round(progress.epoch, 4),
    percentage: progress.totalSteps > 0 ? round((progress.step / progress.totalSteps) * 100, 2) : 100,
    elapsed_time: formatDuration(progress.elapsedSeconds),
    remaining_time: formatDuration(progress.remainingSeconds),
    throughput: round(progress.tokensPerSecond, 2),
    total_tokens: progress.totalTokens,
  };
  return `${JSON.stringify(line)}\n`;
}

/** Appends to trainer_log.jsonl. */
export const appendLog = (folder: string, line: string): Promise<void> =>
  appendFile(join(folder, 'trainer_log.jsonl'), line);

/** Drops log lines after a step: a run that resumes there writes them again. */
export async function truncateLog(folder: string, step: number): Promise<void> {
  const path = join(folder, 'trainer_log.jsonl');
  const text = await readFile(path, 'utf8').catch(() => '');
  const kept = text.split('\n').filter((line) => {
    if (line === '') return false;
    try {
      return (JSON.parse(line) as { current_steps: number }).current_steps <= step;
    } catch {
      return false;
    }
  });
  if (text !== '') await writeFile(path, kept.map((line) => `${line}\n`).join(''));
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
  readonly history: readonly LogEntry[];
  readonly stopping: boolean;
}

/** trainer_state.json of transformers' TrainerState. */
export const trainerState = (fields: TrainerStateFields): Record<string, unknown> => ({
  best_global_step: fields.bestCheckpoint === null ? null : Number(/(\d+)$/.exec(fields.bestCheckpoint)?.[1] ?? 0),
  best_metric: fields.bestMetric,
  best_model_checkpoint: fields.bestCheckpoint,
  epoch: fields.epoch,
  eval_steps: fields.evalSteps,
  global_step: fields.step,
  is_hyper_param_search: false,
  is_local_process_zero: true,
  is_world_process_zero: true,
  log_history: fields.history,
  logging_steps: fields.loggingSteps,
  max_steps: fields.totalSteps,
  num_input_tokens_seen: fields.totalTokens,
  num_train_epochs: fields.epochs,
  save_steps: fields.saveSteps,
  stateful_callbacks: {
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
  total_flos: 0,
  train_batch_size: fields.batchSize,
  trial_name: null,
  trial_params: null,
});
