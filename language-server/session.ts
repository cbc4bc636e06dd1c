// One editor's session: its documents, folders and abilities, and what has been read of the machine for it.
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TextDocuments, type Connection, type InitializeParams } from 'vscode-languageserver/node';
import type { Surroundings } from '../daemon/recipe/assist/surroundings.ts';
import { viewRecipe, type RecipeView } from '../daemon/recipe/assist/view.ts';
import { isRecipe, mayBecomeRecipe } from '../daemon/recipe/is-recipe.ts';
import { Disk } from './disk.ts';
import { Places } from './places.ts';

/** What the editor can do, as far as it matters here. */
export interface Client {
  readonly watchesFiles: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesHints: boolean;
  readonly refreshesLenses: boolean;
  readonly knowsSnippets: boolean;
  /** Knows the command that opens completion anew. */
  readonly asksAgain: boolean;
}

/** What a document is: a recipe, a text that may become one, dataset_info.json, a file of rows, or none of our business. */
export type DocumentKind = 'recipe' | 'draft' | 'dataset-info' | 'rows' | 'other';

interface Known {
  readonly version: number;
  readonly kind: DocumentKind;
  view: RecipeView | undefined;
}

export class Session {
  readonly connection: Connection;
  readonly documents = new TextDocuments(TextDocument);
  readonly disk: Disk;
  readonly places = new Places();
  client: Client = { watchesFiles: false, refreshesDiagnostics: false, refreshesHints: false, refreshesLenses: false, knowsSnippets: false, asksAgain: false }; // prettier-ignore
  /** Goes up with every change of a file or document. */
  generation = 0;
  #folders: string[] = [];
  readonly #known = new WeakMap<TextDocument, Known>();

  constructor(connection: Connection) {
    this.connection = connection;
    this.disk = new Disk((path) => this.#openText(path));
    this.documents.onDidChangeContent(() => void (this.generation += 1));
    this.documents.onDidClose(() => void (this.generation += 1));
    this.documents.onDidSave(() => this.filesChanged());
  }

  start({ workspaceFolders, rootUri, capabilities, clientInfo }: InitializeParams): void {
    const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    this.#folders = uris.flatMap((uri) => pathOf(uri) ?? []);
    const { workspace, textDocument } = capabilities;
    this.client = {
      watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
      refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
      refreshesHints: workspace?.inlayHint?.refreshSupport === true,
      refreshesLenses: workspace?.codeLens?.refreshSupport === true,
      knowsSnippets: textDocument?.completion?.completionItem?.snippetSupport === true,
      asksAgain: /code|codium|cursor|windsurf/i.test(clientInfo?.name ?? ''),
    };
    this.places.look(this.#folders);
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /** Files have changed beside the editor: what was said about open documents may be out of date. */
  filesChanged(): void {
    this.generation += 1;
    this.places.look(this.#folders);
    if (this.client.refreshesDiagnostics) void this.connection.languages.diagnostics.refresh();
  }

  kindOf(document: TextDocument): DocumentKind {
    return this.#describe(document).kind;
  }

  viewOf(document: TextDocument): RecipeView {
    const known = this.#describe(document);
    return (known.view ??= viewRecipe(document.getText(), pathOf(document.uri) ?? document.uri));
  }

  /** The folder in which a recipe would run: paths in it start there. */
  workingFolder(uri: string): string {
    const path = pathOf(uri);
    if (path === undefined) return this.#folders[0] ?? '.';
    return this.#folders.find((folder) => isInside(path, folder)) ?? dirname(path);
  }

  surroundingsOf(uri: string): Surroundings {
    const folder = this.workingFolder(uri);
    return this.disk.around(folder, (what) => this.places.of(what, folder));
  }

  #describe(document: TextDocument): Known {
    const known = this.#known.get(document);
    if (known?.version === document.version) return known;
    const text = document.getText();
    const found: Known = { version: document.version, kind: kindOf(document.uri, document.languageId, text), view: undefined }; // prettier-ignore
    this.#known.set(document, found);
    return found;
  }

  #openText(path: string): string | undefined {
    return this.documents
      .all()
      .find(({ uri }) => pathOf(uri) === path)
      ?.getText();
  }
}

export function kindOf(uri: string, languageId: string, text: string): DocumentKind {
  if (uri.endsWith('/dataset_info.json')) return 'dataset-info';
  if (languageId === 'yaml' || /\.ya?ml$/i.test(uri))
    return isRecipe(text) ? 'recipe' : mayBecomeRecipe(text) ? 'draft' : 'other';
  return /\.jsonl?$/i.test(uri) ? 'rows' : 'other';
}

/** The file of a file: URI. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

const isInside = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && join(folder, way) === path && !way.startsWith(sep);
};
