// What a run panel is told: everything once, then what changes, in order; nothing after its end; again when a daemon is back.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../daemon/protocol.ts';
import type { FeedEvent } from '../../daemon/server/protocol.ts';
import { toRunView, type ToRunView } from '../../webviews/run/protocol.ts';
import type { RunMessage } from '../daemon/connection.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import { RunFeed, type RunSource } from './run-feed.ts';

const progress = {
  step: 5, totalSteps: 10, epoch: 1, epochs: 2, phase: '', loss: 1, learningRate: 1e-4, tokensPerSecond: 400, totalTokens: 100, remainingSeconds: 1, peakMemory: 1,
  scores: {}, bestCheckpoint: null, totals: {}, warnings: 0, seq: 7,
}; // prettier-ignore
const run = {
  id: 'one-abc', name: 'one', state: 'running' as const, source: 'anneal' as const, outputDir: '/work/output', recipeFile: '/work/one.yaml', stage: 'sft', finetuningType: 'lora',
  device: 'cpu', tags: [], created: 2, started: 2, ended: null, position: null, progress, failure: null, health: null, notes: '', overrides: [], workingDirectory: '/work',
  recipe: 'stage: sft\n', attempts: 1, clonedFrom: null,
}; // prettier-ignore
const sample: RunEvent = { type: 'sample', step: 5, prompt: 'p', text: 't' };
const phase: RunEvent = { type: 'phase', phase: 'data', message: 'm' };

/** A daemon of one run, and the run of the same recipe before it. */
class FakeSource {
  calls: string[] = [];
  feeds = new Set<(event: FeedEvent) => void>();
  followed: { cursor: number; tell: (message: RunMessage) => void; open: boolean }[] = [];
  problem: DaemonProblem | undefined;
  state: 'running' | 'done' = 'running';

  readonly source = {
    call: (name: string, parts: { query?: { points?: number; from?: number; metrics?: string; after?: number } }) => {
      this.calls.push(name);
      if (this.problem) return Promise.reject(this.problem);
      const series = [{ metric: 'loss', steps: [1, 5], values: [2, 1], points: 5 }];
      const replies: Record<string, unknown> = {
        getRun: { ...run, state: this.state },
        runSeries: { series, seq: 7 },
        runRecords: { records: [{ seq: (parts.query?.after ?? 0) + 1, time: 0, event: phase }, { seq: 9, time: 0, event: phase }], last: 9 },
        runCheckpoints: { checkpoints: [] },
        runScores: { evaluations: [], samples: [] },
        diffRuns: { differences: [] },
        listRuns: { runs: [run, { ...run, id: 'zero-abc', created: 1 }, { ...run, id: 'later-abc', created: 3 }], total: 3 },
      };
      return Promise.resolve(replies[name]);
    },
    follow: (_: string, cursor: number, tell: (message: RunMessage) => void) => {
      const following = { cursor, tell, open: true };
      this.followed.push(following);
      return { dispose: () => { following.open = false; } };
    },
    onFeed: (listener: (event: FeedEvent) => void) => {
      this.feeds.add(listener);
      return { dispose: () => this.feeds.delete(listener) };
    },
  } as unknown as RunSource;

  tell(event: FeedEvent): void {
    for (const listener of this.feeds) listener(event);
  }
} // prettier-ignore

let daemon: FakeSource;
let told: ToRunView[];
let feed: RunFeed;

beforeEach(() => {
  vi.useFakeTimers();
  daemon = new FakeSource();
  told = [];
  feed = new RunFeed(daemon.source, run.id, (message) => told.push(toRunView.parse(message)));
});
afterEach(() => {
  feed.end();
  vi.useRealTimers();
});

const types = (): string[] => told.splice(0).map(({ type }) => type);
const hello: FeedEvent = { type: 'hello', protocol: 1, capabilities: [] };

test('the beginning: the run, its log up to the series, the series, then the records after them', async () => {
  await feed.begin();
  const [, backlog] = told;
  expect(backlog).toMatchObject({ type: 'backlog', records: [{ seq: 1 }] });
  expect(told.find(({ type }) => type === 'previous')).toMatchObject({ run: { id: 'zero-abc' } });
  expect(types()).toEqual(['run', 'backlog', 'series', 'connection', 'checkpoints', 'scores', 'differences', 'previous']); // prettier-ignore
  expect(daemon.followed).toMatchObject([{ cursor: 7, open: true }]);
});

test('records that come together are one message; what a record changes is fetched once', async () => {
  await feed.begin();
  types();
  for (let seq = 8; seq < 20; seq++)
    daemon.followed[0]?.tell({ type: 'record', record: { seq, time: 0, event: sample } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(told[0]).toMatchObject({ type: 'records', records: { length: 12 } });
  expect(types()).toEqual(['records', 'run', 'checkpoints', 'scores', 'differences']);
});

test('the state is told after the records that led there', async () => {
  await feed.begin();
  types();
  daemon.followed[0]?.tell({ type: 'record', record: { seq: 8, time: 0, event: phase } });
  daemon.followed[0]?.tell({ type: 'state', run: { ...run, state: 'done' } });
  expect(types()).toEqual(['records', 'summary']);
});

test('a hidden view is told nothing, and nothing is followed for it', async () => {
  await feed.begin();
  daemon.followed[0]?.tell({ type: 'record', record: { seq: 8, time: 0, event: sample } });
  feed.end();
  types();
  await vi.advanceTimersByTimeAsync(5000);
  expect(types()).toEqual([]);
  expect(daemon.followed).toMatchObject([{ open: false }]);
  expect(daemon.feeds.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('without a daemon it says so, and begins once there is one', async () => {
  daemon.problem = new DaemonProblem('silent', 'The daemon does not answer.');
  await feed.begin();
  expect(told).toEqual([{ type: 'connection', live: false, reason: 'The daemon does not answer.' }]);
  daemon.problem = undefined;
  daemon.tell(hello);
  await vi.advanceTimersByTimeAsync(0);
  expect(types()).toContain('series');
});

test('two reasons to begin are one beginning', async () => {
  const beginning = feed.begin();
  daemon.tell(hello);
  await beginning;
  expect(daemon.calls.filter((name) => name === 'getRun')).toHaveLength(1);
  expect(daemon.followed).toHaveLength(1);
});

test('a run that is deleted is told, and shown again when it is brought back', async () => {
  await feed.begin();
  types();
  daemon.tell({ type: 'run-removed', id: run.id });
  expect(types()).toEqual(['removed']);
  daemon.tell({ type: 'run', run });
  await vi.advanceTimersByTimeAsync(0);
  expect(types()).toContain('run');
});

test('the recipe file has changed: what differs is told anew', async () => {
  await feed.begin();
  types();
  daemon.tell({ type: 'files', kind: 'recipe', paths: ['/work/other.yaml'] });
  daemon.tell({ type: 'files', kind: 'recipe', paths: ['/work/one.yaml'] });
  await vi.advanceTimersByTimeAsync(0);
  expect(types()).toEqual(['differences']);
});

test('finer series come with the range that they are for', async () => {
  await feed.begin();
  types();
  await feed.zoom(2.4, 4.2);
  expect(told).toMatchObject([{ type: 'series', range: { from: 2, to: 5 } }]);
});
