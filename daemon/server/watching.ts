// Watches what clients look at: recipes, dataset_info.json, data files and output directories of their folders. A client is
// told of changes in its feed, so nothing it shows is stale and nothing is asked for twice.
import { basename, extname } from 'node:path';
import type { Stats } from 'node:fs';
import type { FSWatcher } from 'chokidar';
import type { FeedEvent } from './protocol.ts';

type Kind = Extract<FeedEvent, { type: 'files' }>['kind'];

/** Folders that hold nothing to see, and too much of it. */
const skipped = /^(node_modules|\.git|\.hg|\.svn|\.venv|venv|__pycache__|\.cache|\.mypy_cache|\.tmp-.*)$/;

const dataFiles: ReadonlySet<string> = new Set(['.json', '.jsonl', '.csv', '.txt', '.parquet', '.arrow', '.gz']);

/** What a file is to a client; undefined for what it does not show. */
export function kindOf(path: string): Kind | undefined {
  const name = basename(path);
  if (name === 'dataset_info.json') return 'dataset-info';
  if (['trainer_log.jsonl', 'trainer_state.json', 'events.jsonl', 'run.json', 'all_results.json'].includes(name)) return 'output'; // prettier-ignore
  if (/[\\/]checkpoint-\d+[\\/]/.test(path)) return name === 'config.json' || name === 'adapter_config.json' ? 'output' : undefined; // prettier-ignore
  const extension = extname(name);
  if (extension === '.yaml' || extension === '.yml') return 'recipe';
  return dataFiles.has(extension) ? 'data' : undefined;
}

/** Levels of folders that are watched, and folders in all: each costs the system a watch. */
const DEPTH = 8;
const MOST_FOLDERS = 4000;
/** Milliseconds in which changes become one message. */
const TOGETHER = 150;

/** Watches folders; returns what ends it. `changed` gets the paths of one kind, a moment after the first of them changed. */
export function watchFolders(
  folders: readonly string[],
  changed: (kind: Kind, paths: string[]) => void,
  failed: (error: unknown) => void,
): () => void {
  const seen = new Set<string>();
  const ignored = (path: string, stats?: Stats): boolean => {
    const name = basename(path);
    if (skipped.test(name)) return true;
    if (!stats?.isDirectory()) return stats !== undefined && kindOf(path) === undefined;
    seen.add(path);
    return seen.size > MOST_FOLDERS;
  };
  const pending = new Map<Kind, Set<string>>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    for (const [kind, paths] of pending) changed(kind, [...paths].sort());
    pending.clear();
  };
  const report = (path: string): void => {
    const kind = kindOf(path);
    if (!kind) return;
    pending.set(kind, (pending.get(kind) ?? new Set()).add(path));
    timer ??= setTimeout(flush, TOGETHER);
  };
  let watcher: FSWatcher | undefined;
  let ended = false;
  // loaded when somebody looks: a daemon that only runs things stays small
  void import('chokidar').then(({ watch }) => {
    if (ended) return;
    watcher = watch([...folders], {
      ignored,
      depth: DEPTH,
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
    });
    watcher.on('all', (_event, path) => report(path));
    watcher.on('error', failed);
  }, failed);
  return () => {
    ended = true;
    clearTimeout(timer);
    void watcher?.close();
  };
}

export interface SessionWatches {
  readonly foldersOf: (session: string) => readonly string[];
  readonly changed: (session: string, kind: Kind, paths: string[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Watches the folders of sessions that somebody listens to, each once. */
export class Watches {
  readonly #parts: SessionWatches;
  readonly #watched = new Map<string, { listeners: number; end: () => void }>();

  constructor(parts: SessionWatches) {
    this.#parts = parts;
  }

  /** Somebody listens to a session. Returns what says that they no longer do. */
  listen(session: string): () => void {
    const watched = this.#watched.get(session) ?? { listeners: 0, end: this.#start(session) };
    watched.listeners += 1;
    this.#watched.set(session, watched);
    let listening = true;
    return () => {
      if (!listening) return;
      listening = false;
      watched.listeners -= 1;
      if (watched.listeners > 0) return;
      watched.end();
      this.#watched.delete(session);
    };
  }

  /** The folders of a session have changed. */
  restart(session: string): void {
    const watched = this.#watched.get(session);
    if (!watched) return;
    watched.end();
    watched.end = this.#start(session);
  }

  #start(session: string): () => void {
    const { foldersOf, changed, failed } = this.#parts;
    return watchFolders(foldersOf(session), (kind, paths) => changed(session, kind, paths), failed);
  }

  close(): void {
    for (const { end } of this.#watched.values()) end();
    this.#watched.clear();
  }
}
