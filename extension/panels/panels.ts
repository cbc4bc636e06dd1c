// Panels: opened once for each thing that they show, restored after a reload from what their view remembers.
import * as vscode from 'vscode';
import type { z } from 'zod';
import type { Services } from '../services.ts';

/** One kind of panel, in a file of its own that is loaded when the first of its kind is opened. */
export interface PanelKind<Target> {
  /** What the panel shows. After a reload it is read from the view's remembered state, which therefore carries the target's fields. */
  readonly target: z.ZodType<Target>;
  /** Panels of one key are one panel. */
  key(target: Target): string;
  title(target: Target): string;
  /** Fills the panel with its view. */
  fill(panel: vscode.WebviewPanel, target: Target, services: Services): void;
}

/** By the folder of webviews/: the kind of panel that shows it. */
export type PanelTable = Readonly<Record<string, () => Promise<PanelKind<unknown>>>>;

export const viewTypeOf = (name: string): string => `anneal.${name}`;

export class Panels {
  readonly #services: Services;
  readonly #table: PanelTable;
  readonly #open = new Map<string, vscode.WebviewPanel>();
  readonly #loaded = new Map<string, PanelKind<unknown>>();

  constructor(services: Services, table: PanelTable) {
    this.#services = services;
    this.#table = table;
    for (const name of Object.keys(table)) {
      const serializer = { deserializeWebviewPanel: (panel: vscode.WebviewPanel, state: unknown) => this.#restore(name, panel, state) }; // prettier-ignore
      services.context.subscriptions.push(vscode.window.registerWebviewPanelSerializer(viewTypeOf(name), serializer));
    }
  }

  /** Shows what is asked for: in its panel where that is open, else in a new one. Throws where the target is not one of this kind. */
  async show(name: string, target: unknown, column: vscode.ViewColumn = vscode.ViewColumn.Active): Promise<void> {
    const kind = await this.#kind(name);
    const shown = kind.target.parse(target);
    const open = this.#open.get(`${name} ${kind.key(shown)}`);
    if (open) return open.reveal();
    const panel = vscode.window.createWebviewPanel(viewTypeOf(name), kind.title(shown), column, { enableFindWidget: true });
    this.#fill(name, kind, panel, shown);
  } // prettier-ignore

  /** Whether the panel of this target is in view; false where none of its kind was ever opened. */
  isVisible(name: string, target: unknown): boolean {
    const kind = this.#loaded.get(name);
    const read = kind?.target.safeParse(target);
    return kind && read?.success ? (this.#open.get(`${name} ${kind.key(read.data)}`)?.visible ?? false) : false;
  }

  async #restore(name: string, panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kind = await this.#kind(name);
    const target = kind.target.safeParse(state);
    if (target.success) return this.#fill(name, kind, panel, target.data);
    this.#services.log.warn(`${name}: what the view remembered cannot be used; its panel is closed.`);
    panel.dispose();
  }

  #fill(name: string, kind: PanelKind<unknown>, panel: vscode.WebviewPanel, target: unknown): void {
    const key = `${name} ${kind.key(target)}`;
    this.#open.set(key, panel);
    panel.onDidDispose(() => this.#open.get(key) === panel && this.#open.delete(key));
    panel.iconPath = vscode.Uri.joinPath(this.#services.context.extensionUri, 'media/anneal.svg');
    kind.fill(panel, target, this.#services);
  }

  async #kind(name: string): Promise<PanelKind<unknown>> {
    const load = this.#table[name];
    if (!load) throw new Error(`There is no panel "${name}".`);
    return await load();
  }
}
