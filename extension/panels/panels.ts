// Panels: opened once for each thing that they show, restored after a reload from what their view remembers.
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { z } from 'zod';
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

/** Where the targets of the open panels are kept, oldest first. */
const SHOWN = 'anneal.shownPanels';
const shownTargets = z.array(z.tuple([z.string(), z.unknown()]));

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
    // a window that ends before it has written what its views remember has lost it
    const target = kind.target.safeParse(state ?? this.#lost(name, kind));
    if (target.success) return this.#fill(name, kind, panel, target.data);
    this.#services.log.warn(`${name}: what the view remembered cannot be used; its panel is closed.`);
    panel.dispose();
  }

  /** What a panel of this kind showed that is not shown yet. */
  #lost(name: string, kind: PanelKind<unknown>): unknown {
    return this.#shown().find(([of, target]) => of === name && !this.#open.has(`${name} ${kind.key(target)}`))?.[1];
  }

  #shown(): readonly (readonly [name: string, target: unknown])[] {
    return shownTargets.catch([]).parse(this.#services.context.workspaceState.get(SHOWN));
  }

  #note(change: (shown: readonly (readonly [string, unknown])[]) => readonly (readonly [string, unknown])[]): void {
    void this.#services.context.workspaceState.update(SHOWN, change(this.#shown()));
  }

  #fill(name: string, kind: PanelKind<unknown>, panel: vscode.WebviewPanel, target: unknown): void {
    const key = `${name} ${kind.key(target)}`;
    this.#open.set(key, panel);
    const others = (shown: readonly (readonly [string, unknown])[]) => shown.filter(([of, one]) => of !== name || !isDeepStrictEqual(one, target)); // prettier-ignore
    this.#note((shown) => [...others(shown), [name, target]]);
    panel.onDidDispose(() => {
      if (this.#open.get(key) !== panel) return;
      this.#open.delete(key);
      this.#note(others);
    });
    panel.iconPath = vscode.Uri.joinPath(this.#services.context.extensionUri, 'media/anneal.svg');
    kind.fill(panel, target, this.#services);
  }

  async #kind(name: string): Promise<PanelKind<unknown>> {
    const load = this.#table[name];
    if (!load) throw new Error(`There is no panel "${name}".`);
    return await load();
  }
}
