// One editor's session: its documents, folders and abilities, and what has been read of the machine for it.
import { existsSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TextDocuments, type Connection, type InitializeParams } from 'vscode-languageserver/node';
import type { HintFigures } from '../daemon/recipe/assist/hints.ts';
import type { Surroundings } from '../daemon/recipe/assist/surroundings.ts';
import { viewRecipe, type RecipeView } from '../daemon/recipe/assist/view.ts';
import { filesIn } from '../daemon/files.ts';
import type { Files } from '../daemon/recipe/facts/files.ts';
import type { Finding } from '../daemon/recipe/finding.ts';
import { isRecipe, mayBecomeRecipe } from '../daemon/recipe/is-recipe.ts';
import { workingFolder } from '../daemon/recipe/working-folder.ts';
import { noAbilities, type Client, abilitiesOf } from './client.ts';
import type { DataSide } from './data-side.ts';
import { Disk } from './disk.ts';
import { Places } from './places.ts';
import type { changedNotification } from './interface/protocol.ts';
import type { Settings } from './protocol.ts';
import { surroundingsIn } from './surroundings.ts';
import { namesRecipes, noSettings, readSettings } from './settings.ts';

/** What a document is: a recipe, a text that may become one, dataset_info.json, a file of rows, or none of our business. */
export type DocumentKind = 'recipe' | 'draft' | 'dataset-info' | 'rows' | 'other';

/** What is known of one version of a document. */
interface Known {
  readonly version: number;
  readonly kind: DocumentKind;
  view: RecipeView | undefined;
  findings: { readonly generation: number; readonly found: Promise<readonly Finding[]> } | undefined;
}

/** Milliseconds within which changes count as one. */
const TOGETHER = 50;

type FindFindings = (session: Session, document: TextDocument) => Promise<readonly Finding[]>;

export class Session {
  readonly connection: Connection;
  readonly documents = new TextDocuments(TextDocument);
  readonly disk: Disk;
  readonly places = new Places();
  readonly data: DataSide;
  client: Client = noAbilities;
  /** Goes up with every change of a file or document: what was found before may no longer hold. */
  generation = 0;
  #folders: string[] = [];
  #settings: Settings = noSettings;
  #isNamedRecipe: (path: string) => boolean = () => false;
  #isRefreshing = false;
  readonly #findFindings: FindFindings;
  #known = new WeakMap<TextDocument, Known>();
  /** Documents that are not open, as they were read last. */
  readonly #files = new Map<string, Files>();
  readonly #closed = new Map<string, { readonly text: string; readonly document: TextDocument }>();

  constructor(connection: Connection, data: DataSide, findFindings: FindFindings) {
    this.connection = connection;
    this.data = data;
    this.#findFindings = findFindings;
    this.disk = new Disk((path) =>
      this.documents
        .all()
        .find(({ uri }) => pathOf(uri) === path)
        ?.getText(),
    );
    this.documents.onDidChangeContent(() => void (this.generation += 1));
    this.documents.onDidClose(() => void (this.generation += 1));
    this.documents.onDidSave(() => this.filesChanged());
  }

  start({ workspaceFolders, rootUri, capabilities, clientInfo, initializationOptions }: InitializeParams): void {
    this.client = abilitiesOf(capabilities, clientInfo?.name);
    this.#settings = readSettings(initializationOptions);
    this.openFolders(workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []));
  }

  openFolders(uris: readonly string[]): void {
    this.#folders = uris.flatMap((uri) => pathOf(uri) ?? []);
    this.#recognise();
    this.places.look(this.#folders);
  }

  /** Takes settings as the editor sends them. */
  set(settings: unknown): void {
    this.#settings = readSettings(settings);
    this.#recognise();
    this.refresh();
  }

  /** What is a recipe may have changed. */
  #recognise(): void {
    this.#isNamedRecipe = namesRecipes(this.#settings, this.#folders);
    this.#known = new WeakMap();
    this.generation += 1;
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /** Files have changed beside the editor: what was said about open documents may be out of date. */
  filesChanged(): void {
    this.generation += 1;
    this.places.look(this.#folders);
    this.refresh();
  }

  /** More is known of data than before. */
  learned(): void {
    this.generation += 1;
    this.refresh();
  }

  /** Asks the editor to ask again, once for what happens at the same time. */
  refresh(): void {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    setTimeout(() => {
      this.#isRefreshing = false;
      this.#refreshNow();
    }, TOGETHER).unref();
  }

  #refreshNow(): void {
    const { languages } = this.connection;
    if (this.client.refreshesDiagnostics) void languages.diagnostics.refresh();
    if (this.client.refreshesHints) void languages.inlayHint.refresh();
    if (this.client.refreshesLenses) void this.connection.sendRequest('workspace/codeLens/refresh');
    // named here, not imported: the schemas beside the name are loaded when they are asked for
    void this.connection.sendNotification('$/anneal/changed' satisfies typeof changedNotification);
  }

  kindOf(document: TextDocument): DocumentKind {
    return this.#describe(document).kind;
  }

  viewOf(document: TextDocument): RecipeView {
    const known = this.#describe(document);
    return (known.view ??= viewRecipe(document.getText(), pathOf(document.uri) ?? document.uri));
  }

  /** Findings of the document as it stands, made once for as long as nothing changes. */
  findingsOf(document: TextDocument): Promise<readonly Finding[]> {
    const known = this.#describe(document);
    const { generation } = this;
    if (known.findings?.generation !== generation) known.findings = { generation, found: this.#findFindings(this, document) }; // prettier-ignore
    return known.findings.found;
  }

  /** A file as a document: as it is in the editor, else as it is on disk; undefined where it cannot be read. */
  readDocument(path: string): TextDocument | undefined {
    const uri = pathToFileURL(path).href;
    const open = this.documents.get(uri);
    if (open) return open;
    const text = this.disk.text(path);
    if (text === undefined) return undefined;
    const known = this.#closed.get(uri);
    if (known?.text === text) return known.document;
    const document = TextDocument.create(uri, /\.ya?ml$/i.test(path) ? 'yaml' : 'json', 0, text);
    this.#closed.set(uri, { text, document });
    return document;
  }

  isThere(uri: string): boolean {
    return this.documents.get(uri) !== undefined || existsSync(pathOf(uri) ?? '');
  }

  /** The folder from which paths in a document start: of a recipe that in which it would run, of others their own. */
  baseFolder(document: TextDocument): string {
    const path = pathOf(document.uri);
    if (path === undefined) return this.#folders[0] ?? '.';
    const home = dirname(path);
    const kind = this.kindOf(document);
    if (kind !== 'recipe' && kind !== 'draft') return home;
    const workspace = this.#folders.find((folder) => isInside(path, folder));
    return workspace === undefined ? home : workingFolder(this.viewOf(document).recipe, workspace, home, existsSync);
  }

  /** The files that a recipe names, as rules ask about them. */
  filesOf(document: TextDocument): Files {
    const folder = this.baseFolder(document);
    const known = this.#files.get(folder) ?? filesIn(folder, (path) => this.documents.get(pathToFileURL(path).href)?.getText()); // prettier-ignore
    this.#files.set(folder, known);
    return known;
  }

  surroundingsOf(document: TextDocument): Surroundings {
    return surroundingsIn(this.baseFolder(document), this.disk, this.data, this.places);
  }

  /** Figures that take time: what has been found out so far. */
  figuresOf(document: TextDocument): HintFigures {
    const [view, folder] = [this.viewOf(document), this.baseFolder(document)];
    return { data: this.data.figures(document, view, folder), cost: this.data.cost(document, view, folder) };
  }

  #describe(document: TextDocument): Known {
    const known = this.#known.get(document);
    if (known?.version === document.version) return known;
    const { uri, languageId, version } = document;
    const found: Known = { version, kind: kindOf(uri, languageId, document.getText(), this.#isNamedRecipe), view: undefined, findings: undefined }; // prettier-ignore
    this.#known.set(document, found);
    return found;
  }
}

function kindOf(uri: string, languageId: string, text: string, isNamed: (path: string) => boolean): DocumentKind {
  if (uri.endsWith('/dataset_info.json')) return 'dataset-info';
  if (languageId === 'yaml' || /\.ya?ml$/i.test(uri))
    return isRecipe(text, isNamed(pathOf(uri) ?? '')) ? 'recipe' : mayBecomeRecipe(text) ? 'draft' : 'other';
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

const isInside = (path: string, folder: string): boolean => !relative(folder, path).startsWith('..');
