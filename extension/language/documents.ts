// Which document is looked at: starts the language server with the first that is ours, and keeps the context keys that menus ask for.
import * as vscode from 'vscode';
import type { Survey } from '../../language-server/interface/protocol.ts';
import type { Services } from '../services.ts';
import { HEAD, isOurs } from './looks.ts';

export type DocumentKind = 'recipe' | 'draft' | 'dataset-info' | 'rows' | 'other';

export interface ActiveDocument {
  readonly uri: vscode.Uri;
  readonly kind: DocumentKind;
  readonly folder: string;
  readonly cost: {
    readonly peakBytes: number | null;
    readonly freeBytes: number | null;
    readonly seconds: number | null;
  } | null;
}

/** Milliseconds within which changes of the server's knowledge count as one. */
const TOGETHER = 200;

export class ActiveDocuments implements vscode.Disposable {
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<ActiveDocument | undefined>();
  readonly onChanged = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  survey: Survey | undefined;

  constructor(services: Services) {
    this.#services = services;
    const { languageSide } = services;
    this.#subscriptions = [
      this.#changed,
      vscode.window.onDidChangeActiveTextEditor(() => this.#look()),
      vscode.workspace.onDidOpenTextDocument((document) => this.#startFor(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#startFor(document)),
      languageSide.onStarted(() => this.#soon()),
      languageSide.onChanged(() => this.#soon()),
    ];
    for (const document of vscode.workspace.textDocuments) this.#startFor(document);
    this.#look();
  }

  #startFor(document: vscode.TextDocument): void {
    const { languageSide, report } = this.#services;
    if (languageSide.isStarted || !looksOurs(document)) return;
    languageSide.start().catch(report);
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(true), TOGETHER);
  }

  #look(withSurvey = false): void {
    const { languageSide, log } = this.#services;
    const mine = (this.#asked += 1);
    const document = vscode.window.activeTextEditor?.document;
    const asking = async (): Promise<void> => {
      if (!languageSide.isStarted) return this.#tell(undefined);
      if (withSurvey) {
        this.survey = await languageSide.ask('survey', {});
        void setContext('recipes', this.survey.recipes);
      }
      if (!document || !/^(yaml|jsonc?|jsonl)$/.test(document.languageId)) {
        if (mine === this.#asked) this.#tell(undefined);
        return;
      }
      const described = await languageSide.ask('describe', { uri: document.uri.toString() });
      if (mine !== this.#asked) return;
      const { kind, folder, cost } = described;
      this.#tell({ uri: document.uri, kind, folder, cost });
    };
    asking().catch((error: unknown) => log.warn(`the active document was not described: ${String(error)}`));
  }

  #tell(active: ActiveDocument | undefined): void {
    void setContext('activeDocument', active?.kind ?? 'none');
    this.#changed.fire(active);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const one of this.#subscriptions) one.dispose();
  }
}

const setContext = (name: string, value: unknown): Thenable<unknown> =>
  vscode.commands.executeCommand('setContext', `anneal.${name}`, value);

function looksOurs(document: vscode.TextDocument): boolean {
  const { uri, languageId } = document;
  if (uri.scheme !== 'file' && uri.scheme !== 'untitled') return false;
  if (languageId !== 'yaml' && !uri.path.endsWith('/dataset_info.json')) return false;
  const patterns = vscode.workspace.getConfiguration('anneal', uri).get<readonly string[]>('recipes', []);
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const isNamed = folder !== undefined && patterns.some((glob) => vscode.languages.match({ pattern: new vscode.RelativePattern(folder, glob) }, document) > 0); // prettier-ignore
  const head = document.getText(new vscode.Range(0, 0, 400, 0)).slice(0, HEAD);
  return isOurs({ languageId, path: uri.path, head, isNamed });
}
