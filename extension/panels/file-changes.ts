// Tells when one of some files changes, on disk or in an editor; several changes at once are told once.
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';

/** Milliseconds in which changes become one. */
const TOGETHER = 300;

/** Files that are watched: of a dataset of more the first. */
const MOST = 20;

export class FileChanges implements vscode.Disposable {
  readonly #changed: () => void;
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #typing: vscode.Disposable;
  #waiting: NodeJS.Timeout | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#typing = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      // rows are read from the disk; of recipes what is typed counts
      if (contentChanges.length > 0 && this.#watchers.has(document.uri.fsPath) && document.languageId === 'yaml') this.#soon(); // prettier-ignore
    });
  }

  /** Follows these files, and no others any more. */
  follow(paths: readonly (string | undefined)[]): void {
    const wanted = new Set(paths.filter((path) => path !== undefined).slice(0, MOST));
    for (const [path, watcher] of this.#watchers) {
      if (wanted.has(path)) continue;
      watcher.dispose();
      this.#watchers.delete(path);
    }
    for (const path of wanted) if (!this.#watchers.has(path)) this.#watchers.set(path, this.#watch(path));
  }

  #watch(path: string): vscode.Disposable {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(path)), basename(path));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const soon = (): void => this.#soon();
    return vscode.Disposable.from(watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)); // prettier-ignore
  }

  #soon(): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(this.#changed, TOGETHER);
  }

  dispose(): void {
    clearTimeout(this.#waiting);
    this.#typing.dispose();
    for (const watcher of this.#watchers.values()) watcher.dispose();
  }
}
