// The Datasets view: entries of every dataset_info.json of the workspace with their rows and findings, as the language server knows them.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { dirname } from 'node:path';
import type { Survey, SurveyedDataset } from '../../language-server/interface/protocol.ts';
import type { Services } from '../services.ts';

/** Carries what commands take as their target. */
export interface DatasetNode {
  readonly kind: 'dataset';
  readonly uri: string;
  readonly folder: string;
  readonly dataset: string;
  readonly about: SurveyedDataset;
}

interface InfoNode {
  readonly kind: 'info';
  readonly file: string;
}

type Node = DatasetNode | InfoNode;

export const datasetDescription = ({ rows, errors, warnings, file }: SurveyedDataset): string =>
  [
    rows === null ? undefined : l10n.t('{0} rows', rows.toLocaleString('en')),
    errors > 0 ? l10n.t('{0} errors', errors) : undefined,
    warnings > 0 ? l10n.t('{0} warnings', warnings) : undefined,
    file ?? l10n.t('from a hub'),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');

export class DatasetsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Node>;
  readonly #subscriptions: vscode.Disposable[];
  #infos: Survey['infos'] | undefined;

  constructor(services: Services) {
    this.#services = services;
    this.#view = vscode.window.createTreeView('anneal.datasets', { treeDataProvider: this });
    const { languageSide } = services;
    this.#subscriptions = [
      this.#view,
      this.#changed,
      this.#view.onDidChangeVisibility(({ visible }) => void (visible && this.#refresh())),
      languageSide.onChanged(() => void (this.#view.visible && this.#refresh())),
    ];
  }

  #refresh(): void {
    const { languageSide, log } = this.#services;
    languageSide.ask('survey', {}).then(
      ({ infos }) => {
        if (JSON.stringify(infos) === JSON.stringify(this.#infos)) return;
        this.#infos = infos;
        this.#changed.fire(undefined);
      },
      (error: unknown) => log.warn(`the data sets were not listed: ${String(error)}`),
    );
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node.kind === 'info') {
      const item = new vscode.TreeItem(vscode.Uri.file(node.file), vscode.TreeItemCollapsibleState.Expanded);
      item.label = vscode.workspace.asRelativePath(dirname(node.file));
      item.iconPath = vscode.ThemeIcon.Folder;
      item.contextValue = 'info';
      return item;
    }
    const { name, errors, warnings, finding } = node.about;
    const item = new vscode.TreeItem(name);
    item.id = `${node.uri} ${name}`;
    item.description = datasetDescription(node.about);
    const icon = errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'database';
    const color = errors > 0 ? 'list.errorForeground' : warnings > 0 ? 'list.warningForeground' : undefined;
    item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
    item.tooltip = finding === null ? `${name}\n${item.description}` : `${name}\n${item.description}\n${finding}`;
    item.contextValue = 'dataset';
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    const { uri, folder, dataset } = node;
    item.command = { command: 'anneal.previewData', title: '', arguments: [{ uri, folder, dataset }] };
    return item;
  }

  getChildren(node?: Node): Node[] {
    if (node?.kind === 'dataset') return [];
    const infos = this.#infos ?? [];
    if (!node && !this.#infos) this.#refresh();
    if (!node && infos.length !== 1) return infos.map(({ file }) => ({ kind: 'info', file }));
    const shown = node ? infos.find(({ file }) => file === node.file) : infos[0];
    return (shown?.datasets ?? []).map((about) => {
      const file = shown?.file ?? '';
      return { kind: 'dataset', uri: vscode.Uri.file(file).toString(), folder: dirname(file), dataset: about.name, about };
    }); // prettier-ignore
  }

  dispose(): void {
    for (const one of this.#subscriptions) one.dispose();
  }
}
