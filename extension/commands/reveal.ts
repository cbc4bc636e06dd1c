// A folder or file where the person can see it: in the explorer where it lies in the workspace, else in the system's own.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { existsSync } from 'node:fs';

export async function revealPath(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  if (!existsSync(path)) {
    void vscode.window.showWarningMessage(l10n.t('{0} is not there: it has been moved or deleted, or has not been written yet.', path)); // prettier-ignore
    return;
  }
  const uri = vscode.Uri.file(path);
  const isInside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(isInside ? 'revealInExplorer' : 'revealFileInOS', uri);
}
