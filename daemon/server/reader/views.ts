// Datasets that are open in views: found again for each question as long as their files stay the same, and stopped once nobody asks.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { speak } from '../../language.ts';
import { openView, type OpenedView } from './open-view.ts';
import type { ViewSource } from './messages.ts';
import { stateOf } from './previews.ts';

/** Datasets kept open: a view, and what it was like before the last change or two. */
const KEPT = 4;

/** Milliseconds after which nobody is waiting any more for a look at all rows. */
const QUIET = 15_000;

interface Kept {
  readonly opened: OpenedView;
  users: number;
  /** Closed by whoever uses it last. */
  outdated: boolean;
  quiet: NodeJS.Timeout | undefined;
}

export interface VersionedView extends OpenedView {
  /** Changes whenever a file of the dataset does. */
  readonly version: string;
}

export class Views {
  readonly #kept = new Map<string, Promise<Kept>>();
  readonly #today: () => string;
  #language: ViewSource['language'] = 'en';

  constructor(today: () => string) {
    this.#today = today;
  }

  /** Calls back with a dataset as it is now. Throws UserError where it cannot be opened. */
  async use<T>(source: ViewSource, look: (view: VersionedView) => Promise<T>): Promise<T> {
    if (source.language !== this.#language) speak((this.#language = source.language));
    const { kept, version } = await this.#get(source);
    kept.users += 1;
    clearTimeout(kept.quiet);
    try {
      return await look({ ...kept.opened, version });
    } finally {
      kept.users -= 1;
      if (kept.outdated && kept.users === 0) await kept.opened.view.close();
      else kept.quiet = setTimeout(() => kept.opened.view.stop(), QUIET).unref();
    }
  }

  async #get(source: ViewSource): Promise<{ kept: Kept; version: string }> {
    const key = JSON.stringify(source);
    const known = await this.#kept.get(key);
    const version = known && (await versionOf(known.opened));
    if (known && version === known.opened.version) {
      // the one used last goes last
      this.#kept.delete(key);
      this.#kept.set(key, Promise.resolve(known));
      return { kept: known, version };
    }
    if (known) await this.#drop(key);
    return await this.#open(key, source);
  }

  async #open(key: string, source: ViewSource): Promise<{ kept: Kept; version: string }> {
    const opening = this.#kept.get(key) ?? openKept(source, this.#today());
    this.#kept.set(key, opening);
    try {
      const kept = await opening;
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > KEPT && oldest !== undefined) await this.#drop(oldest);
      return { kept, version: kept.opened.version };
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  async #drop(key: string): Promise<void> {
    const kept = await this.#kept.get(key);
    this.#kept.delete(key);
    if (!kept) return;
    clearTimeout(kept.quiet);
    kept.outdated = true;
    kept.opened.view.stop();
    if (kept.users === 0) await kept.opened.view.close();
  }
}

async function openKept(source: ViewSource, today: string): Promise<Kept> {
  const opened = await openView(source, today);
  return { opened: { ...opened, version: await versionOf(opened) }, users: 0, outdated: false, quiet: undefined };
}

async function versionOf({ view, infoFile }: Pick<OpenedView, 'view' | 'infoFile'>): Promise<string> {
  const { entry, folder } = view.parts;
  const paths = [...(infoFile === undefined ? [] : [infoFile]), ...(entry.fileName === undefined ? [] : [resolve(folder, entry.fileName)])]; // prettier-ignore
  const states = await Promise.all(paths.map(stateOf));
  return createHash('sha256').update(states.join()).digest('hex').slice(0, 16);
}
