// VS Code for one file of tests: a server with the extension installed, folders of its own, a browser. What a failed test leaves behind is
// kept under artefacts/vscode/: a picture, playwright's trace, the logs of VS Code and of the daemon.
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { inject, type TestContext } from 'vitest';
import { CodeServer, writeSettings } from '../../scripts/code-server/server.ts';
import { launchChromium } from '../browser/chromium.ts';
import { repository } from '../cli/command.ts';
import { endProcess, isAlive } from './processes.ts';
import { EditorWindow } from './window.ts';

export interface SessionOptions {
  /** What the user would have set. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Environment of the server, over a small one of its own. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Files of the workspace: a folder to copy. Default: the embedded example. */
  readonly workspace?: string;
}

/** Whoever opens a folder is asked whether to trust it; tests that are about other things are not. */
const trusted = { 'security.workspace.trust.enabled': false };

export const artefacts = join(repository, 'artefacts/vscode');

export class Session {
  readonly folder: string;
  readonly workspace: string;
  /** ANNEAL_HOME. */
  readonly home: string;
  readonly server: CodeServer;
  readonly #browser: Browser;
  readonly #settings: Readonly<Record<string, unknown>>;

  private constructor(
    folder: string,
    server: CodeServer,
    browser: Browser,
    settings: Readonly<Record<string, unknown>>,
  ) {
    // prettier-ignore
    this.folder = folder;
    this.workspace = join(folder, 'workspace');
    this.home = join(folder, 'home');
    this.server = server;
    this.#browser = browser;
    this.#settings = settings;
  }

  static async start(options: SessionOptions = {}): Promise<Session> {
    const folder = mkdtempSync(join(tmpdir(), 'anneal-vs-'));
    const from = options.workspace ?? join(repository, 'examples/small-world');
    cpSync(from, join(folder, 'workspace'), { recursive: true, filter: (path) => !/[/\\]output$/.test(path) });
    const settings = { ...trusted, ...options.settings };
    writeSettings(folder, settings);
    // what belongs to the tests' own process stays here
    const environment = {
      PATH: process.env['PATH'],
      HOME: join(folder, 'user'),
      TMPDIR: tmpdir(),
      ANNEAL_HOME: join(folder, 'home'),
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'],
      ...options.environment,
    };
    mkdirSync(environment.HOME, { recursive: true });
    const [server, browser] = await Promise.all([
      CodeServer.start({ program: inject('program'), extensions: inject('extensions'), folder, environment, token: randomBytes(16).toString('hex') }), // prettier-ignore
      launchChromium(),
    ]);
    return new Session(folder, server, browser, settings);
  }

  /** Changes the user's settings; an open window follows. */
  set(settings: Readonly<Record<string, unknown>>): void {
    writeSettings(this.folder, { ...this.#settings, ...settings });
  }

  /** Opens a window for a test, and sees to it that a failure leaves something to look at. Default: on the workspace. */
  async open({ task, onTestFinished }: TestContext, folder = this.workspace): Promise<EditorWindow> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.tracing.start({ screenshots: true, snapshots: true });
    const page = await context.newPage();
    const window = new EditorWindow(page, this.server.address(folder));
    onTestFinished(async () => {
      if (task.result?.state === 'fail') await this.#keep(task.name, context);
      await context.close();
    });
    await window.load();
    return window;
  }

  async #keep(name: string, context: BrowserContext): Promise<void> {
    const folder = join(artefacts, 'failed', name.replace(/\W+/g, '-').toLowerCase());
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [i, page] of context.pages().entries()) await page.screenshot({ path: join(folder, `page-${i}.png`) });
    await context.tracing.stop({ path: join(folder, 'trace.zip') });
    const logs = { 'server.log': join(this.folder, 'server.log'), 'vscode-logs': join(this.folder, 'data/data/logs'), 'daemon.log': join(this.home, 'daemon.log') }; // prettier-ignore
    for (const [to, from] of Object.entries(logs))
      if (existsSync(from)) cpSync(from, join(folder, to), { recursive: statSync(from).isDirectory() });
  }

  /** Process of the daemon that runs for this session, by its lease; undefined where none does. */
  daemon(): number | undefined {
    const lease = join(this.home, 'daemon.json');
    if (!existsSync(lease)) return undefined;
    const { pid } = JSON.parse(readFileSync(lease, 'utf8')) as { pid: number };
    return isAlive(pid) ? pid : undefined;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    const daemon = this.daemon();
    if (daemon !== undefined) await endProcess(daemon);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
