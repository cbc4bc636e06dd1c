// Series, evaluations and samples out of a log, with what a resumed run does again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../protocol.ts';
import { EventLog } from './event-log.ts';
import { RunHistory } from './history.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const step = (number: number, loss: number): RunEvent => ({
  type: 'step', step: number, totalSteps: 9, epoch: 0, loss, gradNorm: 1, learningRate: 0.1, tokens: 4, totalTokens: 4 * number,
  seconds: 1, tokensPerSecond: 4, remainingSeconds: 1, memory: 1, peakMemory: 1,
}); // prettier-ignore
const start = (startStep: number): RunEvent => ({
  type: 'start', totalSteps: 9, startStep, examples: 1, epochs: 1, totalBatchSize: 1, parameters: 1, trainableParameters: 1,
  device: 'cpu', precision: 'float32', outputDir: 'out', stage: 'sft', finetuningType: 'lora',
}); // prettier-ignore
const evaluation = (number: number, loss: number): RunEvent => ({ type: 'eval', step: number, epoch: 0, metrics: { eval_loss: loss } }); // prettier-ignore
const sample = (number: number): RunEvent => ({ type: 'sample', step: number, prompt: 'q', text: `a${number}` });

async function historyOf(events: readonly RunEvent[]): Promise<RunHistory> {
  const log = new EventLog(join(folder, 'events.jsonl'), () => 1000);
  for (const event of events) log.append(event);
  log.close();
  const history = new RunHistory(join(folder, 'events.jsonl'));
  await history.refresh();
  return history;
}

const everything = { metrics: undefined, points: 1000, from: 0, to: Number.POSITIVE_INFINITY };

test('what was done again counts as it was done last', async () => {
  const history = await historyOf([
    start(0), sample(0), step(1, 5), step(2, 4), evaluation(2, 4.5), step(3, 3), evaluation(3, 3.5), sample(3),
    start(2), step(3, 2), step(4, 1), evaluation(4, 1.5),
  ]); // prettier-ignore
  const series = history.series(everything);
  expect(series.find(({ metric }) => metric === 'loss')).toEqual({ metric: 'loss', steps: [1, 2, 3, 4], values: [5, 4, 2, 1], points: 4 }); // prettier-ignore
  expect(series.find(({ metric }) => metric === 'eval_loss')?.steps).toEqual([2, 4]);
  expect(series.map(({ metric }) => metric)).not.toContain('totalSteps');
  expect(history.evaluations.map(({ step: at }) => at)).toEqual([2, 4]);
  expect(history.samples.map(({ text }) => text)).toEqual(['a0']);
});

test('a part of a series, and fewer points', async () => {
  const history = await historyOf(Array.from({ length: 500 }, (_, i) => step(i + 1, i)));
  expect(history.series({ metrics: ['loss'], points: 1000, from: 100, to: 102 })).toEqual([
    { metric: 'loss', steps: [100, 101, 102], values: [99, 100, 101], points: 3 },
  ]);
  const [few] = history.series({ ...everything, metrics: ['loss', 'nothing'], points: 10 });
  expect([few?.steps.length, few?.points, few?.steps[0], few?.steps.at(-1)]).toEqual([10, 500, 1, 500]);
});

test('numbers without steps: begun anew in the same folder', async () => {
  const metrics = (at: number, loss: number): RunEvent => ({ type: 'metrics', step: at, totalSteps: 3, epoch: 0, metrics: { loss } }); // prettier-ignore
  const history = await historyOf([metrics(1, 9), metrics(2, 8), evaluation(2, 8), metrics(1, 7)]);
  expect(history.series(everything)).toEqual([
    { metric: 'loss', steps: [1], values: [7], points: 1 },
    { metric: 'eval_loss', steps: [], values: [], points: 0 },
  ]);
  expect(history.evaluations).toEqual([]);
});
