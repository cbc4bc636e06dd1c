// The server: what it can do, and which handler answers which request. The handlers translate; recipe/ and data/ decide.
import {
  CodeActionKind,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver/node';
import packageJson from '../package.json' with { type: 'json' };
import { languageOf, speak } from '../daemon/language.ts';
import { answerActions, fixAllKind } from './features/actions.ts';
import { answerCompletion } from './features/completion.ts';
import { answerExtension } from './features/extension.ts';
import { answerHover } from './features/hover.ts';
import { answerDiagnostics } from './features/diagnostics.ts';
import { answerLenses } from './features/lenses.ts';
import { answerNavigation } from './features/navigation.ts';
import { answerTokens, tokenLegend } from './features/tokens.ts';
import { answerStructure } from './features/structure.ts';
import { DataSide } from './data-side.ts';
import { Helper } from './helper.ts';
import { findingsIn } from './findings.ts';
import { settingsSection } from './protocol.ts';
import { Session } from './session.ts';

export interface ServerOptions {
  /** The script of the data process; without it nothing is counted, tokenised or checked as a whole. */
  readonly dataProcess?: string;
}

export function serve(connection: Connection, { dataProcess }: ServerOptions = {}): void {
  const helper = dataProcess === undefined ? undefined : new Helper(dataProcess, () => session.learned());
  const session = new Session(connection, new DataSide(helper), findingsIn);
  connection.onShutdown(() => session.data.stop());
  connection.onInitialize((params) => initialize(session, params));
  connection.onInitialized(() => begin(session));
  connection.onDidChangeConfiguration(({ settings }) => readConfiguration(session, settings));
  connection.onDidChangeWatchedFiles(() => session.filesChanged());
  answerDiagnostics(session);
  answerCompletion(session);
  answerHover(session);
  answerActions(session);
  answerNavigation(session);
  answerStructure(session);
  answerLenses(session);
  answerTokens(session);
  answerExtension(session);
  session.documents.listen(connection);
  connection.listen();
}

function initialize(session: Session, params: InitializeParams): InitializeResult {
  const language = languageOf(params.locale ?? 'en');
  speak(language);
  session.data.speak(language);
  session.start(params);
  return {
    serverInfo: { name: packageJson.displayName, version: packageJson.version },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      diagnosticProvider: { identifier: 'anneal', interFileDependencies: true, workspaceDiagnostics: true },
      completionProvider: { triggerCharacters: [' ', ':', '/', ',', '[', '"', "'", '-'], resolveProvider: true },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      renameProvider: { prepareProvider: true },
      documentLinkProvider: {},
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      documentFormattingProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
      codeLensProvider: {},
      inlayHintProvider: true,
      semanticTokensProvider: { legend: tokenLegend, full: true },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}

/** What can only be asked for once the editor is ready. */
async function begin(session: Session): Promise<void> {
  const { connection, client } = session;
  if (client.changesFolders) {
    connection.workspace.onDidChangeWorkspaceFolders(async () => {
      const folders = await connection.workspace.getWorkspaceFolders();
      session.openFolders((folders ?? []).map(({ uri }) => uri));
      session.refresh();
    });
  }
  await watchFiles(session);
  if (client.hasSettings) {
    await connection.client.register(DidChangeConfigurationNotification.type, { section: settingsSection });
    await readConfiguration(session, undefined);
  }
}

/** Settings come when they are asked for, or with the message that they have changed. */
async function readConfiguration(session: Session, sent: unknown): Promise<void> {
  const { connection, client } = session;
  const all = sent as Readonly<Record<string, unknown>> | null | undefined;
  session.set(
    client.hasSettings ? await connection.workspace.getConfiguration(settingsSection) : all?.[settingsSection],
  );
}

/** Files whose change may change what is said about a recipe that is open. */
async function watchFiles({ connection, client }: Session): Promise<void> {
  if (!client.watchesFiles) return;
  const globPattern = '**/*.{yaml,yml,json,jsonl,csv,parquet,txt,safetensors}';
  await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern }] });
}
