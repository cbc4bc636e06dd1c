// The Runs view: states, progress and scores as the feed tells them; checkpoints are fetched when a run is unfolded or writes one.
import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { checkpointNode, runNode, type RunsNode } from './runs-tree.ts';

export class RunsView implements vscode.TreeDataProvider<RunsNode>, vscode.Disposable {
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<RunsNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<RunsNode>;
  /** Nodes as VS Code has them: it knows an element by its identity. */
  readonly #nodes = new Map<string, RunsNode>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(services: Services) {
    this.#services = services;
    this.#view = vscode.window.createTreeView('anneal.runs', { treeDataProvider: this, canSelectMany: true });
    this.#subscriptions = [
      this.#view,
      this.#changed,
      // opening the view is a reason to have a daemon, where one may be started
      this.#view.onDidChangeVisibility(({ visible }) => void (visible && this.#attach())),
      services.runs.onChange(({ before, after }) => this.#update(before?.id ?? after?.id, before !== undefined && after !== undefined)),
    ]; // prettier-ignore
    if (this.#view.visible) this.#attach();
  }

  #attach(): void {
    const { daemon, log } = this.#services;
    if (!vscode.workspace.isTrusted || daemon.wasStopped) return;
    // the welcome content says what to do where it cannot be started
    daemon.start().catch((error: unknown) => log.warn(`the daemon was not started for the view: ${String(error)}`));
  }

  /** One run's line is drawn anew where it was there before; otherwise the whole list. */
  #update(run: string | undefined, isSame: boolean): void {
    const active = this.#services.runs.active.length;
    this.#view.badge = active > 0 ? { value: active, tooltip: '' } : undefined;
    const node = run === undefined || !isSame ? undefined : this.#nodes.get(run);
    this.#changed.fire(node);
  }

  getTreeItem(node: RunsNode): vscode.TreeItem {
    const { runs } = this.#services;
    const now = node.kind === 'run' ? runs.get(node.run) : undefined;
    const shown = now ? runNode(now) : node;
    const folds = shown.kind === 'run' && shown.hasChildren;
    const item = new vscode.TreeItem(shown.label, folds ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None); // prettier-ignore
    item.id = shown.kind === 'run' ? shown.run : `${shown.run} ${shown.checkpoint}`;
    item.description = shown.description;
    item.tooltip = shown.tooltip;
    item.contextValue = shown.context;
    const color = shown.kind === 'run' && shown.color !== undefined ? new vscode.ThemeColor(shown.color) : undefined;
    item.iconPath = new vscode.ThemeIcon(shown.icon, color);
    item.accessibilityInformation = { label: `${shown.label}, ${shown.description}` };
    if (shown.kind === 'run') item.command = { command: 'anneal.showRun', title: '', arguments: [{ run: shown.run }] };
    return item;
  }

  async getChildren(node?: RunsNode): Promise<RunsNode[]> {
    const { runs, daemon, log } = this.#services;
    if (node?.kind === 'checkpoint') return [];
    if (!node) {
      this.#nodes.clear();
      for (const run of runs.all) this.#nodes.set(run.id, runNode(run));
      return [...this.#nodes.values()];
    }
    try {
      const { checkpoints } = await daemon.call('runCheckpoints', { params: { id: node.run } }, { start: false });
      return checkpoints.map((checkpoint) => checkpointNode(node.run, checkpoint)).reverse();
    } catch (error) {
      log.warn(`the checkpoints of ${node.run} were not listed: ${String(error)}`);
      return [];
    }
  }

  dispose(): void {
    for (const one of this.#subscriptions) one.dispose();
  }
}
