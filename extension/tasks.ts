// Tasks of the type "anneal" for those who like terminals: train or check a recipe with the command line that the extension carries.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Services } from './services.ts';

interface Definition {
  readonly type: 'anneal';
  readonly verb: 'train' | 'check';
  readonly recipe: string;
  readonly overrides: readonly string[];
}

/** More recipes than these are not offered one by one. */
const MOST = 50;

export function registerTasks(services: Services): vscode.Disposable {
  return vscode.tasks.registerTaskProvider('anneal', {
    provideTasks: async () => {
      const { recipes } = await services.languageSide.ask('survey', {});
      return recipes.slice(0, MOST).flatMap((path) => {
        const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path));
        if (!folder) return [];
        const recipe = vscode.workspace.asRelativePath(path, false);
        return (['train', 'check'] as const).map((verb) => taskOf(services, folder, { type: 'anneal', verb, recipe, overrides: [] })); // prettier-ignore
      });
    },
    // written by hand into tasks.json: any text may stand there
    resolveTask: (task) => {
      const read = readDefinition(task.definition);
      const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
      if (read && folder) return taskOf(services, folder, read, task.definition);
      services.log.warn(`a task was refused: ${read ? 'no folder is open' : JSON.stringify(task.definition)}`);
      return undefined;
    },
  });
}

function readDefinition({ verb, recipe, overrides = [] }: vscode.TaskDefinition): Definition | undefined {
  const words: unknown = overrides;
  if ((verb !== 'train' && verb !== 'check') || typeof recipe !== 'string' || recipe === '') return undefined;
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) return undefined;
  return { type: 'anneal', verb, recipe, overrides: words };
}

/** `written`: VS Code takes a resolved task only with the very definition that it gave. */
function taskOf({ context, daemon, language }: Services, folder: vscode.WorkspaceFolder, { type, verb, recipe, overrides }: Definition, written?: vscode.TaskDefinition): vscode.Task {
  const program = vscode.Uri.joinPath(context.extensionUri, 'dist/cli.js').fsPath;
  const env = { ANNEAL_HOME: daemon.home, ELECTRON_RUN_AS_NODE: '1', ANNEAL_LANG: language };
  // without a shell: nothing in a file name or an override is read as a command
  const execution = new vscode.ProcessExecution(process.execPath, [program, verb, recipe, ...overrides], { cwd: folder.uri.fsPath, env });
  const name = verb === 'train' ? l10n.t('train {0}', recipe) : l10n.t('check {0}', recipe);
  const task = new vscode.Task(written ?? { type, verb, recipe }, folder, name, 'anneal', execution, verb === 'check' ? ['$anneal'] : []);
  task.group = verb === 'check' ? vscode.TaskGroup.Test : vscode.TaskGroup.Build;
  task.detail = verb === 'train' ? l10n.t('Runs the recipe in a terminal.') : l10n.t('Lists what is wrong with the recipe and its data.');
  return task;
} // prettier-ignore
