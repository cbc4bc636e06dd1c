// The language server's process and the client of its protocol. Loaded with the first document that needs it.
import * as vscode from 'vscode';
import { LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
import type { z } from 'zod';
import {
  changedNotification,
  requests,
  type RequestName,
  type Requests,
} from '../../language-server/interface/protocol.ts';

type Request<N extends RequestName> = z.input<Requests[N]['request']>;
type Answer<N extends RequestName> = z.output<Requests[N]['answer']>;

const documents = [
  ...['file', 'untitled'].map((scheme) => ({ scheme, language: 'yaml' })),
  { scheme: 'file', pattern: '**/dataset_info.json' },
  { scheme: 'file', pattern: '**/*.{json,jsonl}' },
];

export class LanguageServer {
  readonly #client: LanguageClient;

  private constructor(client: LanguageClient) {
    this.#client = client;
  }

  /** `changed` is called when what the server would answer may have changed. */
  static async start(extensionUri: vscode.Uri, changed: () => void): Promise<LanguageServer> {
    const module = vscode.Uri.joinPath(extensionUri, 'dist/language-server.js').fsPath;
    const settings = vscode.workspace.getConfiguration('anneal');
    const client = new LanguageClient(
      'anneal',
      'Anneal Language Server',
      // the process of the extension host serves as Node: none needs to be installed
      { module, transport: TransportKind.ipc },
      {
        documentSelector: documents,
        initializationOptions: { recipes: settings.get('recipes', []) },
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        markdown: { isTrusted: false },
      },
    );
    client.onNotification(changedNotification, changed);
    await client.start();
    return new LanguageServer(client);
  }

  async ask<N extends RequestName>(name: N, request: Request<N>): Promise<Answer<N>> {
    const { method, answer } = requests[name];
    const answered: unknown = await this.#client.sendRequest(method, request);
    const read = answer.safeParse(answered);
    if (read.success) return read.data as Answer<N>;
    this.#client.error(`The answer to ${method} was refused: ${read.error.message}`, undefined, false);
    throw read.error;
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }
}
