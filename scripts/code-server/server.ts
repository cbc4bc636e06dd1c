// A browser-based VS Code on loopback, behind a token: its server is started, and stopped with everything that it started.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface CodeServerOptions {
  /** Path of VS Code's server: see installCodeServer. */
  readonly program: string;
  /** Folder for what this VS Code remembers, and for its log. */
  readonly folder: string;
  /** Folder of the installed extensions. */
  readonly extensions: string;
  /** Who knows it may open the page: anybody else on this machine, and any page in the browser, is turned away. */
  readonly token: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Default: one that is free. */
  readonly port?: number;
}

/** Settings that keep VS Code to itself: no look for updates, no experiments, nothing that needs an account. */
const quiet = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.settings.enableNaturalLanguageSearch': false,
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/** Milliseconds until it must listen, and until it must have ended once asked to. */
const STARTING = 60_000;
const ENDING = 5_000;

const dataFolder = (folder: string) => join(folder, 'data');
export const settingsFile = (folder: string) => join(dataFolder(folder), 'data/User/settings.json');
const places = ({ folder, extensions }: Pick<CodeServerOptions, 'folder' | 'extensions'>) => ['--server-data-dir', dataFolder(folder), '--extensions-dir', extensions]; // prettier-ignore

/** Installs a .vsix as `code --install-extension` does. Throws with what it said. */
export function installExtension(options: Omit<CodeServerOptions, 'token' | 'environment'>, file: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [options.program, ...places(options), '--install-extension', file, '--force'], { encoding: 'utf8' }); // prettier-ignore
  if (status !== 0) throw new Error(`${file} could not be installed: ${stdout}${stderr}`);
}

/** Settings of the user, over those that keep VS Code quiet. */
export function writeSettings(folder: string, settings: Readonly<Record<string, unknown>> = {}): void {
  const file = settingsFile(folder);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...quiet, ...settings }, null, 2)}\n`);
}

export class CodeServer {
  readonly #child: ChildProcess;
  readonly #token: string;
  /** Of its page, without the token. */
  readonly origin: string;
  readonly pid: number;

  private constructor(child: ChildProcess, token: string, port: number) {
    this.#child = child;
    this.#token = token;
    this.origin = `http://127.0.0.1:${port}`;
    this.pid = child.pid ?? 0;
  }

  static async start(options: CodeServerOptions): Promise<CodeServer> {
    const { program, folder, token, environment, port = 0 } = options;
    const listen = ['--host', '127.0.0.1', '--port', String(port), '--connection-token', token];
    const child = spawn(
      process.execPath,
      [program, ...listen, ...places(options), '--accept-server-license-terms', '--telemetry-level', 'off'],
      // a group of its own: Ctrl-C reaches who started it, who then ends it in order
      { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
    );
    const log = createWriteStream(join(folder, 'server.log'), { flags: 'a' });
    child.stderr.pipe(log, { end: false });
    const bound = await new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`VS Code's server did not start within ${STARTING / 1000} s: see ${folder}/server.log.`)), STARTING); // prettier-ignore
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        log.write(data);
        said += data.toString();
        const found = /listening on (\d+)/.exec(said)?.[1];
        if (found !== undefined) resolve(Number(found));
        if (found !== undefined) clearTimeout(late);
      });
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`VS Code's server ended with status ${code}: see ${folder}/server.log.`))); // prettier-ignore
    });
    return new CodeServer(child, token, bound);
  }

  /** The address to open in a browser, on a folder. */
  address(folder: string): string {
    const path = pathToFileURL(folder).pathname;
    return `${this.origin}/?tkn=${encodeURIComponent(this.#token)}&folder=${encodeURIComponent(decodeURIComponent(path))}`;
  }

  /** Ends it and its extension hosts. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#signal('SIGTERM');
    const late = setTimeout(() => this.#signal('SIGKILL'), ENDING);
    await ended;
    clearTimeout(late);
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-this.pid, signal);
    } catch {
      // it has ended
    }
  }
}
