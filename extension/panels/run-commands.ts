// What the run panel's buttons do. Asks back before anything is lost.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RunDetail } from '../../daemon/runs/protocol.ts';
import type { RunCommand } from '../../webviews/run/protocol.ts';
import type { Services } from '../services.ts';
import { parseChanges } from './changes.ts';
import { chooseRuns } from './choose-runs.ts';
import { recipeAsRun } from './recipe-documents.ts';
import type { RunFeed } from './run-feed.ts';

/** Lines of a process's output that are shown. */
const LINES = 5000;

export class RunCommands implements vscode.Disposable {
  readonly #services: Services;
  readonly #feed: RunFeed;
  readonly #id: string;
  #output: vscode.OutputChannel | undefined;

  constructor(services: Services, feed: RunFeed, id: string) {
    this.#services = services;
    this.#feed = feed;
    this.#id = id;
  }

  dispose(): void {
    this.#output?.dispose();
  }

  /** Throws DaemonProblem where the daemon refuses or does not answer. */
  async perform(command: RunCommand): Promise<void> {
    const { daemon, panels } = this.#services;
    const params = { id: this.#id };
    switch (command.name) {
      case 'stop':
        await daemon.call('stopRun', { params, body: {} });
        return;
      case 'kill':
        return await this.#kill();
      case 'resume':
        await daemon.call('resumeRun', { params, body: { checkpoint: command.checkpoint } });
        return;
      case 'clone':
        return await this.#clone();
      case 'delete':
        return await this.#delete();
      case 'compare': {
        const runs = await chooseRuns(daemon, [this.#id]);
        if (runs) await panels.show('compare', { runs });
        return;
      }
      case 'openRun':
        return await panels.show('run', { run: command.id });
      case 'setTags':
        await daemon.call('changeRun', { params, body: { tags: command.tags } });
        return await this.#feed.refresh();
      case 'setNotes':
        await daemon.call('changeRun', { params, body: { notes: command.notes } });
        return await this.#feed.refresh();
      case 'showLog':
        return await this.#showLog();
      case 'openRecipe':
      case 'openAsRun':
      case 'diffRecipe':
      case 'openOutput':
      case 'revealCheckpoint':
      case 'previewData':
      case 'copyDiagnostics':
        return await this.#open(command, this.#feed.run ?? (await daemon.call('getRun', { params })));
    }
  }

  async #open(command: Extract<RunCommand, { name: 'openRecipe' | 'openAsRun' | 'diffRecipe' | 'openOutput' | 'revealCheckpoint' | 'previewData' | 'copyDiagnostics' }>, run: RunDetail): Promise<void> {
    const file = run.recipeFile === null ? undefined : vscode.Uri.file(run.recipeFile);
    switch (command.name) {
      case 'openRecipe':
        if (file) await vscode.window.showTextDocument(file);
        else await vscode.window.showTextDocument(recipeAsRun(run));
        return;
      case 'openAsRun':
        await vscode.window.showTextDocument(recipeAsRun(run));
        return;
      case 'diffRecipe':
        if (file) await vscode.commands.executeCommand('vscode.diff', recipeAsRun(run), file, l10n.t('{0}: as run ↔ file now', run.name));
        return;
      case 'openOutput':
        return await reveal(vscode.Uri.file(run.outputDir));
      case 'revealCheckpoint':
        return await reveal(vscode.Uri.joinPath(vscode.Uri.file(run.outputDir), `checkpoint-${command.step}`));
      case 'previewData':
        if (file) await vscode.commands.executeCommand('anneal.previewData', file);
        return;
      case 'copyDiagnostics':
        return await this.#copy(run);
    }
  } // prettier-ignore

  async #kill(): Promise<void> {
    const kill = l10n.t('Kill');
    const detail = l10n.t('What it has learned since its last checkpoint is lost. "Stop" writes one first.');
    const answer = await vscode.window.showWarningMessage(l10n.t('Kill this run at once?'), { modal: true, detail }, kill); // prettier-ignore
    if (answer === kill)
      await this.#services.daemon.call('stopRun', { params: { id: this.#id }, body: { kill: true } });
  }

  async #clone(): Promise<void> {
    const words = await vscode.window.showInputBox({
      title: l10n.t('Run a copy'),
      prompt: l10n.t('Keys to change as key=value, divided by spaces; key= removes one. Nothing: an exact copy.'),
      placeHolder: 'learning_rate=1e-4 num_train_epochs=2',
      validateInput: (text) => {
        const changes = parseChanges(text);
        return typeof changes === 'string' ? changes : undefined;
      },
    });
    if (words === undefined) return;
    const changes = parseChanges(words);
    if (typeof changes === 'string') return;
    const { id } = await this.#services.daemon.call('cloneRun', { params: { id: this.#id }, body: { changes } });
    await this.#services.panels.show('run', { run: id });
  }

  async #delete(): Promise<void> {
    const { daemon, panels } = this.#services;
    const params = { id: this.#id };
    await daemon.call('deleteRun', { params });
    const undo = l10n.t('Undo');
    const answer = await vscode.window.showInformationMessage(l10n.t('The run {0} was moved to the trash. Its output folder stays.', this.#id), undo); // prettier-ignore
    if (answer !== undo) return;
    await daemon.call('restoreRun', { params });
    await this.#feed.begin();
    await panels.show('run', { run: this.#id });
  }

  async #showLog(): Promise<void> {
    const { lines } = await this.#services.daemon.call('runLog', { params: { id: this.#id }, query: { lines: LINES } });
    this.#output ??= vscode.window.createOutputChannel(`Anneal: ${this.#id}`);
    this.#output.clear();
    this.#output.append(lines.length > 0 ? `${lines.join('\n')}\n` : `${l10n.t('The process of this run has written nothing.')}\n`); // prettier-ignore
    this.#output.show(true);
  }

  async #copy(run: RunDetail): Promise<void> {
    const { lines } = await this.#services.daemon.call('runLog', { params: { id: run.id }, query: { lines: 200 } });
    const { id, state, stage, finetuningType, device, attempts, progress, failure, health, recipe, overrides } = run;
    const facts = { id, state, stage, finetuningType, device, attempts, overrides, progress, failure, health };
    await vscode.env.clipboard.writeText([JSON.stringify(facts, null, 2), recipe, lines.join('\n')].join('\n\n'));
    vscode.window.setStatusBarMessage(l10n.t('The diagnostics of this run were copied.'), 4000);
  }
}

/** A folder in the explorer where it lies in the workspace, else in the system's own. */
async function reveal(folder: vscode.Uri): Promise<void> {
  const inside = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  await vscode.commands.executeCommand(inside ? 'revealInExplorer' : 'revealFileInOS', folder);
}
