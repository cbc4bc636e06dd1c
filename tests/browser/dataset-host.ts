// The dataset view with its real feed and a real daemon, in a page of its own; VS Code's part of the host is left out.
import { basename, dirname } from 'node:path';
import type { Browser } from 'playwright-core';
import { DaemonConnection } from '../../extension/daemon/connection.ts';
import { DatasetFeed } from '../../extension/panels/dataset-feed.ts';
import { fromDatasetView, type DatasetTarget, type FromDatasetView, type ToDatasetView } from '../../webviews/dataset/protocol.ts'; // prettier-ignore
import { repository } from '../cli/command.ts';
import { ViewPage, type ViewOptions } from './view.ts';

/** What was said, in its order. */
export type Said = { readonly from: 'view'; readonly message: FromDatasetView } | { readonly from: 'host'; readonly message: ToDatasetView }; // prettier-ignore

export interface LiveOptions extends Omit<ViewOptions, 'view'> {
  readonly home: string;
  readonly folders: readonly string[];
  readonly target: DatasetTarget;
}

export class LiveDataset {
  readonly view: ViewPage;
  readonly feed: DatasetFeed;
  readonly said: Said[] = [];
  /** What a host does that is not about rows: reveal, apply, fix … */
  readonly acts: FromDatasetView[] = [];
  readonly #daemon: DaemonConnection;

  private constructor(view: ViewPage, { home, folders, target, language = 'en' }: LiveOptions) {
    this.view = view;
    this.#daemon = new DaemonConnection({
      start: { home, program: `${repository}/dist/daemon.js`, environment: process.env },
      name: 'test',
      folders: () => folders,
      isTrusted: () => true,
      log: () => undefined,
    });
    this.feed = new DatasetFeed(target, {
      daemon: this.#daemon,
      language,
      post: (message) => {
        this.said.push({ from: 'host', message });
        void view.send(message).catch(() => undefined);
      },
      recipe: async (path) => ({ name: basename(path), workingDirectory: dirname(path), recipeFile: path }),
    });
  }

  static async open(browser: Browser, options: LiveOptions): Promise<LiveDataset> {
    const view = await ViewPage.open(browser, { ...options, view: 'dataset' });
    const live = new LiveDataset(view, options);
    view.answer((said) => {
      const message = fromDatasetView.parse(said);
      live.said.push({ from: 'view', message });
      void live.feed.message(message).then((isTaken) => !isTaken && live.acts.push(message));
    });
    await live.feed.begin();
    return live;
  }

  async close(): Promise<void> {
    this.feed.end();
    this.#daemon.dispose();
    await this.view.close();
  }
}
