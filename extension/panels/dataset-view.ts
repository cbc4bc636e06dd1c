// What stands behind a dataset view, in a panel or an editor: its feed, what its buttons do, and the files whose changes it follows.
import { basename } from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { fromDatasetView, type DatasetTarget, type FromDatasetView, type ToDatasetView } from '../../webviews/dataset/protocol.ts'; // prettier-ignore
import { DaemonProblem } from '../daemon/problem.ts';
import type { Services } from '../services.ts';
import { DatasetActions } from './dataset-actions.ts';
import { DatasetFeed, type RecipeSource } from './dataset-feed.ts';
import { FileChanges } from './file-changes.ts';
import { WebviewHost } from './webview-host.ts';

/** Feeds of views that are open, by what they were opened for. */
const feeds = new Map<string, DatasetFeed>();

const keyOf = ({ recipe, dataset, file }: DatasetTarget): string => JSON.stringify([recipe, dataset, file]);

export function fillWithDataset(panel: vscode.WebviewPanel, target: DatasetTarget, services: Services): void {
  WebviewHost.open<ToDatasetView, FromDatasetView>(panel, { view: 'dataset', fromView: fromDatasetView }, services, (host) => {
    const changes = new FileChanges(() => void feed.refresh());
    const feed = new DatasetFeed(target, {
      daemon: services.daemon,
      language: services.language === 'zh-cn' ? 'zh-cn' : 'en',
      recipe: (path) => recipeSource(services, path),
      post: (message) => {
        host.post(message);
        if (message.type === 'state') changes.follow([...message.state.files.map(({ path }) => path), message.target.recipe]);
      },
    });
    const actions = new DatasetActions(services, feed);
    feeds.set(keyOf(target), feed);
    const state = services.daemon.onState((now) => {
      // a daemon that was found again knows nothing of this view
      if (now === 'connected') void feed.refresh();
      else if (now === 'lost') host.post({ type: 'connection', live: false, reason: l10n.t('The daemon does not answer; rows come back with it.') });
    });
    return {
      ready: () => feed.begin(),
      hidden: () => feed.end(),
      dispose: () => {
        feed.end();
        changes.dispose();
        state.dispose();
        if (feeds.get(keyOf(target)) === feed) feeds.delete(keyOf(target));
      },
      message: async (message) => {
        try {
          if (!(await feed.message(message))) await actions.perform(message);
        } catch (error) {
          // what the daemon refuses is said where it was asked for; the rest is for the window's own way of telling
          if (!(error instanceof DaemonProblem)) throw error;
          host.post({ type: 'problem', message: error.message });
        }
      },
    };
  });
} // prettier-ignore

/** Opens a dataset, and shows the row that stands at a line of a file. */
export async function showAtLine(services: Services, target: DatasetTarget, file: string, line: number): Promise<void> {
  await services.panels.show('dataset', target);
  await feeds.get(keyOf(target))?.goToLine(file, line);
}

/** What has not been saved yet counts, so that a change of the recipe is seen at once. */
async function recipeSource({ languageSide }: Services, path: string): Promise<RecipeSource> {
  const uri = vscode.Uri.file(path);
  const { folder } = await languageSide.ask('describe', { uri: uri.toString() });
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  const text = open?.isDirty ? { recipeText: open.getText() } : { recipeFile: path };
  return { name: basename(path), workingDirectory: folder, ...text };
}
