// Runs a recipe, shows its data, goes to an entry of dataset_info.json.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { dirname, join } from 'node:path';
import type { DocumentTarget } from '../contributions/protocol.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import { routes } from '../../daemon/server/protocol.ts';
import type { Services } from '../services.ts';
import { withFolders } from './folders.ts';
import { documentOf, recipeOf, type DocumentPlace } from './recipe-target.ts';

/** A finding as the daemon says it. */
const finding = routes.check.response.shape.findings.element;

export async function run(services: Services, target: DocumentTarget | undefined): Promise<void> {
  const recipe = await recipeOf(services, target);
  if (!recipe) return;
  if (recipe.command !== null && recipe.command !== 'train') {
    void vscode.window.showInformationMessage(l10n.t('This recipe is for "{0}", which the editor does not run yet: use the command line, anneal {0} {1}.', recipe.command, vscode.workspace.asRelativePath(recipe.uri))); // prettier-ignore
    return;
  }
  const title = l10n.t('Checking and queueing {0}…', vscode.workspace.asRelativePath(recipe.uri));
  const id = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => submit(services, recipe)); // prettier-ignore
  if (id === undefined) return;
  if (vscode.workspace.getConfiguration('anneal').get('openRunPanel', true)) await services.panels.show('run', { run: id }, vscode.ViewColumn.Beside); // prettier-ignore
}

async function submit(services: Services, { uri, folder }: DocumentPlace): Promise<string | undefined> {
  const body = { recipeFile: uri.fsPath, workingDirectory: folder };
  try {
    const { id } = await withFolders(services, () => services.daemon.call('submitRun', { body }));
    return id;
  } catch (error) {
    const findings = error instanceof DaemonProblem ? error.problem?.findings : undefined;
    if (findings === undefined || findings.length === 0) throw error;
    await showFindings(uri, findings);
    return undefined;
  }
}

/** What keeps a recipe from running: the first of it in a message, all of it where it stands. */
async function showFindings(uri: vscode.Uri, found: readonly unknown[]): Promise<void> {
  const findings = found.flatMap((one) => finding.safeParse(one).data ?? []);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors.length > 0 ? errors : findings;
  if (!first) return;
  const go = l10n.t('Go to It');
  const all = l10n.t('Show All Problems');
  const message =
    errors.length > 1
      ? l10n.t('The recipe was not started: {0} (and {1} more)', first.message, errors.length - 1)
      : l10n.t('The recipe was not started: {0}', first.message);
  const chosen = await vscode.window.showErrorMessage(message, go, all);
  if (chosen === all) await vscode.commands.executeCommand('workbench.actions.view.problems');
  if (chosen !== go) return;
  const file = first.file === '' ? uri : vscode.Uri.file(join(dirname(uri.fsPath), first.file) === uri.fsPath ? uri.fsPath : first.file); // prettier-ignore
  const selection = new vscode.Range(first.line - 1, first.column - 1, first.endLine - 1, first.endColumn - 1);
  await vscode.window.showTextDocument(file, { selection });
}

export async function previewData(services: Services, target: DocumentTarget | undefined): Promise<void> {
  const place = await documentOf(services, target);
  if (!place) return;
  const { uri, kind, dataset } = place;
  if (kind === 'recipe') return await services.panels.show('dataset', { recipe: uri.fsPath, dataset });
  if (kind === 'rows') return await previewRows(services, uri);
  if (kind === 'dataset-info') return await previewEntry(services, uri, dataset);
  const recipe = await recipeOf(services, target);
  if (recipe) await services.panels.show('dataset', { recipe: recipe.uri.fsPath });
}

/** The rows of a file, from the one at the cursor on where it is open in an editor. */
async function previewRows(services: Services, uri: vscode.Uri): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const isHere = editor?.document.uri.toString() === uri.toString();
  if (!editor || !isHere) return await services.panels.show('dataset', { file: uri.fsPath });
  const { showAtLine } = await import('../panels/dataset-view.ts');
  await showAtLine(services, { file: uri.fsPath }, uri.fsPath, editor.selection.active.line + 1);
}

/** The rows of an entry, by a recipe that names it where there is one. */
async function previewEntry(services: Services, info: vscode.Uri, dataset: string | undefined): Promise<void> {
  const { infos } = await services.languageSide.ask('survey', {});
  const datasets = infos.find(({ file }) => file === info.fsPath)?.datasets ?? [];
  const items = datasets.map(({ name, file }) => ({ label: name, description: file ?? '', file }));
  const chosen = dataset === undefined && items.length > 1 ? await vscode.window.showQuickPick(items, { title: l10n.t('Preview which data set?') }) : items.find(({ label }) => dataset === undefined || label === dataset); // prettier-ignore
  if (!chosen) return;
  if (chosen.file === null) {
    void vscode.window.showInformationMessage(l10n.t('The rows of {0} do not lie on this machine: name it in a recipe and preview that.', chosen.label)); // prettier-ignore
    return;
  }
  await services.panels.show('dataset', { file: join(dirname(info.fsPath), chosen.file) });
}

export async function openDatasetInfo(services: Services, target: DocumentTarget | undefined): Promise<void> {
  if (target === undefined || !('uri' in target)) return;
  const uri = vscode.Uri.parse(target.uri, true);
  const { infos } = await services.languageSide.ask('survey', {});
  const entry = infos.find(({ file }) => file === uri.fsPath)?.datasets.find(({ name }) => name === target.dataset);
  const line = (entry?.line ?? 1) - 1;
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
}
