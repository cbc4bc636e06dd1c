// What the panel knows of a run: every record once, none missing, a resume does again what came after its checkpoint.
import { expect, test } from 'vitest';
import type { RecordedEvent, RunEvent } from '../../daemon/protocol.ts';
import { RunModel } from './model.ts';

const step = (number: number, loss: number): RunEvent => ({
  type: 'step', step: number, totalSteps: 100, epoch: 0, loss, gradNorm: 1, learningRate: 1, tokens: 1, totalTokens: 1, seconds: 1, tokensPerSecond: 1,
  remainingSeconds: 1, memory: 1, peakMemory: 1,
}); // prettier-ignore
const start = (startStep: number): RunEvent => ({
  type: 'start', totalSteps: 100, startStep, examples: 1, epochs: 1, totalBatchSize: 1, parameters: 1, trainableParameters: 1, device: 'cpu',
  precision: 'float32', outputDir: '', stage: 'sft', finetuningType: 'lora',
}); // prettier-ignore
const records = (first: number, ...events: readonly RunEvent[]): RecordedEvent[] =>
  events.map((event, i) => ({ seq: first + i, time: 0, event }));
const loss = (model: RunModel): number[] => [...model.curve('loss').y];

test('records before the first series are not taken', () => {
  expect(new RunModel().append(records(1, step(1, 1)))).toBe(false);
});

test('overlapping deliveries count once, a gap stops before it', () => {
  const model = new RunModel();
  model.load([], 0);
  expect(model.append(records(1, step(1, 10), step(2, 20)))).toBe(true);
  expect(model.append(records(1, step(1, 10), step(2, 20), step(3, 30)))).toBe(true);
  expect(model.append(records(5, step(5, 50)))).toBe(false);
  expect(loss(model)).toEqual([10, 20, 30]);
  expect(model.seq).toBe(3);
  expect(model.records).toHaveLength(3);
});

test('a resumed run goes back to its checkpoint', () => {
  const model = new RunModel();
  model.load([{ metric: 'loss', steps: [1, 2, 3, 4], values: [1, 2, 3, 4], points: 4 }], 9);
  expect(model.append(records(10, start(2), step(3, 33)))).toBe(true);
  expect(loss(model)).toEqual([1, 2, 33]);
  expect(model.lastStep).toBe(3);
});

test('finer points do not take away what came after they were fetched', () => {
  const model = new RunModel();
  model.load([{ metric: 'loss', steps: [1, 5], values: [1, 5], points: 5 }], 5);
  expect(model.coarse).toBe(true);
  model.append(records(6, step(6, 6)));
  model.refine([{ metric: 'loss', steps: [1, 2, 3, 4, 5], values: [1, 2, 3, 4, 5], points: 5 }], 5, 0);
  expect(loss(model)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('finer points of before a resume are left', () => {
  const model = new RunModel();
  model.load([{ metric: 'loss', steps: [1, 5], values: [1, 5], points: 5 }], 5);
  model.append(records(6, start(1)));
  model.refine([{ metric: 'loss', steps: [1, 2, 3], values: [1, 2, 3], points: 5 }], 5, 0);
  expect(loss(model)).toEqual([1]);
});

test('the log keeps a bounded number of records', () => {
  const model = new RunModel();
  model.load([], 0);
  for (let i = 0; i < 10_000; i++) model.append(records(i + 1, step(i + 1, 1)));
  expect(model.records.length).toBeLessThanOrEqual(3000);
  expect(model.records.at(-1)?.seq).toBe(10_000);
});
