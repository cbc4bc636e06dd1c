// What a dataset view is told: the dataset, rows as they are asked for, and how far the look at all rows is. Knows no VS Code.
import * as l10n from '@vscode/l10n';
import type { DatasetScan, DatasetState, WholeRow } from '../../daemon/data/protocol.ts';
import type { RequestParts } from '../../daemon/server/protocol.ts';
import type {
  DatasetTarget,
  FromDatasetView,
  Terms,
  ToDatasetView,
  TriedOut,
} from '../../webviews/dataset/protocol.ts';
import type { DaemonConnection } from '../daemon/connection.ts';
import { DaemonProblem } from '../daemon/problem.ts';

type Source = NonNullable<RequestParts<'dataset'>['body']>['source'];

export type DatasetDaemon = Pick<DaemonConnection, 'call'>;

/** A recipe as the daemon takes it: its file, or its text where that has not been saved yet. */
export interface RecipeSource {
  readonly name: string;
  readonly workingDirectory: string;
  readonly recipeFile?: string;
  readonly recipeText?: string;
}

export interface FeedOptions {
  readonly daemon: DatasetDaemon;
  readonly language: 'en' | 'zh-cn';
  readonly post: (message: ToDatasetView) => void;
  /** The recipe at a path as it is now. */
  readonly recipe: (path: string) => Promise<RecipeSource>;
}

/** Bytes up to which all rows are looked at without being asked for. */
const SMALL = 200_000_000;

/** Milliseconds between two looks at what is going on. */
const OFTEN = 250;

/** Rows whose places and findings are remembered: those that were shown last. */
const REMEMBERED = 20;

export class DatasetFeed {
  readonly #options: FeedOptions;
  readonly #rows = new Map<number, WholeRow>();
  #target: DatasetTarget;
  #tried: TriedOut = {};
  #search: Terms | null = null;
  /** Where in a file the row stands that is to be shown. */
  #line: { readonly file: string; readonly line: number } | undefined;
  #state: DatasetState | undefined;
  /** Aborted when the view is gone, or begins anew. */
  #showing: AbortController | undefined;
  /** What is asked for: a later answer to an earlier question is not told. */
  #asked = 0;
  #polling = false;
  /** All rows are to be looked at, however many; or not even if they are few. */
  #isStarted = false;
  #isStopped = false;

  constructor(target: DatasetTarget, options: FeedOptions) {
    this.#target = target;
    this.#options = options;
  }

  get target(): DatasetTarget {
    return this.#target;
  }

  get tried(): TriedOut {
    return this.#tried;
  }

  get state(): DatasetState | undefined {
    return this.#state;
  }

  /** A row that was shown, with its findings. Asks for it where that is long ago. */
  async row(row: number): Promise<WholeRow> {
    return this.#rows.get(row) ?? (await this.#options.daemon.call('datasetRow', { body: { source: await this.#source(this.#tried), row } })); // prettier-ignore
  }

  /** Shows the row that stands at a line of a file, now or as soon as the view can. */
  async goToLine(file: string, line: number): Promise<void> {
    this.#line = { file, line };
    if (this.#state) await this.#goToLine();
  }

  async #goToLine(): Promise<void> {
    const place = this.#line;
    if (!place || !this.#showing) return;
    this.#line = undefined;
    const { row } = await this.#options.daemon.call('datasetPlace', { body: { source: await this.#source(this.#tried), ...place } }); // prettier-ignore
    if (row !== null) this.#options.post({ type: 'go', row });
  }

  /** Tells everything anew, and from then on what changes. */
  async begin(): Promise<void> {
    this.end();
    this.#showing = new AbortController();
    await this.refresh();
  }

  /** The view is gone: nothing is followed, and nobody waits for a look at all rows. */
  end(): void {
    this.#showing?.abort();
    this.#showing = undefined;
  }

  /** Shows something else: another dataset of the recipe, or the same rows by a recipe. */
  async retarget(target: DatasetTarget): Promise<void> {
    this.#target = target;
    this.#tried = {};
    this.#search = null;
    await this.refresh();
  }

  /** A file has changed, or what is tried out. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const signal = this.#showing?.signal;
    if (!signal) return;
    this.#isStopped = this.#isStarted = false;
    this.#rows.clear();
    try {
      await this.#tellState(asked, signal);
    } catch (error) {
      if (asked === this.#asked && !signal.aborted) this.#broken(error);
    }
  }

  /** Takes what the view says; false for what is not about rows. */
  async message(message: FromDatasetView): Promise<boolean> {
    switch (message.type) {
      case 'rows':
      case 'row':
        await this.#answer(message);
        return true;
      case 'look':
        this.#search = message.search;
        this.#isStarted ||= message.start;
        if (message.start || message.search !== null) this.#isStopped = false;
        await this.#poll();
        return true;
      case 'stop':
        this.#isStopped = true;
        this.#isStarted = false;
        await this.#options.daemon.call('datasetScan', { body: { source: await this.#source(this.#tried), action: 'stop' } }); // prettier-ignore
        await this.#poll();
        return true;
      case 'try':
        this.#tried = message.tried;
        await this.refresh();
        return true;
      case 'dataset':
        await this.retarget({ ...this.#target, dataset: message.name });
        return true;
      case 'retry':
        await this.refresh();
        return true;
      case 'ready':
      case 'refused':
      case 'apply':
      case 'chooseRecipe':
      case 'openRecipe':
      case 'reveal':
      case 'fix':
        return false;
    }
  }

  async #source(tried: TriedOut): Promise<Source> {
    const { recipe: path, dataset, file } = this.#target;
    const { language } = this.#options;
    const of = { language, ...(file === undefined ? {} : { file }) };
    if (path === undefined) return of;
    const { workingDirectory, recipeFile, recipeText } = await this.#options.recipe(path);
    const overrides = [
      ...(tried.template === undefined ? [] : [`template=${tried.template ?? ''}`]),
      ...(tried.cutoffLength === undefined ? [] : [`cutoff_len=${tried.cutoffLength}`]),
    ];
    return { ...of, workingDirectory, overrides, ...(dataset === undefined ? {} : { dataset }), ...(recipeText === undefined ? { recipeFile } : { recipeText }) }; // prettier-ignore
  }

  async #tellState(asked: number, signal: AbortSignal): Promise<void> {
    const { daemon, post, recipe } = this.#options;
    const path = this.#target.recipe;
    const read = async (tried: TriedOut): Promise<DatasetState> =>
      await daemon.call('dataset', { body: { source: await this.#source(tried) } }, { signal });
    const plain = await read({});
    let state = plain;
    let refusal: string | undefined;
    if (Object.keys(this.#tried).length > 0) {
      state = await read(this.#tried).catch((error: unknown) => {
        if (!(error instanceof DaemonProblem)) throw error;
        refusal = error.message;
        return plain;
      });
      // a template that cannot render is no reason to lose the rows
      if (state.rendered === null && plain.rendered !== null) [refusal, state] = [state.problem, plain];
      if (refusal !== undefined) this.#tried = {};
    }
    const name = path === undefined ? undefined : (await recipe(path)).name;
    if (asked !== this.#asked || signal.aborted) return;
    this.#state = state;
    const says = { template: plain.rendered?.template ?? null, cutoffLength: plain.rendered?.cutoffLength ?? 0 };
    post({
      type: 'state',
      target: this.#target,
      state,
      recipe: name === undefined ? null : { name, ...says },
      tried: this.#tried,
      ...(refusal === undefined ? {} : { refusal }),
    });
    await this.#goToLine();
    void this.#poll();
  }

  async #answer(message: Extract<FromDatasetView, { type: 'rows' | 'row' }>): Promise<void> {
    const { daemon, post } = this.#options;
    const { request } = message;
    const asked = this.#asked;
    try {
      const source = await this.#source(this.#tried);
      if (message.type === 'row') {
        const row = await daemon.call('datasetRow', { body: { source, row: message.row } });
        this.#remember(row);
        this.#noteVersion(row.version);
        if (asked === this.#asked) post({ type: 'row', request, row });
        return;
      }
      const { first, count, filter, search, longestFirst } = message;
      const body = { source, first, rows: count, longestFirst, ...(filter ? { filter } : {}), ...(search ? { search } : {}) }; // prettier-ignore
      const { rows, total, version } = await daemon.call('datasetRows', { body });
      this.#noteVersion(version);
      if (asked === this.#asked) post({ type: 'rows', request, first, rows, total, version });
    } catch (error) {
      if (!(error instanceof DaemonProblem)) throw error;
      if (asked === this.#asked) post({ type: 'problem', message: error.message, request });
    }
  }

  #remember(row: WholeRow): void {
    this.#rows.delete(row.row);
    this.#rows.set(row.row, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > REMEMBERED && oldest !== undefined) this.#rows.delete(oldest);
  }

  /** Another version than that of the state: the files have changed meanwhile. */
  #noteVersion(version: string): void {
    if (this.#state && version !== this.#state.version) void this.refresh();
  }

  /** Tells how far everything is until nothing moves any more. */
  async #poll(): Promise<void> {
    const signal = this.#showing?.signal;
    if (!signal || signal.aborted || this.#polling) return;
    this.#polling = true;
    const asked = this.#asked;
    try {
      let isMoving = true;
      while (isMoving && !signal.aborted && asked === this.#asked) {
        if (this.#state?.rows === null) await this.#tellState(asked, signal);
        else isMoving = await this.#look(asked, signal);
        if (isMoving) await pause(OFTEN, signal);
      }
    } catch (error) {
      if (!(error instanceof DaemonProblem)) throw error;
      if (!signal.aborted && asked === this.#asked) this.#options.post({ type: 'problem', message: error.message });
    } finally {
      this.#polling = false;
    }
    // something else was asked for meanwhile
    if (asked !== this.#asked) await this.#poll();
  }

  /** Whether there is more to come. */
  async #look(asked: number, signal: AbortSignal): Promise<boolean> {
    const source = await this.#source(this.#tried);
    const search = this.#isStopped ? null : this.#search;
    const isSmall = (this.#state?.indexed.total ?? Infinity) <= SMALL;
    const action = !this.#isStopped && (this.#isStarted || isSmall) ? 'start' : 'look';
    const body = { source, action, ...(search ? { search } : {}) } as const;
    const scan = await this.#options.daemon.call('datasetScan', { body }, { signal });
    if (asked !== this.#asked || signal.aborted) return false;
    this.#noteVersion(scan.version);
    this.#options.post({ type: 'scan', scan });
    const isAnother = search !== this.#search && !this.#isStopped;
    return isMoving(scan, this.#state) || isAnother || (this.#isStarted && scan.scan === null);
  }

  #broken(error: unknown): void {
    if (!(error instanceof DaemonProblem)) throw error;
    this.#state = undefined;
    const isRefused = error.kind === 'refused';
    this.#options.post({ type: 'broken', target: this.#target, message: isRefused ? error.message : l10n.t('The rows cannot be read: {0}', error.message) }); // prettier-ignore
  }
}

const isMoving = ({ scan, find, figures }: DatasetScan, state: DatasetState | undefined): boolean =>
  scan?.state === 'running' || find?.state === 'running' || (figures === null && (state?.rendered ?? null) !== null);

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
