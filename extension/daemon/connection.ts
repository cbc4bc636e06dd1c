// The way to whatever daemon lives: found by its lease, started when somebody needs it, found again when it was killed. Everything that the
// extension asks goes through here. What speaks the protocol is loaded with the first daemon: most windows never have one.
import * as l10n from '@vscode/l10n';
import type { FeedEvent, RequestParts, ResponseOf, RouteName } from '../../daemon/server/protocol.ts';
import type { DaemonClient } from './client.ts';
import type { RunMessage, Way } from './following.ts';
import { findDaemon, type Found } from './home.ts';
import { DaemonProblem } from './problem.ts';
import type { Start } from './start.ts';
import { appearance, pause } from './waiting.ts';

export type { RunMessage } from './following.ts';

/** absent: no daemon lives. lost: the one that was there does not answer any more. */
export type ConnectionState = 'absent' | 'connecting' | 'connected' | 'lost';

export interface ConnectionOptions {
  readonly start: Start;
  /** What the daemon's list of sessions calls this window. */
  readonly name: string;
  /** Folders that requests may name paths in: those of the workspace. */
  readonly folders: () => readonly string[];
  /** Whether the workspace is trusted: otherwise nothing is started. */
  readonly isTrusted: () => boolean;
  readonly log: (sentence: string) => void;
}

export interface CallOptions {
  /** Whether a daemon is started where none lives; default: true. Views that only look say false. */
  readonly start?: boolean;
  readonly signal?: AbortSignal;
}

export interface Disposable {
  dispose(): void;
}

export class DaemonConnection implements Disposable {
  readonly #options: ConnectionOptions;
  #client: DaemonClient | undefined;
  #connecting: Promise<DaemonClient> | undefined;
  #state: ConnectionState = 'absent';
  /** A daemon was there and has not been asked to end: where it is gone it is started again. */
  #expected = false;
  #wasStopped = false;
  #capabilities: readonly string[] = [];
  readonly #states = new Set<(state: ConnectionState) => void>();
  readonly #feeds = new Set<(event: FeedEvent) => void>();
  #feed: AbortController | undefined;
  readonly #open = new Set<AbortController>();
  readonly #allowed = new Set<string>();

  readonly #way: Way = {
    client: () => this.#connect(false),
    lost: () => void this.#living(),
    wait: (milliseconds, signal) => this.#wait(milliseconds, signal),
    refused: (from, reason) => this.#refuse(from, reason),
  };

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get home(): string {
    return this.#options.start.home;
  }

  /** The person has ended the daemon from here: what only looks does not start it again. */
  get wasStopped(): boolean {
    return this.#wasStopped;
  }

  /** What the connected daemon can do; empty where none is. */
  get capabilities(): readonly string[] {
    return this.#capabilities;
  }

  get lease(): Found['lease'] | undefined {
    return this.#client?.found.lease;
  }

  onState(listener: (state: ConnectionState) => void): Disposable {
    this.#states.add(listener);
    return { dispose: () => this.#states.delete(listener) };
  }

  /** Throws DaemonProblem. A daemon that has gone in between is found again, or started, and asked once more. */
  async call<N extends RouteName>(name: N, parts: RequestParts<N> = {}, options: CallOptions = {}): Promise<ResponseOf<N>> {
    const { start = true, signal } = options;
    for (let again = false; ; again = true) {
      const client = await this.#connect(start);
      try {
        return await client.call(name, parts, signal);
      } catch (error) {
        if (!(error instanceof DaemonProblem) || again) throw error;
        if (error.code === 'session-unknown') await this.#openSession(client);
        else if (error.kind !== 'silent' || this.#living() === client || !client.mayRepeat(name, error)) throw error;
      }
    }
  } // prettier-ignore

  /** Everything that changes, from now on; `reset` where something may have been missed: fetch again what is shown. Starts no daemon. */
  onFeed(listener: (event: FeedEvent) => void): Disposable {
    this.#feeds.add(listener);
    if (!this.#feed) this.#keepFeed();
    return {
      dispose: () => {
        this.#feeds.delete(listener);
        if (this.#feeds.size > 0 || !this.#feed) return;
        this.#feed.abort();
        this.#open.delete(this.#feed);
        this.#feed = undefined;
      },
    };
  }

  /** A run's log from after `cursor` (0: from its begin), then as it grows; it goes on over breaks until it is disposed of. */
  follow(run: string, cursor: number, listener: (message: RunMessage) => void): Disposable {
    const leaving = this.#leave();
    import('./following.ts')
      .then(({ followRun }) => followRun(this.#way, run, cursor, listener, leaving.signal))
      .catch((error: unknown) => this.#refuse(`run ${run}`, error));
    return {
      dispose: () => {
        leaving.abort();
        this.#open.delete(leaving);
      },
    };
  }

  /** Makes sure that a daemon runs. Throws DaemonProblem. */
  async start(): Promise<void> {
    await this.#connect(true);
  }

  /** Ends the daemon; runs go on. It is not started again until somebody needs it. */
  async shutdown(): Promise<void> {
    this.#expected = false;
    this.#wasStopped = true;
    const found = findDaemon(this.home);
    if (typeof found === 'object') await (await import('./ending.ts')).endDaemon(this.home, found);
    if (this.#client) this.#drop(this.#client, 'absent');
  }

  /** The folders of the workspace have changed, or it has become trusted. */
  async foldersChanged(): Promise<void> {
    const client = this.#client;
    if (client) await this.#openSession(client);
  }

  /** Folders beside the workspace's that the person has allowed, until the window closes. */
  async allowFolders(folders: readonly string[]): Promise<void> {
    for (const folder of folders) this.#allowed.add(folder);
    await this.foldersChanged();
  }

  dispose(): void {
    for (const one of this.#open) one.abort();
    this.#open.clear();
    this.#feeds.clear();
    this.#states.clear();
    this.#client?.close();
  }

  #leave(): AbortController {
    const leaving = new AbortController();
    this.#open.add(leaving);
    return leaving;
  }

  #keepFeed(): void {
    const leaving = (this.#feed = this.#leave());
    const { signal } = leaving;
    const keeping = async (): Promise<void> => {
      if (findDaemon(this.home) === 'absent') await this.#wait(0, signal);
      if (signal.aborted) return;
      const { followFeed } = await import('./following.ts');
      await followFeed(this.#way, (event) => this.#tell(event), signal);
    };
    keeping().catch((error: unknown) => this.#refuse('feed', error));
  }

  #tell(event: FeedEvent): void {
    for (const listener of this.#feeds) listener(event);
  }

  #refuse(from: string, reason: unknown): void {
    this.#options.log(`a message of the daemon was refused (${from}): ${String(reason)}`);
  }

  #connect(start: boolean): Promise<DaemonClient> {
    const living = this.#living();
    if (living) return Promise.resolve(living);
    // of those who ask while one is on the way, who needs a start tries once more where that was in vain
    if (this.#connecting) {
      return this.#connecting.catch((error: unknown) => {
        if (start && error instanceof DaemonProblem && error.kind === 'absent') return this.#connect(true);
        throw error;
      });
    }
    const attempt = this.#find(start).finally(() => (this.#connecting = undefined));
    this.#connecting = attempt;
    return attempt;
  }

  async #find(start: boolean): Promise<DaemonClient> {
    const { start: options, isTrusted } = this.#options;
    const found = findDaemon(options.home);
    if (typeof found === 'object') {
      this.#change('connecting');
      const client = await this.#greet(found).catch((error: unknown) => {
        this.#change('lost');
        if (error instanceof DaemonProblem && error.kind === 'silent' && (start || this.#expected)) return undefined;
        throw error;
      });
      if (client) return client;
    }
    const crashed = found !== 'absent' && this.#expected;
    if (!start && !crashed) {
      this.#change('absent');
      throw new DaemonProblem('absent', l10n.t('The daemon does not run: start it, or run a recipe.'), {
        next: 'start',
      });
    }
    if (!isTrusted()) {
      throw new DaemonProblem('untrusted', l10n.t('Nothing is started in a workspace that is not trusted: trust it first.'), { next: 'trust' }); // prettier-ignore
    }
    this.#change('connecting');
    try {
      const stale = typeof found === 'object' ? found.lease.pid : undefined;
      const { startDaemon } = await import('./start.ts');
      return await this.#greet(await startDaemon({ ...options, stale }));
    } catch (error) {
      this.#change('absent');
      throw error;
    }
  }

  /** Asks who answers. Throws DaemonProblem 'version' where it speaks another protocol, 'silent' where nobody does. */
  async #greet(found: Found): Promise<DaemonClient> {
    const client = new (await import('./client.ts')).DaemonClient(found);
    try {
      this.#capabilities = await client.greet();
      await this.#openSession(client);
    } catch (error) {
      client.close();
      throw error;
    }
    this.#client = client;
    this.#expected = true;
    this.#wasStopped = false;
    this.#change('connected');
    return client;
  }

  async #openSession(client: DaemonClient): Promise<void> {
    const { name, folders } = this.#options;
    const { session } = await client.call('openSession', {
      body: { client: name, folders: [...folders(), ...this.#allowed] },
    });
    client.session = session;
  }

  /** The client, if the daemon's lease still names its process; else the next who asks looks for another one. */
  #living(): DaemonClient | undefined {
    const client = this.#client;
    if (!client) return undefined;
    const found = findDaemon(this.home);
    const { pid, port } = client.found.lease;
    if (typeof found === 'object' && found.lease.pid === pid && found.lease.port === port) return client;
    this.#drop(client, found === 'absent' ? 'absent' : 'lost');
    return undefined;
  }

  #drop(client: DaemonClient, state: ConnectionState): void {
    if (this.#client !== client) return;
    client.close();
    this.#client = undefined;
    this.#capabilities = [];
    this.#change(state);
  }

  #change(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#states) listener(state);
  }

  /** Resolves after the milliseconds; while no daemon lives, not before one does. */
  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const mayLive = this.#living() !== undefined || this.#state !== 'absent';
    await pause(milliseconds, signal);
    if (!mayLive && typeof findDaemon(this.home) !== 'object') await appearance(this.home, (listener) => this.onState(listener), signal); // prettier-ignore
  }
}
