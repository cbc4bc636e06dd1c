// A view in a page of its own: the built bundle under the policy of the extension's host, with VS Code's colours, and a recorder in place
// of VS Code. What the view posts is kept, what the host would say is sent by the test.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Frame, Browser, Page } from 'playwright-core';
import { repository } from '../cli/command.ts';
import { themeStyle, type Theme } from './themes.ts';

export interface ViewOptions {
  /** Folder of webviews/. */
  readonly view: string;
  readonly theme?: Theme;
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
  /** What the view remembered before. */
  readonly state?: unknown;
  /** Default: English. */
  readonly language?: 'en' | 'zh-cn';
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
}

const origin = 'https://view.test';
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.map': 'application/json',
};

/** Where pictures of views are written; git does not see them. */
export const artefacts = join(repository, 'artefacts/views');

export class ViewPage {
  readonly page: Page;
  readonly #posted: { readonly type: string }[] = [];
  #listener: ((message: { readonly type: string }) => void) | undefined;
  /** Errors and refusals of the policy that the page wrote to its console. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, options: ViewOptions): Promise<ViewPage> {
    const { view, theme = 'dark', width = 1280, height = 900, state, language = 'en' } = options;
    const page = await browser.newPage({
      viewport: { width, height },
      reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
      forcedColors: options.forcedColors ? 'active' : 'none',
    });
    const opened = new ViewPage(page);
    await page.exposeFunction('__posted', (message: { type: string }) => opened.#take(message));
    await page.addInitScript(
      `let kept = ${JSON.stringify(state) ?? 'undefined'};
       globalThis.acquireVsCodeApi = () => ({ postMessage: (m) => __posted(structuredClone(m)), getState: () => kept, setState: (s) => { kept = s; globalThis.__state = s; } });`,
    );
    await page.route(`${origin}/**`, async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/') return await route.fulfill({ contentType: 'text/html', body: html(theme) });
      const file = join(repository, 'dist/webviews', view, path);
      if (!existsSync(file)) return await route.fulfill({ status: 404 });
      await route.fulfill({ contentType: types[extname(path)] ?? 'text/plain', body: readFileSync(file) });
    });
    await page.goto(origin);
    await opened.posted('ready');
    await opened.send({ type: 'start', language, sentences: sentences(language) });
    return opened;
  }

  #take(message: { readonly type: string }): void {
    if (this.#listener) this.#listener(message);
    else this.#posted.push(message);
  }

  /** Hands all that is posted from now on, and what was not taken yet, to a host in place of keeping it. */
  answer(listener: (message: { readonly type: string }) => void): void {
    this.#listener = listener;
    for (const message of this.#posted.splice(0)) listener(message);
  }

  /** Says something to the view, as its host would. */
  async send(...messages: readonly unknown[]): Promise<void> {
    await this.page.evaluate(`for (const data of ${JSON.stringify(messages)}) window.postMessage(data, '*')`);
    await this.drawn();
  }

  /** Waits until what was said is drawn. */
  async drawn(): Promise<void> {
    await this.page.evaluate('new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done))))'); // prettier-ignore
  }

  /** The next message of a type that the view posts, taken out of what was posted. */
  async posted<T extends { readonly type: string }>(type: string): Promise<T> {
    for (const began = performance.now(); performance.now() - began < 10_000;) {
      const at = this.#posted.findIndex((message) => message.type === type);
      if (at >= 0) return this.#posted.splice(at, 1)[0] as T;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(
      `The view never said "${type}": it said ${JSON.stringify(this.#posted)}. ${this.errors.join('; ')}`,
    );
  }

  /** All that was posted and not taken. */
  rest(): readonly { readonly type: string }[] {
    return this.#posted;
  }

  async remembered(): Promise<unknown> {
    return await this.page.evaluate('globalThis.__state');
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(artefacts, { recursive: true });
    await this.page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });
  }

  /** Violations that axe-core calls serious or critical, as sentences. `except`: rules that are not looked at. */
  async seriousViolations(except: readonly string[] = []): Promise<string[]> {
    return await seriousViolations(this.page, except);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}

/** The page that the host makes: the same policy, VS Code's own style sheet in short. */
function html(theme: Theme): string {
  const { style, bodyClass } = themeStyle(theme);
  const nonce = 'for-this-test';
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${origin} 'unsafe-inline'; font-src ${origin}; img-src ${origin} data:`;
  return `<!doctype html><html lang="en" style="${style}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<title>view</title><link rel="stylesheet" href="${origin}/main.css"></head>
<body class="${bodyClass}" data-vscode-theme-kind="${bodyClass}"><script type="module" nonce="${nonce}" src="${origin}/main.js"></script></body></html>`;
}

function sentences(language: string): Record<string, string> {
  if (language === 'en') return {};
  const bundle = join(repository, `dist/l10n/bundle.l10n.${language}.json`);
  return JSON.parse(readFileSync(bundle, 'utf8')) as Record<string, string>;
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core calls serious or critical in a page or a frame of it, as sentences. `except`: rules that are not looked at. */
export async function seriousViolations(page: Page | Frame, except: readonly string[] = []): Promise<string[]> {
  await page.evaluate(readFileSync(join(repository, 'node_modules/axe-core/axe.min.js'), 'utf8'));
  const violations = await page.evaluate<Violation[]>('axe.run(document).then((found) => found.violations)');
  return violations
    .filter(({ id, impact }) => !except.includes(id) && (impact === 'serious' || impact === 'critical'))
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`)); // prettier-ignore
}
