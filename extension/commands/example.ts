// Copies the example into a folder of the person's choice and opens it.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Services } from '../services.ts';

/** What of examples/small-world a newcomer needs. */
const parts = ['captain.yaml', 'data', 'model'] as const;

export async function openExample({ context }: Services): Promise<void> {
  const source = vscode.Uri.joinPath(context.extensionUri, 'examples/small-world');
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    ...(open ? { defaultUri: open } : {}),
    openLabel: l10n.t('Put the Example Here'),
    title: l10n.t('In which folder shall "anneal-example" be made?'),
  });
  const [parent] = chosen ?? [];
  if (!parent) return;
  const folder = vscode.Uri.joinPath(parent, 'anneal-example');
  for (const part of parts) {
    const target = vscode.Uri.joinPath(folder, part);
    // what is there already is the person's: it is not written over
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, part), target, { overwrite: false }).then(undefined, (error: unknown) => {
      if (!(error instanceof vscode.FileSystemError) || error.code !== 'FileExists') throw error;
    }); // prettier-ignore
  }
  const isInside = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  if (!isInside) await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: false });
  else await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, 'captain.yaml'));
}
