// The Models view: models, adapters and checkpoints that lie in the workspace and in the cache of Hugging Face, as the daemon finds them.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { basename } from 'node:path';
import type { ResponseOf } from '../../daemon/server/protocol.ts';
import { bytesText } from '../tracking/text.ts';
import { hasEnded } from '../tracking/run-list.ts';
import type { Services } from '../services.ts';

type Model = ResponseOf<'models'>['models'][number];

interface GroupNode {
  readonly kind: 'group';
  readonly of: Model['kind'];
}

interface ModelNode {
  readonly kind: 'model';
  /** What commands take as their target. */
  readonly path: string;
  readonly model: Model;
}

type Node = GroupNode | ModelNode;

const groups = ['model', 'adapter', 'checkpoint'] as const;
const icons: Readonly<Record<Model['kind'], string>> = { model: 'package', adapter: 'extensions', checkpoint: 'save' };

function groupTitle(kind: Model['kind']): string {
  switch (kind) {
    case 'model':
      return l10n.t('Models');
    case 'adapter':
      return l10n.t('Adapters');
    case 'checkpoint':
      return l10n.t('Checkpoints');
  }
}

/** models--Qwen--Qwen3-0.6B/snapshots/ab12 → Qwen/Qwen3-0.6B, as the cache of Hugging Face lays them out. */
export function modelName(path: string): string {
  const hub = /models--([^/\\]+)[/\\]snapshots[/\\][^/\\]+$/.exec(path)?.[1];
  return hub === undefined ? basename(path) : hub.replaceAll('--', '/');
}

export class ModelsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Node>;
  readonly #subscriptions: vscode.Disposable[];
  #models: readonly Model[] | undefined;

  constructor(services: Services) {
    this.#services = services;
    this.#view = vscode.window.createTreeView('anneal.models', { treeDataProvider: this });
    const { daemon, runs } = services;
    const refreshVisible = (): void => void (this.#view.visible && this.refresh());
    this.#subscriptions = [
      this.#view,
      this.#changed,
      this.#view.onDidChangeVisibility(({ visible }) => void (visible && this.#models === undefined && this.refresh())),
      daemon.onState((state) => void (state === 'connected' && refreshVisible())),
      // what a run leaves behind is new here
      runs.onChange(({ before, after }) => void (before && after && !hasEnded(before.state) && hasEnded(after.state) && refreshVisible())),
    ]; // prettier-ignore
  }

  refresh(): void {
    const { daemon, log } = this.#services;
    if (!vscode.workspace.isTrusted) return;
    daemon.call('models', {}, { start: !daemon.wasStopped }).then(
      ({ models }) => {
        this.#models = models;
        this.#changed.fire(undefined);
      },
      (error: unknown) => log.warn(`the models were not listed: ${String(error)}`),
    );
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node.kind === 'group') {
      const item = new vscode.TreeItem(groupTitle(node.of), node.of === 'checkpoint' ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded); // prettier-ignore
      item.id = node.of;
      return item;
    }
    const { path, kind, modelType, base, bytes } = node.model;
    const item = new vscode.TreeItem(modelName(path));
    item.id = path;
    item.description = [modelType ?? undefined, base === null ? undefined : l10n.t('on {0}', base), bytesText(bytes)].filter((part) => part !== undefined).join(' · '); // prettier-ignore
    item.tooltip = path;
    item.iconPath = new vscode.ThemeIcon(icons[kind]);
    item.contextValue = kind;
    item.accessibilityInformation = { label: `${modelName(path)}, ${item.description}` };
    return item;
  }

  getChildren(node?: Node): Node[] {
    if (node?.kind === 'model') return [];
    const models = this.#models ?? [];
    if (!node) return groups.filter((kind) => models.some((model) => model.kind === kind)).map((of) => ({ kind: 'group', of })); // prettier-ignore
    return models.filter(({ kind }) => kind === node.of).map((model) => ({ kind: 'model', path: model.path, model }));
  }

  dispose(): void {
    for (const one of this.#subscriptions) one.dispose();
  }
}
