// What the panel knows of a run: curves and log, folded from a downsampled beginning and the records that follow it. Pure.
import type { RecordedEvent } from '../../daemon/protocol.ts';
import type { RunSeries } from '../../daemon/runs/protocol.ts';
import { Points } from '../shared/charts/points.ts';

/** Fields of a step that no chart shows. */
const counters: ReadonlySet<string> = new Set(['step', 'totalSteps', 'remainingSeconds', 'epoch', 'tokens', 'totalTokens', 'seconds', 'peakMemory']); // prettier-ignore

/** Log records kept: older ones stand in the run's own log. */
const KEPT = 2000;

export class RunModel {
  /** Number of the last record that counts here; undefined before the first series. */
  seq: number | undefined;
  /** Last step that anything was measured at. */
  lastStep = 0;
  /** The series were thinned: a closer look needs more points. */
  coarse = false;
  readonly #curves = new Map<string, Points>();
  #records: RecordedEvent[] = [];
  /** Number of the record that last set the run back. */
  #setBack = 0;

  /** A curve by its metric's name; empty where nothing was measured. */
  curve(metric: string): Points {
    const found = this.#curves.get(metric) ?? new Points();
    this.#curves.set(metric, found);
    return found;
  }

  /** Metrics that have points. */
  get metrics(): readonly string[] {
    return [...this.#curves].flatMap(([name, { length }]) => (length > 0 ? [name] : []));
  }

  get records(): readonly RecordedEvent[] {
    return this.#records;
  }

  /** Starts anew from everything up to `seq`. */
  load(series: readonly RunSeries[], seq: number): void {
    for (const points of this.#curves.values()) points.cut(Number.NEGATIVE_INFINITY);
    this.seq = seq;
    this.lastStep = 0;
    this.coarse = false;
    for (const { metric, steps, values, points } of series) {
      if (counters.has(metric)) continue;
      const curve = this.curve(metric);
      for (const [i, step] of steps.entries()) curve.set(step, values[i] ?? 0);
      this.lastStep = Math.max(this.lastStep, steps.at(-1) ?? 0);
      this.coarse ||= points > steps.length;
    }
  }

  /** Puts finer points in place of those of a range; what has been measured since they were fetched stays. */
  refine(series: readonly RunSeries[], seq: number, from: number): void {
    if (seq < this.#setBack) return;
    for (const { metric, steps, values } of series) {
      const last = steps.at(-1);
      if (last !== undefined && !counters.has(metric)) this.curve(metric).replace(from, last, steps, values);
    }
  }

  /** Records for the log only. */
  backlog(records: readonly RecordedEvent[]): void {
    this.#records = records.slice(-KEPT);
  }

  /** Takes what is new of some records; false where one in between is missing, then nothing from there on is taken. */
  append(records: readonly RecordedEvent[]): boolean {
    if (this.seq === undefined) return false;
    for (const record of records) {
      if (record.seq <= this.seq) continue;
      if (record.seq !== this.seq + 1) return false;
      this.seq = record.seq;
      this.#take(record);
    }
    return true;
  }

  #take(record: RecordedEvent): void {
    const { event } = record;
    this.#records.push(record);
    // cut now and then, not with every record
    if (this.#records.length > KEPT * 1.5) this.#records = this.#records.slice(-KEPT);
    switch (event.type) {
      case 'start':
        // what came after the checkpoint is done again
        for (const points of this.#curves.values()) points.cut(event.startStep);
        this.lastStep = Math.min(this.lastStep, event.startStep);
        this.#setBack = record.seq;
        return;
      case 'step':
        this.#measure(event.step, event);
        return;
      case 'metrics':
      case 'eval':
        this.#measure(event.step, event.metrics);
        return;
      case 'phase':
      case 'checkpoint':
      case 'sample':
      case 'warning':
      case 'end':
    }
  }

  #measure(step: number, values: object): void {
    this.lastStep = Math.max(this.lastStep, step);
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'number' && !counters.has(name)) this.curve(name).set(step, value);
  }
}
