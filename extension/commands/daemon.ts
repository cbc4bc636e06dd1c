// Starts, ends and restarts the daemon, and shows what it wrote.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { existsSync } from 'node:fs';
import { isActive } from '../tracking/run-list.ts';
import { logFile } from '../daemon/start.ts';
import type { Services } from '../services.ts';

export async function start({ daemon }: Services): Promise<void> {
  const title = l10n.t('Starting the daemon…');
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => daemon.start());
}

export async function stop({ daemon, runs }: Services): Promise<void> {
  const active = runs.all.filter(({ state }) => isActive(state)).length;
  await daemon.shutdown();
  const message = active > 0 ? l10n.t('The daemon has ended. Runs that go on: {0}; the next daemon finds them.', active) : l10n.t('The daemon has ended.'); // prettier-ignore
  void vscode.window.showInformationMessage(message);
}

export async function restart(services: Services): Promise<void> {
  await services.daemon.shutdown();
  await start(services);
}

export async function showLog({ daemon }: Services): Promise<void> {
  const file = logFile(daemon.home);
  if (!existsSync(file)) {
    void vscode.window.showInformationMessage(l10n.t('There is no log yet: no daemon has been started in {0}.', daemon.home)); // prettier-ignore
    return;
  }
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}
