// The extension's entry: hands out what all parts need and registers them. Nothing is spawned here; each part is loaded when it is used.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DaemonConnection } from './daemon/connection.ts';
import { homeFolder } from './daemon/home.ts';
import { Panels } from './panels/panels.ts';
import { registerRecipeDocuments } from './panels/recipe-documents.ts';
import { panels } from './panels/table.ts';
import { report } from './report.ts';
import type { Services } from './services.ts';

export function activate(context: vscode.ExtensionContext): void {
  const sentences = vscode.l10n.bundle ?? {};
  l10n.config({ contents: sentences });
  const log = vscode.window.createOutputChannel('Anneal', { log: true });
  const daemon = new DaemonConnection({
    start: {
      home: homeFolder(vscode.workspace.getConfiguration('anneal').get('home', ''), process.env),
      program: vscode.Uri.joinPath(context.extensionUri, 'dist/daemon.js').fsPath,
      environment: process.env,
    },
    name: `${vscode.env.appName} (${process.pid})`,
    folders: () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    isTrusted: () => vscode.workspace.isTrusted,
    log: (sentence) => log.warn(sentence),
  });
  context.subscriptions.push(log, daemon);
  const language = Object.keys(sentences).length > 0 ? 'zh-cn' : 'en';
  const services: Services = {
    context,
    log,
    language,
    sentences,
    daemon,
    report: (error) => report(error, log),
    get panels() {
      return shown;
    },
  };
  const shown = new Panels(services, panels);
  registerRecipeDocuments(services);
  context.subscriptions.push(
    vscode.workspace.onDidChangeWorkspaceFolders(() => void daemon.foldersChanged().catch(services.report)),
  );
}

export function deactivate(): void {
  // what was registered is disposed of by VS Code; the daemon and its runs outlive the window
}
