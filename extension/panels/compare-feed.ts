// What the compare view is told: the curves of some runs, where their recipes differ, and how they go on. Knows no VS Code.
import { runSummary, type RunSeries } from '../../daemon/runs/protocol.ts';
import type { FeedEvent } from '../../daemon/server/protocol.ts';
import type { ComparedCurve, ComparedRun, ToCompareView } from '../../webviews/compare/protocol.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import type { RunSource } from './run-feed.ts';

/** Most points of a curve. */
const POINTS = 1000;
/** Most points of what tokens and time are added up from: every step. */
const ALL = 100_000;
/** Milliseconds between two looks at a run that goes on. */
const AGAIN = 2000;

/** Metrics that only say how far a run is. */
const counters: ReadonlySet<string> = new Set(['epoch', 'tokens', 'totalTokens', 'seconds', 'peakMemory']);

export class CompareFeed {
  readonly #source: RunSource;
  readonly #post: (message: ToCompareView) => void;
  runs: readonly string[];
  #showing: AbortController | undefined;
  #loaded = false;
  #loading: Promise<void> | undefined;
  #leave: (() => void)[] = [];
  readonly #pending = new Map<string, NodeJS.Timeout>();

  constructor(source: RunSource, runs: readonly string[], post: (message: ToCompareView) => void) {
    this.#source = source;
    this.runs = runs;
    this.#post = post;
  }

  /** Tells everything, and from then on what changes. Where no daemon answers it says so, and begins once one does. */
  async begin(): Promise<void> {
    this.end();
    const showing = (this.#showing = new AbortController());
    this.#leave.push(() => showing.abort());
    const feed = this.#source.onFeed((event) => this.#take(event));
    this.#leave.push(() => feed.dispose());
    await this.#loadOnce(showing.signal);
  }

  end(): void {
    for (const leave of this.#leave.splice(0)) leave();
    this.#loading = undefined;
    for (const timer of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
    this.#loaded = false;
  }

  /** Who asks while it is under way waits for it. */
  #loadOnce(signal: AbortSignal): Promise<void> {
    const loading = (this.#loading ??= this.#load(signal).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    }));
    return loading;
  }

  async #load(signal: AbortSignal): Promise<void> {
    try {
      const found = await Promise.all(this.runs.map((id) => this.#read(id, signal)));
      if (signal.aborted || this.#loaded) return;
      this.#loaded = true;
      // a run that was deleted is left out
      const runs = found.filter((run) => run !== undefined);
      this.runs = runs.map(({ run }) => run.id);
      this.#post({ type: 'connection', live: true, reason: '' });
      this.#post({ type: 'runs', runs });
      const differences = await this.#differences(signal);
      if (!signal.aborted) this.#post({ type: 'differences', differences });
    } catch (error) {
      if (!(error instanceof DaemonProblem)) throw error;
      if (!signal.aborted) this.#post({ type: 'connection', live: false, reason: error.message });
    }
  }

  async #read(id: string, signal: AbortSignal): Promise<ComparedRun | undefined> {
    const params = { id };
    try {
      // the schema takes away what only the detail has
      const run = runSummary.parse(await this.#source.call('getRun', { params }, { signal }));
      const { series } = await this.#source.call('runSeries', { params, query: { points: POINTS } }, { signal });
      const all = await this.#source.call('runSeries', { params, query: { points: ALL, metrics: 'seconds,totalTokens' } }, { signal });
      return { run, curves: curvesOf(series, all.series) };
    } catch (error) {
      if (error instanceof DaemonProblem && error.code === 'run-missing') return undefined;
      throw error;
    }
  } // prettier-ignore

  /** Keys that are not the same in all runs, each with the values of all: made of the differences from the first. */
  async #differences(signal: AbortSignal): Promise<{ key: string; values: unknown[] }[]> {
    const [first, ...others] = this.runs;
    if (first === undefined) return [];
    const pairs = await Promise.all(
      others.map((other) => this.#source.call('diffRuns', { params: { id: first }, query: { other } }, { signal })),
    );
    const found = new Map<string, unknown[]>();
    for (const [i, { differences }] of pairs.entries()) {
      for (const { key, left, right } of differences) {
        const values = found.get(key) ?? Array.from<unknown>({ length: this.runs.length }).fill(left);
        values[i + 1] = right;
        found.set(key, values);
      }
    }
    return [...found].sort(([a], [b]) => a.localeCompare(b)).map(([key, values]) => ({ key, values }));
  }

  #take(event: FeedEvent): void {
    const signal = this.#showing?.signal;
    if (!signal || signal.aborted) return;
    if (event.type === 'hello' && !this.#loaded) void this.#loadOnce(signal);
    if (event.type === 'reset') void this.begin();
    if (event.type === 'run-removed' && this.runs.includes(event.id)) void this.begin();
    if (event.type === 'run' && this.#loaded && this.runs.includes(event.run.id))
      this.#updateSoon(event.run.id, signal);
  }

  #updateSoon(id: string, signal: AbortSignal): void {
    if (this.#pending.has(id)) return;
    const update = async (): Promise<void> => {
      this.#pending.delete(id);
      const run = await this.#read(id, signal).catch(() => undefined);
      if (run && !signal.aborted) this.#post({ type: 'update', run });
    };
    this.#pending.set(
      id,
      setTimeout(() => void update(), AGAIN),
    );
  }
}

/** Curves with the tokens and seconds of their steps. `all`: seconds and totalTokens of every step. */
export function curvesOf(series: readonly RunSeries[], all: readonly RunSeries[]): ComparedCurve[] {
  const seconds = all.find(({ metric }) => metric === 'seconds');
  const tokens = all.find(({ metric }) => metric === 'totalTokens');
  let passed = 0;
  const elapsed = seconds?.values.map((value) => (passed += value));
  return series.flatMap(({ metric, steps, values }) => {
    if (counters.has(metric)) return [];
    return [{ metric, steps, values, tokens: at(steps, tokens?.steps, tokens?.values), seconds: at(steps, seconds?.steps, elapsed) }];
  });
} // prettier-ignore

/** What had been counted by each of some steps; both ascend. Empty where nothing was counted. */
function at(steps: readonly number[], known: readonly number[] = [], counted: readonly number[] = []): number[] {
  if (known.length === 0) return [];
  let i = 0;
  return steps.map((step) => {
    while (i + 1 < known.length && (known[i + 1] ?? 0) <= step) i++;
    return (known[i] ?? 0) <= step ? (counted[i] ?? 0) : 0;
  });
}
