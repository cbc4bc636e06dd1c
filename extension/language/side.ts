// The language server as the extension sees it: started when the first recipe, dataset_info.json or view needs it, asked what only it knows.
import * as vscode from 'vscode';
import type { z } from 'zod';
import type { RequestName, Requests } from '../../language-server/interface/protocol.ts';
import type { LanguageServer } from './server.ts';

type Request<N extends RequestName> = z.input<Requests[N]['request']>;
type Answer<N extends RequestName> = z.output<Requests[N]['answer']>;

export class LanguageSide implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  #server: Promise<LanguageServer> | undefined;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #started = new vscode.EventEmitter<void>();
  /** What the server would answer may have changed. */
  readonly onChanged = this.#changed.event;
  readonly onStarted = this.#started.event;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
  }

  get isStarted(): boolean {
    return this.#server !== undefined;
  }

  /** Starts the server unless it runs. */
  async start(): Promise<LanguageServer> {
    this.#server ??= this.#start();
    return await this.#server;
  }

  /** Starts the server where it does not run. Throws where it answers with something else than its protocol says. */
  async ask<N extends RequestName>(name: N, request: Request<N>): Promise<Answer<N>> {
    const server = await this.start();
    return await server.ask(name, request);
  }

  async restart(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await (await server).stop();
    await this.start();
    this.#changed.fire();
  }

  async #start(): Promise<LanguageServer> {
    const { LanguageServer } = await import('./server.ts');
    try {
      const server = await LanguageServer.start(this.#extensionUri, () => this.#changed.fire());
      this.#started.fire();
      return server;
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
  }

  dispose(): void {
    void this.#server?.then((server) => server.stop()).catch(() => undefined);
    this.#changed.dispose();
    this.#started.dispose();
  }
}
