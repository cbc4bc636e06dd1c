// The extension's entry: hands out what all parts need and registers them. Nothing is spawned here; each part is loaded when it is used.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { registerCommands } from './commands/register.ts';
import { DaemonConnection } from './daemon/connection.ts';
import { homeFolder } from './daemon/home.ts';
import { ActiveDocuments } from './language/documents.ts';
import { LanguageSide } from './language/side.ts';
import { registerDatasetEditors } from './panels/dataset-editor.ts';
import { Panels } from './panels/panels.ts';
import { registerRecipeDocuments } from './panels/recipe-documents.ts';
import { panels } from './panels/table.ts';
import { report } from './report.ts';
import { RunList } from './tracking/run-list.ts';
import { watchRuns } from './tracking/watch.ts';
import type { Services } from './services.ts';
import { Activity, FileStatus, notifyAtEnd } from './status.ts';
import { registerTasks } from './tasks.ts';
import { DatasetsView } from './views/datasets-view.ts';
import { ModelsView } from './views/models-view.ts';
import { RunsView } from './views/runs-view.ts';

export function activate(context: vscode.ExtensionContext): void {
  const services = new Parts(context);
  const { daemon, runs, languageSide } = services;
  const documents = new ActiveDocuments(services);
  registerRecipeDocuments(services);
  context.subscriptions.push(
    ...registerCommands(services),
    ...registerDatasetEditors(services),
    documents,
    new FileStatus(documents),
    new Activity(services),
    new RunsView(services),
    new DatasetsView(services),
    services.models,
    notifyAtEnd(services),
    registerTasks(services),
    watchRuns(daemon, runs, services.report),
    ...keepContext(services),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void daemon.foldersChanged().catch(services.report)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => services.models.refresh()),
    daemon,
    languageSide,
    services.log,
  );
}

class Parts implements Services {
  readonly context: vscode.ExtensionContext;
  readonly log = vscode.window.createOutputChannel('Anneal', { log: true });
  readonly language: string;
  readonly sentences: Readonly<Record<string, string>>;
  readonly daemon: DaemonConnection;
  readonly runs = new RunList();
  readonly panels: Panels;
  readonly languageSide: LanguageSide;
  readonly models: ModelsView;
  readonly report = (error: unknown): void => report(error, this.log);

  constructor(context: vscode.ExtensionContext) {
    this.context = context;
    this.sentences = vscode.l10n.bundle ?? {};
    l10n.config({ contents: this.sentences });
    this.language = Object.keys(this.sentences).length > 0 ? 'zh-cn' : 'en';
    this.daemon = connectionOf(context, this.log);
    this.panels = new Panels(this, panels);
    this.languageSide = new LanguageSide(context.extensionUri);
    this.models = new ModelsView(this);
  }
}

function connectionOf({ extensionUri }: vscode.ExtensionContext, log: vscode.LogOutputChannel): DaemonConnection {
  return new DaemonConnection({
    start: {
      home: homeFolder(vscode.workspace.getConfiguration('anneal').get('home', ''), process.env),
      program: vscode.Uri.joinPath(extensionUri, 'dist/daemon.js').fsPath,
      environment: process.env,
    },
    name: `${vscode.env.appName} (${process.pid})`,
    folders: () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    isTrusted: () => vscode.workspace.isTrusted,
    log: (sentence) => log.warn(sentence),
  });
}

/** What menus and welcome contents ask for. */
function keepContext({ daemon, runs }: Services): { dispose(): void }[] {
  const set = (name: string, value: unknown): void => void vscode.commands.executeCommand('setContext', `anneal.${name}`, value); // prettier-ignore
  const ofRuns = (): void => {
    set('hasRuns', runs.all.length > 0);
    set('active', runs.all.some(({ state }) => state === 'running' || state === 'queued')); // prettier-ignore
  };
  set('daemon', daemon.state);
  ofRuns();
  return [daemon.onState((state) => set('daemon', state)), runs.onChange(ofRuns)];
}

export function deactivate(): void {
  // what was registered is disposed of by VS Code; the daemon and its runs outlive the window
}
