// Which recipe, or dataset_info.json, a command is about: the one it was called with, else that of the active editor. Unsaved text is saved.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { DocumentTarget } from '../contributions/protocol.ts';
import type { Services } from '../services.ts';

export interface DocumentPlace {
  readonly uri: vscode.Uri;
  readonly kind: 'recipe' | 'draft' | 'dataset-info' | 'rows' | 'other';
  /** Where its paths start. */
  readonly folder: string;
  readonly command: string | null;
  readonly dataset: string | undefined;
}

/** Undefined where there is none: then that is said, with the way to one. */
export async function documentOf(services: Services, target: DocumentTarget | undefined): Promise<DocumentPlace | undefined> {
  const uri = uriOf(target) ?? vscode.window.activeTextEditor?.document.uri ?? (await chooseRecipe(services));
  if (!uri) return undefined;
  if (uri.scheme !== 'file') {
    void vscode.window.showWarningMessage(l10n.t('Save the recipe in a folder first: its paths start there.'));
    return undefined;
  }
  await save(uri);
  const { kind, folder, command } = await services.languageSide.ask('describe', { uri: uri.toString() });
  const given = target !== undefined && 'uri' in target ? target : undefined;
  return { uri, kind, folder: given?.folder ?? folder, command, dataset: given?.dataset };
} // prettier-ignore

/** Says what is missing where a document is no recipe. */
export async function recipeOf(services: Services, target: DocumentTarget | undefined): Promise<DocumentPlace | undefined> {
  const place = await documentOf(services, target);
  if (!place || place.kind === 'recipe') return place;
  const uri = target === undefined ? await chooseRecipe(services) : undefined;
  if (uri) return await documentOf(services, { uri: uri.toString(), folder: '' }).then((found) => found && { ...found, folder: found.folder === '' ? place.folder : found.folder });
  if (target === undefined) return undefined;
  const name = vscode.workspace.asRelativePath(place.uri);
  void vscode.window.showWarningMessage(l10n.t('{0} is not a recipe: it names no model. A first line "# anneal: recipe" makes it one.', name));
  return undefined;
} // prettier-ignore

function uriOf(target: DocumentTarget | undefined): vscode.Uri | undefined {
  if (target === undefined) return undefined;
  return 'uri' in target ? vscode.Uri.parse(target.uri, true) : vscode.Uri.from({ scheme: target.scheme, path: target.path });
} // prettier-ignore

async function chooseRecipe({ languageSide }: Services): Promise<vscode.Uri | undefined> {
  const { recipes } = await languageSide.ask('survey', {});
  const [only] = recipes;
  if (recipes.length === 1 && only !== undefined) return vscode.Uri.file(only);
  if (recipes.length === 0) {
    const make = l10n.t('New Recipe…');
    const example = l10n.t('Open the Example…');
    const chosen = await vscode.window.showInformationMessage(l10n.t('No recipe is open, and the workspace has none.'), make, example); // prettier-ignore
    if (chosen === make) await vscode.commands.executeCommand('anneal.newRecipe');
    if (chosen === example) await vscode.commands.executeCommand('anneal.openExample');
    return undefined;
  }
  const items = recipes.map((path) => ({ label: vscode.workspace.asRelativePath(path), path }));
  const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Which recipe?') });
  return chosen && vscode.Uri.file(chosen.path);
}

async function save(uri: vscode.Uri): Promise<void> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty) await open.save();
}
