// New Recipe: goal, model, data, method, file name; the language server writes the text, this asks and puts it where it belongs.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Choices, Composition, SurveyedDataset } from '../../language-server/interface/protocol.ts';
import type { Services } from '../services.ts';

interface Item<Value> extends vscode.QuickPickItem {
  readonly value?: Value;
}

type Goal = Choices['goals'][number];

interface Data {
  readonly datasetDir: string;
  readonly dataset: string;
}

export async function newRecipe(services: Services): Promise<void> {
  const folder = await chooseFolder();
  if (!folder) return;
  const choices = await services.languageSide.ask('choices', { folder: folder.fsPath });
  const steps = 4;
  const goal = await pick(l10n.t('What is the model to learn? (1 of {0})', steps), choices.goals.map((one): Item<Goal> => ({ label: one.title, detail: one.detail, value: one })));
  if (!goal) return;
  const model = await chooseModel(choices, l10n.t('Which model? (2 of {0})', steps), folder);
  if (model === undefined) return;
  const data = await chooseData(services, choices, goal, folder, l10n.t('From which data? (3 of {0})', steps));
  if (!data) return;
  const method = await pick(l10n.t('How is it trained? (4 of {0})', steps), [
    { label: l10n.t('An adapter beside the model (LoRA)'), detail: l10n.t('Takes little memory; the result is a small file that is loaded with the model.'), value: 'lora' },
    { label: l10n.t('All weights'), detail: l10n.t('Takes the memory of the model several times; the result is a whole model.'), value: 'full' },
  ] satisfies Item<'lora' | 'full'>[]);
  if (!method) return;
  const file = await chooseFile(folder, `${goal.id}-${data.dataset}`);
  if (!file) return;
  await write(services, file, { folder: folder.fsPath, name: basename(file.fsPath).replace(/\.ya?ml$/i, ''), goal: goal.id, method, model, ...data });
} // prettier-ignore

async function write({ languageSide, log }: Services, file: vscode.Uri, composition: Composition): Promise<void> {
  const { text, findings } = await languageSide.ask('compose', composition);
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(file, { contents: Buffer.from(text, 'utf8'), overwrite: true });
  await vscode.workspace.applyEdit(edit);
  for (const finding of findings) log.info(`${file.fsPath}: ${finding}`);
  await vscode.window.showTextDocument(file);
  if (findings.length > 0) {
    void vscode.window.showWarningMessage(l10n.t('The recipe is written; something is still to be done: {0}', findings[0] ?? '')); // prettier-ignore
    return;
  }
  const run = l10n.t('Run');
  const preview = l10n.t('Preview Data');
  const chosen = await vscode.window.showInformationMessage(l10n.t('The recipe is written, and nothing is wrong with it.'), run, preview); // prettier-ignore
  const target = { scheme: file.scheme, path: file.path, fsPath: file.fsPath };
  if (chosen === run) await vscode.commands.executeCommand('anneal.run', target);
  if (chosen === preview) await vscode.commands.executeCommand('anneal.previewData', target);
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    const open = l10n.t('Open Folder…');
    const chosen = await vscode.window.showInformationMessage(
      l10n.t('A recipe lies in a folder: open one first.'),
      open,
    );
    if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder');
    return undefined;
  }
  if (folders.length === 1) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick())?.uri;
}

async function pick<Value>(title: string, items: readonly Item<Value>[]): Promise<Value | undefined> {
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDetail: true, matchOnDescription: true, ignoreFocusOut: true }); // prettier-ignore
  return chosen?.value;
}

const separator = (label: string): Item<never> => ({ label, kind: vscode.QuickPickItemKind.Separator });

type ModelChoice = { readonly path: string } | 'folder' | 'id';

async function chooseModel({ models, known }: Choices, title: string, folder: vscode.Uri): Promise<string | undefined> {
  const items: Item<ModelChoice>[] = [
    separator(l10n.t('in this folder')),
    ...models.map(({ path, about }): Item<ModelChoice> => ({ label: `$(package) ${path}`, description: about ?? '', value: { path } })),
    separator(l10n.t('elsewhere')),
    { label: l10n.t('$(folder-opened) A folder on this machine…'), value: 'folder' },
    { label: l10n.t('$(edit) Another name…'), value: 'id' },
    separator(l10n.t('by name: to be downloaded first')),
    ...known.map((id): Item<ModelChoice> => ({ label: `$(cloud) ${id}`, value: { path: id } })),
  ]; // prettier-ignore
  const chosen = await pick(title, items);
  if (chosen === 'id') return (await vscode.window.showInputBox({ title, placeHolder: 'Qwen/Qwen3-0.6B', ignoreFocusOut: true }))?.trim() || undefined; // prettier-ignore
  if (chosen === 'folder') {
    const [model] =
      (await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, title })) ?? [];
    return model && nameFrom(folder, model.fsPath);
  }
  return chosen?.path;
}

const kindText = (kind: SurveyedDataset['kind']): string => {
  switch (kind) {
    case 'pairs':
      return l10n.t('pairs of a better and a worse answer');
    case 'thumbs':
      return l10n.t('answers marked good or bad');
    case 'text':
      return l10n.t('plain text');
    case 'plain':
      return l10n.t('questions with answers');
  }
};

type DataChoice = Data | 'file';

async function chooseData(services: Services, { data }: Choices, goal: Goal, folder: vscode.Uri, title: string): Promise<Data | undefined> {
  const suitable = data.flatMap((info) => info.datasets.filter(({ kind }) => goal.kinds.includes(kind)).map((dataset) => ({ info, dataset })));
  suitable.sort((a, b) => goal.kinds.indexOf(a.dataset.kind) - goal.kinds.indexOf(b.dataset.kind));
  const items: Item<DataChoice>[] = suitable.map(({ info, dataset: { name, kind, rows, errors } }) => ({
    label: `$(database) ${name}`,
    description: [rows === null ? '' : l10n.t('{0} rows', rows), errors > 0 ? l10n.t('{0} errors', errors) : '', kindText(kind)].filter((part) => part !== '').join(' · '),
    detail: info.file,
    value: { datasetDir: info.folder, dataset: name },
  }));
  items.push({ label: l10n.t('$(file) A file of rows…'), detail: l10n.t('An entry for it is written into dataset_info.json.'), value: 'file' });
  const chosen = await pick(title, items);
  return chosen === 'file' ? await describeFile(services, goal, folder, title) : chosen;
} // prettier-ignore

/** A file becomes an entry in the dataset_info.json beside it, with the columns that its first rows have. */
async function describeFile({ languageSide }: Services, goal: Goal, folder: vscode.Uri, title: string): Promise<Data | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ title, defaultUri: folder, filters: { [l10n.t('Rows')]: ['jsonl', 'json', 'csv', 'tsv', 'parquet', 'arrow', 'txt', 'gz'] } })) ?? [];
  if (!file) return undefined;
  const entry = await languageSide.ask('describeFile', { file: file.fsPath });
  if (!entry) {
    void vscode.window.showErrorMessage(l10n.t('The rows of {0} have no column that could be a question, an answer or a text: see its first rows with Preview Dataset.', basename(file.fsPath)));
    return undefined;
  }
  if (!goal.kinds.includes(entry.kind)) {
    void vscode.window.showErrorMessage(l10n.t('{0} holds {1}: choose a goal that learns from such rows, or another file.', basename(file.fsPath), kindText(entry.kind)));
    return undefined;
  }
  if (entry.isNew) {
    const edit = new vscode.WorkspaceEdit();
    edit.createFile(vscode.Uri.file(entry.infoFile), { contents: Buffer.from(entry.text, 'utf8'), overwrite: true });
    await vscode.workspace.applyEdit(edit);
  }
  return { datasetDir: nameFrom(folder, dirname(entry.infoFile)), dataset: entry.name };
} // prettier-ignore

async function chooseFile(folder: vscode.Uri, stem: string): Promise<vscode.Uri | undefined> {
  let name = `${stem.replaceAll(/[^\w.-]+/g, '-')}.yaml`;
  for (let i = 2; await exists(vscode.Uri.joinPath(folder, name)); i += 1) name = name.replace(/(?:-\d+)?\.yaml$/, `-${i}.yaml`); // prettier-ignore
  const written = await vscode.window.showInputBox({
    title: l10n.t('How is the recipe called?'),
    value: name,
    valueSelection: [0, name.length - '.yaml'.length],
    ignoreFocusOut: true,
    validateInput: async (text) => {
      if (!/^[\w][\w ./-]*\.ya?ml$/i.test(text.trim()) || text.includes('..')) return l10n.t('A name like my-recipe.yaml.');
      return (await exists(vscode.Uri.joinPath(folder, text.trim()))) ? l10n.t('There is such a file already.') : undefined;
    },
  }); // prettier-ignore
  return written === undefined ? undefined : vscode.Uri.joinPath(folder, written.trim());
}

const exists = async (uri: vscode.Uri): Promise<boolean> =>
  await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );

/** A path as a recipe in the folder would write it. */
function nameFrom(folder: vscode.Uri, path: string): string {
  const way = relative(folder.fsPath, path);
  if (way === '') return '.';
  return (way.startsWith('..') ? path : join(way)).split(sep).join('/');
}
