// What a run has measured, from its log: series of numbers over the steps, evaluations, samples.
import type { z } from 'zod';
import type { RecordedEvent, StepEvent } from '../protocol.ts';
import { downsample } from './downsample.ts';
import { LogFollower } from './log-follower.ts';
import type { runEvaluation, runSample, RunSeries } from './protocol.ts';

export type RunEvaluation = z.infer<typeof runEvaluation>;
export type RunSample = z.infer<typeof runSample>;

/** Points of one metric; steps ascend. */
class Points {
  readonly steps: number[] = [];
  readonly values: number[] = [];

  /** A step that was done again counts as it was done last, and so does everything after it. */
  set(step: number, value: number): void {
    this.cut(step - 1);
    this.steps.push(step);
    this.values.push(value);
  }

  /** Forgets what is after a step. */
  cut(step: number): void {
    while ((this.steps.at(-1) ?? Number.NEGATIVE_INFINITY) > step) {
      this.steps.pop();
      this.values.pop();
    }
  }
}

/** Fields of a step that are no metrics. */
const counters: ReadonlySet<string> = new Set(['step', 'totalSteps', 'remainingSeconds']);

export interface SeriesRequest {
  /** undefined: all. */
  readonly metrics: readonly string[] | undefined;
  /** Most points of each. */
  readonly points: number;
  readonly from: number;
  readonly to: number;
}

export class RunHistory {
  readonly #follower: LogFollower;
  readonly #series = new Map<string, Points>();
  #evaluations: RunEvaluation[] = [];
  #samples: RunSample[] = [];
  /** Of the last metrics. */
  #lastStep = 0;

  constructor(path: string) {
    this.#follower = new LogFollower(path, (records) => {
      for (const record of records) this.#take(record);
    });
  }

  /** Reads what was logged since the last time. */
  async refresh(): Promise<void> {
    await this.#follower.refresh();
  }

  get seq(): number {
    return this.#follower.seq;
  }

  get follower(): LogFollower {
    return this.#follower;
  }

  /** Oldest first; of two of the same step the later. */
  get evaluations(): readonly RunEvaluation[] {
    return this.#evaluations;
  }

  get samples(): readonly RunSample[] {
    return this.#samples;
  }

  #take({ time, event }: RecordedEvent): void {
    switch (event.type) {
      case 'start':
        this.#goBack(event.startStep);
        return;
      case 'step':
        this.#takeStep(event);
        return;
      case 'metrics':
        // begun anew in the same folder
        if (event.step < this.#lastStep) this.#goBack(event.step - 1);
        this.#lastStep = event.step;
        for (const [name, value] of Object.entries(event.metrics)) this.#points(name).set(event.step, value);
        return;
      case 'eval':
        this.#evaluations = this.#evaluations.filter(({ step }) => step !== event.step);
        this.#evaluations.push({ step: event.step, epoch: event.epoch, time, metrics: event.metrics });
        for (const [name, value] of Object.entries(event.metrics)) this.#points(name).set(event.step, value);
        return;
      case 'sample':
        this.#samples.push({ step: event.step, time, prompt: event.prompt, text: event.text });
        return;
      case 'phase':
      case 'checkpoint':
      case 'warning':
      case 'end':
    }
  }

  /** A run that is resumed does again what came after its checkpoint. */
  #goBack(step: number): void {
    for (const points of this.#series.values()) points.cut(step);
    this.#evaluations = this.#evaluations.filter((one) => one.step <= step);
    this.#samples = this.#samples.filter((one) => one.step <= step);
  }

  #takeStep(event: StepEvent): void {
    for (const [name, value] of Object.entries(event))
      if (typeof value === 'number' && !counters.has(name)) this.#points(name).set(event.step, value);
  }

  #points(name: string): Points {
    const found = this.#series.get(name) ?? new Points();
    this.#series.set(name, found);
    return found;
  }

  series({ metrics, points, from, to }: SeriesRequest): RunSeries[] {
    return [...this.#series].flatMap(([metric, { steps, values }]) => {
      if (metrics && !metrics.includes(metric)) return [];
      const start = firstAtLeast(steps, from);
      const end = firstAtLeast(steps, to + 1);
      const x = steps.slice(start, end);
      const y = values.slice(start, end);
      const kept = downsample(x, y, points);
      return [{ metric, steps: kept.map((i) => x[i] ?? 0), values: kept.map((i) => y[i] ?? 0), points: x.length }];
    });
  }
}

/** Index of the first of ascending numbers that is at least `value`. */
function firstAtLeast(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
