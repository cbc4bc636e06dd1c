// What the dataset view's buttons do beside showing rows: write into the recipe, show and mend rows in their file, choose a recipe.
import { basename } from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { FromDatasetView } from '../../webviews/dataset/protocol.ts';
import type { Services } from '../services.ts';
import type { DatasetFeed } from './dataset-feed.ts';

interface Edit {
  readonly range: { readonly line: number; readonly column: number; readonly endLine: number; readonly endColumn: number };
  readonly text: string;
} // prettier-ignore

export class DatasetActions {
  readonly #services: Services;
  readonly #feed: DatasetFeed;

  constructor(services: Services, feed: DatasetFeed) {
    this.#services = services;
    this.#feed = feed;
  }

  /** Throws DaemonProblem where the daemon refuses or does not answer. */
  async perform(message: FromDatasetView): Promise<void> {
    const { recipe } = this.#feed.target;
    if (message.type === 'apply' && recipe !== undefined) await this.#apply(vscode.Uri.file(recipe));
    else if (message.type === 'openRecipe' && recipe !== undefined)
      await vscode.window.showTextDocument(vscode.Uri.file(recipe)); // prettier-ignore
    else if (message.type === 'chooseRecipe') await this.#chooseRecipe();
    else if (message.type === 'reveal') await this.#reveal(message.row);
    else if (message.type === 'fix') await this.#fix(message.row, message.finding);
  }

  /** As an edit of the open document, which can be taken back. */
  async #apply(recipe: vscode.Uri): Promise<void> {
    const { template, cutoffLength } = this.#feed.tried;
    const values = { ...(template === undefined ? {} : { template }), ...(cutoffLength === undefined ? {} : { cutoff_len: cutoffLength }) }; // prettier-ignore
    const { edits } = await this.#services.languageSide.ask('setKeys', { uri: recipe.toString(), values });
    if (!(await write(recipe, edits))) return;
    await vscode.window.showTextDocument(recipe, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
    vscode.window.setStatusBarMessage(l10n.t('{0} was changed and is not saved yet.', basename(recipe.fsPath)), 5000);
    await this.#feed.message({ type: 'try', tried: {} });
  }

  async #chooseRecipe(): Promise<void> {
    const { recipes } = await this.#services.languageSide.ask('survey', {});
    const { file } = this.#feed.target;
    if (recipes.length === 0) {
      const make = l10n.t('New Recipe…');
      const answer = await vscode.window.showInformationMessage(l10n.t('The workspace has no recipe that could say how rows become text.'), make); // prettier-ignore
      if (answer === make) await vscode.commands.executeCommand('anneal.newRecipe');
      return;
    }
    const items = recipes.map((path) => ({ label: vscode.workspace.asRelativePath(path), path }));
    const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Show the rows as which recipe would read them?') }); // prettier-ignore
    if (chosen) await this.#feed.retarget({ recipe: chosen.path, ...(file === undefined ? {} : { file }) });
  }

  async #reveal(row: number): Promise<void> {
    const { place } = await this.#feed.row(row);
    if (place.line === undefined) {
      void vscode.window.showInformationMessage(l10n.t('{0} is no text: its rows have no lines that could be shown.', basename(place.file))); // prettier-ignore
      return;
    }
    const selection = new vscode.Range(place.line - 1, 0, place.line - 1, 0);
    await vscode.window.showTextDocument(vscode.Uri.file(place.file), { selection, viewColumn: vscode.ViewColumn.Beside });
  } // prettier-ignore

  /** The places of a fix are those of the file on disk, so that must be what is in the editor. */
  async #fix(row: number, index: number): Promise<void> {
    const finding = (await this.#feed.row(row)).findings[index];
    if (!finding?.fix) return;
    const { line, column, endLine, endColumn } = finding;
    const edits = finding.fix.edits ?? [{ range: { line, column, endLine, endColumn }, text: finding.fix.text }];
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(finding.file));
    if (document.isDirty) {
      void vscode.window.showWarningMessage(l10n.t('{0} has changes that are not saved: save it first, then mend its rows.', basename(finding.file))); // prettier-ignore
      return;
    }
    if (!(await write(document.uri, edits))) return;
    await document.save();
    await this.#feed.refresh();
  }
}

async function write(file: vscode.Uri, edits: readonly Edit[]): Promise<boolean> {
  const change = new vscode.WorkspaceEdit();
  for (const { range, text } of edits) change.replace(file, new vscode.Range(range.line - 1, range.column - 1, range.endLine - 1, range.endColumn - 1), text); // prettier-ignore
  return await vscode.workspace.applyEdit(change);
}
