// What the run panel's buttons do: the extension's own commands where there is one. Asks back before anything is lost.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { dirname, join } from 'node:path';
import type { RunDetail } from '../../daemon/runs/protocol.ts';
import type { RunCommand } from '../../webviews/run/protocol.ts';
import { perform } from '../commands/register.ts';
import { revealPath } from '../commands/reveal.ts';
import type { Services } from '../services.ts';
import { recipeAsRun } from './recipe-documents.ts';
import type { RunFeed } from './run-feed.ts';

export class RunCommands {
  readonly #services: Services;
  readonly #feed: RunFeed;
  readonly #id: string;

  constructor(services: Services, feed: RunFeed, id: string) {
    this.#services = services;
    this.#feed = feed;
    this.#id = id;
  }

  /** Throws DaemonProblem where the daemon refuses or does not answer. */
  async perform(command: RunCommand): Promise<void> {
    const run = this.#id;
    switch (command.name) {
      case 'stop':
        return await perform('anneal.stopRun', { run });
      case 'kill':
        return await this.#kill();
      case 'resume':
        return await perform('anneal.resumeRun', { run, checkpoint: command.checkpoint });
      case 'clone':
        return await perform('anneal.cloneRun', { run });
      case 'delete':
        return await perform('anneal.deleteRun', { run });
      case 'compare':
        return await perform('anneal.compareRuns', { run });
      case 'openRun':
        return await perform('anneal.showRun', { run: command.id });
      case 'openOutput':
        return await perform('anneal.openOutputFolder', { run });
      case 'showLog':
        return await perform('anneal.showRunLog', { run });
      case 'copyDiagnostics':
        return await perform('anneal.copyDiagnostics');
      case 'setTags':
        return await this.#change({ tags: command.tags });
      case 'setNotes':
        return await this.#change({ notes: command.notes });
      case 'openRecipe':
      case 'openAsRun':
      case 'diffRecipe':
      case 'previewData':
        return await this.#open(command.name, await this.#detail());
      case 'revealCheckpoint':
        return await revealPath(join((await this.#detail()).outputDir, `checkpoint-${command.step}`));
    }
  }

  async #detail(): Promise<RunDetail> {
    return this.#feed.run ?? (await this.#services.daemon.call('getRun', { params: { id: this.#id } }));
  }

  async #change(body: { tags?: string[]; notes?: string }): Promise<void> {
    await this.#services.daemon.call('changeRun', { params: { id: this.#id }, body });
    await this.#feed.refresh();
  }

  async #open(name: 'openRecipe' | 'openAsRun' | 'diffRecipe' | 'previewData', run: RunDetail): Promise<void> {
    const { recipeFile } = run;
    // a recipe that came as text has no file: there is only what was run
    if (name === 'openAsRun' || recipeFile === null) {
      await vscode.window.showTextDocument(recipeAsRun(run));
      return;
    }
    const uri = vscode.Uri.file(recipeFile);
    if (name === 'openRecipe') await vscode.window.showTextDocument(uri);
    else if (name === 'previewData') await perform('anneal.previewData', { uri: uri.toString(), folder: dirname(recipeFile) }); // prettier-ignore
    else await vscode.commands.executeCommand('vscode.diff', recipeAsRun(run), uri, l10n.t('{0}: as run ↔ file now', run.name)); // prettier-ignore
  }

  async #kill(): Promise<void> {
    const kill = l10n.t('Kill');
    const detail = l10n.t('What it has learned since its last checkpoint is lost. "Stop" writes one first.');
    const answer = await vscode.window.showWarningMessage(l10n.t('Kill this run at once?'), { modal: true, detail }, kill); // prettier-ignore
    if (answer !== kill) return;
    await this.#services.daemon.call('stopRun', { params: { id: this.#id }, body: { kill: true } });
  }
}
