// Which runs are to be compared: a list to choose from, some of them chosen already.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { MOST_RUNS } from '../../webviews/compare/protocol.ts';
import type { DaemonConnection } from '../daemon/connection.ts';

interface Item extends vscode.QuickPickItem {
  readonly id: string;
}

/** Two to eight run ids, those chosen already first; undefined where the person gave up. Throws DaemonProblem. */
export async function chooseRuns(daemon: DaemonConnection, chosen: readonly string[]): Promise<string[] | undefined> {
  const { runs } = await daemon.call('listRuns', { query: { limit: 500 } });
  const items = runs.map(({ id, name, state, created, progress, tags }): Item => {
    const loss = progress.loss === null ? [] : [l10n.t('loss {0}', progress.loss.toPrecision(4))];
    const detail = [new Date(created).toLocaleString(vscode.env.language), ...loss, ...tags].join(' · ');
    return { id, label: name, description: `${id} · ${state}`, detail, picked: chosen.includes(id) };
  });
  items.sort((a, b) => Number(b.picked) - Number(a.picked));
  const title = l10n.t('Runs to compare: 2 to {0}', MOST_RUNS);
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, matchOnDescription: true, matchOnDetail: true }); // prettier-ignore
  if (!picked) return undefined;
  const ids = picked.map(({ id }) => id);
  if (ids.length >= 2 && ids.length <= MOST_RUNS) return [...chosen.filter((id) => ids.includes(id)), ...ids.filter((id) => !chosen.includes(id))]; // prettier-ignore
  void vscode.window.showWarningMessage(l10n.t('{0} runs were chosen: choose 2 to {1}.', ids.length, MOST_RUNS));
  return undefined;
}
