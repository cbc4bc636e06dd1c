// Log, state and result files against those of a LLaMA-Factory 0.9.5 run (fixtures/llama-factory: 18 steps, 3 evaluations).
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveResults, speedMetrics, type Metrics } from './results.ts';
import { appendLog, formatDuration, logLine, round, trainerState, truncateLog, type LogEntry } from './trainer-log.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/llama-factory/${name}`, import.meta.url), 'utf8');

interface State {
  readonly log_history: readonly LogEntry[];
  readonly [key: string]: unknown;
}

const theirs = JSON.parse(fixture('trainer_state.json')) as State;
const theirLines = fixture('trainer_log.jsonl').trim().split('\n');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (entry: LogEntry, more: { totalTokens?: number } = {}): Record<string, unknown> =>
  JSON.parse(
    logLine(entry, {
      step: entry.step,
      totalSteps: 18,
      epoch: entry.epoch,
      elapsedSeconds: 0.4,
      remainingSeconds: 0.3,
      totalTokens: 0,
      tokensPerSecond: 0,
      ...more,
    }),
  ) as Record<string, unknown>;

describe('trainer_log.jsonl', () => {
  it('has upstream’s lines, with grad_norm and eval_accuracy behind', () => {
    expect(theirLines).toHaveLength(theirs.log_history.length);
    for (const [i, entry] of theirs.log_history.entries()) {
      const { grad_norm, eval_accuracy, ...ours } = line(entry);
      const upstream = JSON.parse(theirLines[i] ?? '') as Record<string, unknown>;
      expect(ours).toEqual(upstream);
      expect(Object.keys(ours)).toEqual(Object.keys(upstream));
      expect([grad_norm, eval_accuracy]).toEqual([entry.grad_norm, entry.eval_accuracy]);
    }
  });

  it('says throughput and tokens once there are some', () => {
    const entry = { step: 9, epoch: 0.5, loss: 1 };
    expect(line(entry)).not.toHaveProperty('throughput');
    const text = logLine(entry, { step: 9, totalSteps: 18, epoch: 0.5, elapsedSeconds: 3725, remainingSeconds: 90_000, totalTokens: 1024, tokensPerSecond: 102.345 }); // prettier-ignore
    expect(JSON.parse(text)).toEqual({ current_steps: 9, total_steps: 18, loss: 1, epoch: 0.5, percentage: 50, elapsed_time: '1:02:05', remaining_time: '1 day, 1:00:00', throughput: 102.34, total_tokens: 1024 }); // prettier-ignore
  });

  it('has the preference stages’ reward and accuracy under upstream’s names', () => {
    expect(line({ step: 1, epoch: 0.1, reward: 0.5, 'rewards/accuracies': 0.75 })).toMatchObject({ reward: 0.5, accuracy: 0.75 }); // prettier-ignore
  });

  it('loses the lines after a checkpoint, and a torn one, when a run resumes from it', async () => {
    const path = join(folder, 'trainer_log.jsonl');
    for (const one of theirLines) await appendLog(folder, `${one}\n`);
    writeFileSync(path, '{"current_steps": 6, "total', { flag: 'a' });
    await truncateLog(folder, 6);
    expect(readFileSync(path, 'utf8')).toBe(`${theirLines.slice(0, 7).join('\n')}\n`);
    await truncateLog(folder, 0);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('is not made where there is nothing to drop', async () => {
    await truncateLog(folder, 5);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('trainer_state.json', () => {
  const fields = {
    step: 18,
    totalSteps: 18,
    epoch: 0.9,
    epochs: 1,
    batchSize: 2,
    loggingSteps: 1,
    evalSteps: 6,
    saveSteps: 6,
    bestMetric: 5.1445136070251465,
    bestCheckpoint: '/runs/full/checkpoint-18',
    totalTokens: 0,
    totalFlos: 2955325440,
    history: theirs.log_history,
    stopping: true,
  };

  it('equals upstream’s, key for key and in its order', () => {
    expect(JSON.stringify(trainerState(fields))).toBe(JSON.stringify(theirs));
  });

  it('resolves shares of steps, and keeps the patience of early stopping', () => {
    const state = trainerState({ ...fields, loggingSteps: 0.1, saveSteps: 0.25, earlyStopping: { patience: 3, waited: 1 } }); // prettier-ignore
    expect([state['logging_steps'], state['save_steps'], state['eval_steps']]).toEqual([2, 5, 6]);
    expect(state['stateful_callbacks']).toMatchObject({ EarlyStoppingCallback: { args: { early_stopping_patience: 3 }, attributes: { early_stopping_patience_counter: 1 } } }); // prettier-ignore
  });
});

describe('results', () => {
  it('equal upstream’s files byte for byte, all_results.json joining them', async () => {
    const read = (name: string): Metrics => JSON.parse(fixture(name)) as Metrics;
    await saveResults(folder, 'train', read('train_results.json'));
    await saveResults(folder, 'eval', read('eval_results.json'));
    for (const name of ['train_results.json', 'eval_results.json', 'all_results.json']) {
      // Python writes whole floats with .0, JSON has no such thing
      expect(readFileSync(join(folder, name), 'utf8')).toBe(fixture(name).replace('2955325440.0', '2955325440'));
    }
  });

  it('keep what an earlier command left in all_results.json, unless it is broken', async () => {
    writeFileSync(join(folder, 'all_results.json'), '{"predict_rouge-1": 40.5, "train_loss": 9}');
    await saveResults(folder, 'train', { train_loss: 1 });
    expect(JSON.parse(readFileSync(join(folder, 'all_results.json'), 'utf8'))).toEqual({ 'predict_rouge-1': 40.5, train_loss: 1 }); // prettier-ignore
    writeFileSync(join(folder, 'all_results.json'), '{"train_');
    await saveResults(folder, 'eval', { eval_loss: 2 });
    expect(JSON.parse(readFileSync(join(folder, 'all_results.json'), 'utf8'))).toEqual({ eval_loss: 2 });
  });

  it('have upstream’s speeds', () => {
    // 18 steps of 2 rows in 0.6716 s
    expect(speedMetrics('train', 0.67158, { samples: 36, steps: 18 })).toEqual({ train_runtime: 0.6716, train_samples_per_second: 53.605, train_steps_per_second: 26.802 }); // prettier-ignore
    expect(speedMetrics('eval', 0, { samples: 36, steps: 18 })).toEqual({ eval_runtime: 0 });
  });
});

describe('numbers as Python writes them', () => {
  it('rounds halves to even', () => {
    expect([0.125, 0.375, 2.675, 1.005, 0.285, 1.145, 5.5555, 12.5].map((value) => round(value, 2))).toEqual([0.12, 0.38, 2.67, 1, 0.28, 1.15, 5.56, 12.5]); // prettier-ignore
    expect([0.5, 1.5, 2.5].map((value) => round(value, 0))).toEqual([0, 2, 2]);
  });

  it('writes durations with days in front', () => {
    expect([0, 59.9, 3600, 86_399, 86_400, 200_000, -3].map(formatDuration)).toEqual(['0:00:00', '0:00:59', '1:00:00', '23:59:59', '1 day, 0:00:00', '2 days, 7:33:20', '0:00:00']); // prettier-ignore
  });
});
