// An error as a person meets it: its sentence, and buttons for its next step. Bugs are logged with their stack.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DaemonProblem, type NextStep } from './daemon/problem.ts';

interface Action {
  readonly title: string;
  readonly command: string;
}

function actionOf(next: NextStep): Action | undefined {
  switch (next) {
    case 'start':
      return { title: l10n.t('Start the Daemon'), command: 'anneal.startDaemon' };
    case 'restart':
      return { title: l10n.t('Restart the Daemon'), command: 'anneal.restartDaemon' };
    case 'show-log':
      return { title: l10n.t('Show Log'), command: 'anneal.showDaemonLog' };
    case 'trust':
      return { title: l10n.t('Manage Trust'), command: 'workbench.trust.manage' };
    case 'none':
      return undefined;
  }
}

export function report(error: unknown, log: vscode.LogOutputChannel): void {
  if (error instanceof DaemonProblem) {
    if (error.kind === 'ended') return;
    log.error(`${error.code}: ${error.message}`);
    const action = actionOf(error.next);
    void vscode.window
      .showErrorMessage(error.message, ...(action ? [action.title] : []))
      .then((chosen) => chosen !== undefined && action && vscode.commands.executeCommand(action.command));
    return;
  }
  log.error(error instanceof Error ? error : String(error));
  const show = l10n.t('Show Log');
  void vscode.window
    .showErrorMessage(
      l10n.t('Anneal has a bug here: {0}', error instanceof Error ? error.message : String(error)),
      show,
    )
    .then((chosen) => chosen === show && log.show());
}
