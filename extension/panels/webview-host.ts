// One view in a panel or an editor: its page, the handshake, messages checked against the view's protocol, and what happens while it is hidden.
// VS Code throws a hidden page away; a page that is shown again says `ready` anew and is told everything anew, so nothing is kept for it.
import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { commonMessages } from '../../webviews/shared/protocol.ts';
import type { Services } from '../services.ts';
import { pageOf } from './page.ts';

/** What stands behind a view. Methods are called on one view only, in this order: ready, then message and hidden, then dispose. */
export interface ViewController<FromView> {
  /** The page has started, or started anew: send everything that it shows, and begin to follow what changes. */
  ready(): void | Promise<void>;
  /** A message that fits the view's protocol. */
  message(message: FromView): void | Promise<void>;
  /** The page is gone until it is shown again: stop following. */
  hidden(): void;
  dispose(): void;
}

export interface ViewKind<FromView> {
  /** Folder of webviews/. */
  readonly view: string;
  /** What the view may say, beside what all views say. */
  readonly fromView: z.ZodType<FromView>;
}

const common = z.discriminatedUnion('type', commonMessages);

type Surface = Pick<vscode.WebviewPanel, 'webview' | 'visible' | 'onDidChangeViewState' | 'onDidDispose' | 'title'>;

export class WebviewHost<ToView extends { readonly type: string }, FromView> {
  readonly panel: vscode.WebviewPanel;
  readonly #kind: ViewKind<FromView>;
  readonly #services: Services;
  #controller: ViewController<FromView> | undefined;
  #isReady = false;

  private constructor(panel: vscode.WebviewPanel, kind: ViewKind<FromView>, services: Services) {
    this.panel = panel;
    this.#kind = kind;
    this.#services = services;
  }

  /** Fills a panel with a view; `control` makes what stands behind it. */
  static open<ToView extends { readonly type: string }, FromView>(
    panel: vscode.WebviewPanel,
    kind: ViewKind<FromView>,
    services: Services,
    control: (host: WebviewHost<ToView, FromView>) => ViewController<FromView>,
  ): WebviewHost<ToView, FromView> {
    const host = new WebviewHost<ToView, FromView>(panel, kind, services);
    host.#start(control(host));
    return host;
  }

  /** Says something to the view. False where there is none to hear it: it is hidden, or has not started yet. */
  post(message: ToView): boolean {
    if (!this.#isReady) return false;
    void this.panel.webview.postMessage(message);
    return true;
  }

  #start(controller: ViewController<FromView>): void {
    this.#controller = controller;
    const { webview } = this.panel;
    const folder = vscode.Uri.joinPath(this.#services.context.extensionUri, 'dist/webviews', this.#kind.view);
    webview.options = { enableScripts: true, localResourceRoots: [folder], enableForms: false };
    const surface: Surface = this.panel;
    webview.onDidReceiveMessage((data: unknown) => this.#receive(data));
    surface.onDidChangeViewState(() => {
      if (!surface.visible) this.#hide();
    });
    surface.onDidDispose(() => {
      this.#hide();
      this.#controller?.dispose();
      this.#controller = undefined;
    });
    const local = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    webview.html = pageOf({
      source: webview.cspSource,
      script: local('main.js'),
      style: local('main.css'),
      nonce: randomBytes(18).toString('base64url'),
      language: vscode.env.language,
      title: surface.title,
    });
  }

  #hide(): void {
    if (!this.#isReady) return;
    this.#isReady = false;
    this.#controller?.hidden();
  }

  #receive(data: unknown): void {
    const said = common.safeParse(data).data;
    if (said?.type === 'ready') return this.#ready();
    if (said?.type === 'refused') return this.#refuse(`the view says: ${said.reason}`);
    const message = this.#kind.fromView.safeParse(data);
    if (!message.success) return this.#refuse(z.prettifyError(message.error).replaceAll('\n', ' '));
    if (!this.#isReady) return this.#refuse('a message before "ready"');
    this.#perform((controller) => controller.message(message.data));
  }

  #ready(): void {
    // a page that was made anew without having been hidden
    this.#hide();
    const { language, sentences } = this.#services;
    void this.panel.webview.postMessage({ type: 'start', language, sentences });
    this.#isReady = true;
    this.#perform((controller) => controller.ready());
  }

  #perform(act: (controller: ViewController<FromView>) => void | Promise<void>): void {
    const controller = this.#controller;
    if (!controller) return;
    Promise.resolve(controller).then(act).catch((error: unknown) => this.#services.report(error)); // prettier-ignore
  }

  #refuse(reason: string): void {
    this.#services.log.warn(`${this.#kind.view}: a message was refused: ${reason}`);
  }
}
