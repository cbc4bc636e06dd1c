// Installs the browser-based VS Code into .vscode-web/, which git ignores: exactly what its lock file says, without install scripts (they
// need a compiler; what is lacking then, spdlog's native part, VS Code does without).
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));
export const webFolder = join(repository, '.vscode-web');

/** Where VS Code's server lies within the npm package. */
const vscode = 'node_modules/code-server/lib/vscode';

/** Path of VS Code's server, installed where it is not. Throws with what npm said. */
export function installCodeServer(say: (sentence: string) => void = () => {}): string {
  const folder = join(webFolder, 'code-server');
  const server = join(folder, vscode, 'out/server-main.js');
  if (isUpToDate(folder) && existsSync(server)) return server;
  say('Installing a browser-based VS Code (code-server) into .vscode-web/, once …');
  const making = join(webFolder, `making-${process.pid}`);
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(here, file), join(making, file));
  npm('ci', making);
  // what it carries has a lock file of its own, which lacks one package: "npm ci" would refuse it
  npm('install', join(making, vscode));
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
  return server;
}

function isUpToDate(folder: string): boolean {
  const lock = join(folder, 'package-lock.json');
  return existsSync(lock) && readFileSync(lock, 'utf8') === readFileSync(join(here, 'package-lock.json'), 'utf8');
}

function npm(verb: 'ci' | 'install', cwd: string): void {
  // one string and a shell, because npm is a script on Windows
  const command = `npm ${verb} --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error`;
  const { status, stderr } = spawnSync(command, { cwd, shell: true, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' }); // prettier-ignore
  if (status !== 0) throw new Error(`code-server could not be installed: "${command}" in ${cwd} said: ${stderr}`);
}
