// A language client for tests: the real server at the other end of two streams, texts with a caret, files in a folder.
import { writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import {
  CompletionRequest,
  CompletionResolveRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  FileChangeType,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type CompletionItem,
  type CompletionList,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type InitializeResult,
  type MarkupContent,
  type Position,
  type ProtocolConnection,
  type TextDocumentContentChangeEvent,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { createConnection } from 'vscode-languageserver/node';
import { serve } from '../server.ts';

export interface ClientOptions {
  readonly folder: string;
  readonly locale?: string;
  readonly capabilities?: ClientCapabilities;
  /** The built script of the data process; without it the server has none. */
  readonly dataProcess?: string;
}

const everything: ClientCapabilities = {
  textDocument: {
    completion: { completionItem: { snippetSupport: true } },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
  },
};

/** Reads "stage: |" as a text and the place of its caret. */
export function caret(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

export const positionAt = (text: string, offset: number): Position =>
  TextDocument.create('', '', 0, text).positionAt(offset);

/** A text with edits made, as an editor makes them. */
export const applyEdits = (text: string, edits: readonly TextEdit[]): string =>
  TextDocument.applyEdits(TextDocument.create('', '', 0, text), [...edits]);

export class TestClient {
  readonly connection: ProtocolConnection;
  readonly capabilities: InitializeResult['capabilities'];
  readonly folder: string;
  #version = 0;

  private constructor(connection: ProtocolConnection, result: InitializeResult, folder: string) {
    this.connection = connection;
    this.capabilities = result.capabilities;
    this.folder = folder;
  }

  /** With the server in this process. */
  static async start(options: ClientOptions): Promise<TestClient> {
    const [up, down] = [new PassThrough(), new PassThrough()];
    const { dataProcess } = options;
    serve(
      createConnection(new StreamMessageReader(up), new StreamMessageWriter(down)),
      dataProcess === undefined ? {} : { dataProcess },
    );
    return TestClient.connect(down, up, options);
  }

  /** With a server at the other end of two streams. */
  static async connect(
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream,
    { folder, locale = 'en', capabilities = everything }: ClientOptions,
  ): Promise<TestClient> {
    const connection = createProtocolConnection(new StreamMessageReader(input), new StreamMessageWriter(output));
    connection.listen();
    const uri = pathToFileURL(folder).href;
    const workspaceFolders = [{ uri, name: 'workspace' }];
    const result = await connection.sendRequest(InitializeRequest.type, { processId: null, rootUri: uri, workspaceFolders, locale, capabilities }); // prettier-ignore
    await connection.sendNotification(InitializedNotification.type, {});
    return new TestClient(connection, result, folder);
  }

  uri(path: string): string {
    return pathToFileURL(join(this.folder, path)).href;
  }

  async open(path: string, text: string, languageId = path.endsWith('.json') ? 'json' : 'yaml'): Promise<string> {
    const uri = this.uri(path);
    this.#version += 1;
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId, version: this.#version, text },
    });
    return uri;
  }

  async change(uri: string, contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
    this.#version += 1;
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: this.#version },
      contentChanges,
    });
  }

  /** Writes a file beside the editor and says so. */
  async write(path: string, text: string): Promise<void> {
    writeFileSync(join(this.folder, path), text);
    const changes = [{ uri: this.uri(path), type: FileChangeType.Changed as FileChangeType }];
    await this.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes });
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  pull(uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> {
    const previous = previousResultId === undefined ? {} : { previousResultId };
    return this.connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri }, ...previous });
  }

  async diagnostics(uri: string): Promise<Diagnostic[]> {
    const report = await this.pull(uri);
    return report.kind === 'full' ? report.items : [];
  }

  async completeAt(uri: string, position: Position): Promise<CompletionItem[]> {
    const answer: CompletionList | CompletionItem[] | null = await this.connection.sendRequest(CompletionRequest.type, {
      textDocument: { uri },
      position,
    });
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    return [...items].sort((a, b) => ((a.sortText ?? a.label) < (b.sortText ?? b.label) ? -1 : 1));
  }

  resolve(item: CompletionItem): Promise<CompletionItem> {
    return this.connection.sendRequest(CompletionResolveRequest.type, item);
  }

  /** Completion at the caret of a text. */
  async complete(path: string, marked: string): Promise<CompletionItem[]> {
    const { text, offset } = caret(marked);
    const uri = await this.open(path, text);
    const items = await this.completeAt(uri, positionAt(text, offset));
    await this.close(uri);
    return items;
  }

  async hoverAt(uri: string, position: Position): Promise<string | undefined> {
    const hover = await this.connection.sendRequest(HoverRequest.type, { textDocument: { uri }, position });
    return hover ? (hover.contents as MarkupContent).value : undefined;
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest(ShutdownRequest.type);
    this.connection.dispose();
  }
}
