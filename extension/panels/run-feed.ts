// What a run panel is told: everything once, then what changes, in the order in which it happened. Knows no VS Code.
import type { RecordedEvent } from '../../daemon/protocol.ts';
import type { RunDetail, RunSummary } from '../../daemon/runs/protocol.ts';
import type { FeedEvent } from '../../daemon/server/protocol.ts';
import type { ToRunView } from '../../webviews/run/protocol.ts';
import type { DaemonConnection, RunMessage } from '../daemon/connection.ts';
import { DaemonProblem } from '../daemon/problem.ts';

export type RunSource = Pick<DaemonConnection, 'call' | 'follow' | 'onFeed'>;

/** Most points of a metric that the first picture gets: more than any panel is wide. */
const POINTS = 2000;
/** Records of the log that the first picture gets. */
const BACKLOG = 500;
/** Milliseconds in which records become one message. */
const TOGETHER = 30;
/** Milliseconds in which changes of tables become one request. */
const SETTLED = 150;

/** Events after which checkpoints, scores or answers are others. */
const changesTables: ReadonlySet<string> = new Set(['eval', 'checkpoint', 'sample', 'start', 'end']);

export class RunFeed {
  readonly #source: RunSource;
  readonly #id: string;
  readonly #post: (message: ToRunView) => void;
  /** Aborted when the view is gone, or begins anew. */
  #showing: AbortController | undefined;
  #loaded = false;
  #loading: Promise<void> | undefined;
  #removed = false;
  #run: RunDetail | undefined;
  #records: RecordedEvent[] = [];
  #flushing: NodeJS.Timeout | undefined;
  #refreshing: NodeJS.Timeout | undefined;
  #leave: (() => void)[] = [];

  constructor(source: RunSource, id: string, post: (message: ToRunView) => void) {
    this.#source = source;
    this.#id = id;
    this.#post = post;
  }

  /** The run as it was last seen. */
  get run(): RunDetail | undefined {
    return this.#run;
  }

  /** Tells everything, and from then on what changes. Where no daemon answers it says so, and begins once one does. */
  async begin(): Promise<void> {
    this.end();
    const showing = (this.#showing = new AbortController());
    this.#leave.push(() => showing.abort());
    const feed = this.#source.onFeed((event) => this.#takeFeed(event));
    this.#leave.push(() => feed.dispose());
    await this.#loadOnce(showing.signal);
  }

  /** Stops following; nothing is kept for later. */
  end(): void {
    for (const leave of this.#leave.splice(0)) leave();
    this.#loading = undefined;
    clearTimeout(this.#flushing);
    clearTimeout(this.#refreshing);
    this.#flushing = this.#refreshing = undefined;
    this.#records = [];
    this.#loaded = this.#removed = false;
  }

  /** Finer series of some steps. */
  async zoom(from: number, to: number): Promise<void> {
    const query = { points: POINTS, from: Math.max(0, Math.floor(from)), to: Math.max(0, Math.ceil(to)) };
    const { series, seq } = await this.#source.call('runSeries', { params: { id: this.#id }, query });
    if (this.#loaded) this.#post({ type: 'series', series, seq, range: { from: query.from, to: query.to } });
  }

  /** Who asks while it is under way waits for it. */
  #loadOnce(signal: AbortSignal): Promise<void> {
    const loading = (this.#loading ??= this.#load(signal).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    }));
    return loading;
  }

  async #load(signal: AbortSignal): Promise<void> {
    const params = { id: this.#id };
    try {
      const run = await this.#source.call('getRun', { params }, { signal });
      const { series, seq } = await this.#source.call('runSeries', { params, query: { points: POINTS } }, { signal });
      const query = { after: Math.max(0, seq - BACKLOG), limit: BACKLOG };
      const { records } = await this.#source.call('runRecords', { params, query }, { signal });
      if (signal.aborted || this.#loaded) return;
      this.#loaded = true;
      this.#tellRun(run);
      this.#post({ type: 'backlog', records: records.filter((record) => record.seq <= seq) });
      this.#post({ type: 'series', series, seq });
      this.#post({ type: 'connection', live: true, reason: '' });
      const following = this.#source.follow(this.#id, seq, (message) => this.#takeRun(message));
      this.#leave.push(() => following.dispose());
      await this.#tellTables(signal);
      await this.#tellPrevious(run, signal);
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  #failed(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || !(error instanceof DaemonProblem)) {
      if (!signal.aborted) throw error;
      return;
    }
    if (error.code === 'run-missing') this.#tellRemoved();
    else this.#post({ type: 'connection', live: false, reason: error.message });
  }

  #takeFeed(event: FeedEvent): void {
    const signal = this.#showing?.signal;
    if (!signal || signal.aborted) return;
    switch (event.type) {
      case 'hello':
        // there was no daemon when the view began
        if (!this.#loaded) void this.#loadOnce(signal);
        return;
      case 'reset':
        this.#refreshSoon();
        return;
      case 'run':
        if (event.run.id !== this.#id) return;
        // brought back from the trash
        if (this.#removed) void this.begin();
        else this.#tellSummary(event.run);
        return;
      case 'run-removed':
        if (event.id === this.#id) this.#tellRemoved();
        return;
      case 'files':
        if (event.kind === 'recipe' && event.paths.includes(this.#run?.recipeFile ?? '')) void this.#tellDifferences(signal); // prettier-ignore
        return;
      case 'queue':
    }
  }

  #takeRun(message: RunMessage): void {
    switch (message.type) {
      case 'record':
        this.#records.push(message.record);
        this.#flushing ??= setTimeout(() => this.#flush(), TOGETHER);
        if (changesTables.has(message.record.event.type)) this.#refreshSoon();
        return;
      case 'state':
        this.#flush();
        this.#tellSummary(message.run);
        return;
      case 'connection':
        this.#post({ type: 'connection', live: message.connected, reason: message.problem?.message ?? '' });
        return;
      case 'gone':
        this.#tellRemoved();
    }
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    if (this.#records.length > 0) this.#post({ type: 'records', records: this.#records });
    this.#records = [];
  }

  #tellRemoved(): void {
    this.#removed = true;
    this.#post({ type: 'removed' });
  }

  #tellRun(run: RunDetail): void {
    this.#run = run;
    this.#post({ type: 'run', run });
  }

  #tellSummary(run: RunSummary): void {
    if (!this.#loaded) return;
    const before = this.#run;
    this.#post({ type: 'summary', run });
    // the rest of it may have changed too
    if (before && (run.state !== before.state || run.name !== before.name || run.tags.join() !== before.tags.join())) this.#refreshSoon(); // prettier-ignore
  }

  #refreshSoon(): void {
    const signal = this.#showing?.signal;
    if (!signal) return;
    this.#refreshing ??= setTimeout(() => {
      this.#refreshing = undefined;
      void this.refresh(signal);
    }, SETTLED);
  }

  /** The run itself and its tables anew. */
  async refresh(signal = this.#showing?.signal): Promise<void> {
    if (!signal || signal.aborted || !this.#loaded) return;
    try {
      const run = await this.#source.call('getRun', { params: { id: this.#id } }, { signal, start: false });
      if (signal.aborted) return;
      this.#tellRun(run);
      await this.#tellTables(signal);
    } catch (error) {
      // where the daemon is gone its stream tells, and what is here is told anew after that
      if (error instanceof DaemonProblem && error.code === 'run-missing') this.#tellRemoved();
      else if (!(error instanceof DaemonProblem)) throw error;
    }
  }

  async #tellTables(signal: AbortSignal): Promise<void> {
    const params = { id: this.#id };
    const options = { signal, start: false };
    const { checkpoints } = await this.#source.call('runCheckpoints', { params }, options);
    const { evaluations, samples } = await this.#source.call('runScores', { params }, options);
    if (signal.aborted) return;
    this.#post({ type: 'checkpoints', checkpoints });
    this.#post({ type: 'scores', evaluations, samples });
    await this.#tellDifferences(signal);
  }

  async #tellDifferences(signal: AbortSignal): Promise<void> {
    if (this.#run?.recipeFile === null) return;
    const found = this.#source.call('diffRuns', { params: { id: this.#id } }, { signal, start: false });
    // a file that is gone, is no recipe now, or lies elsewhere: the view says that there is nothing to compare with
    const differences = await found.then((reply) => reply.differences).catch(() => null);
    if (!signal.aborted) this.#post({ type: 'differences', differences });
  }

  async #tellPrevious(run: RunDetail, signal: AbortSignal): Promise<void> {
    if (run.recipeFile === null) return;
    const { runs } = await this.#source.call(
      'listRuns',
      { query: { search: run.recipeFile } },
      { signal, start: false },
    );
    const before = runs.find((one) => one.id !== run.id && one.recipeFile === run.recipeFile && one.created < run.created && one.progress.step > 0); // prettier-ignore
    if (!before) return;
    const query = { metrics: 'loss', points: POINTS };
    const { series } = await this.#source.call('runSeries', { params: { id: before.id }, query }, { signal, start: false }); // prettier-ignore
    const { id, name, created } = before;
    if (!signal.aborted) this.#post({ type: 'previous', run: { id, name, created }, loss: series[0] ?? null });
  }
}
