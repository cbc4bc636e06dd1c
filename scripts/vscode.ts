// npm run vscode: the extension in a browser-based VS Code, on a copy of examples/. Ctrl-C ends it, and the daemon that it started.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installCodeServer, webFolder } from './code-server/install.ts';
import { CodeServer, installExtension, settingsFile, writeSettings } from './code-server/server.ts';
import { isTarget, ownTarget } from './package/contents.ts';
import { makePackage, repository } from './package/make.ts';

if (!isTarget(ownTarget)) {
  console.error(`There is no package of Anneal for ${ownTarget}.`);
  process.exit(1);
}
const program = installCodeServer(console.log);
const folder = join(webFolder, 'try');
const workspace = join(folder, 'examples');
const home = join(folder, 'home');
mkdirSync(folder, { recursive: true });
const examples = join(repository, 'examples');
// what was changed there stays as it is: delete .vscode-web/try to begin anew
if (!existsSync(workspace)) cpSync(examples, workspace, { recursive: true, filter: (path) => !/[/\\]output$/.test(path) }); // prettier-ignore

console.log('Packing the extension …');
const vsix = join(webFolder, 'anneal.vsix');
makePackage(ownTarget, vsix);
const extensions = join(folder, 'extensions');
installExtension({ program, folder, extensions }, vsix);
// the folder is a copy of our own examples: nobody need be asked whether to trust it
if (!existsSync(settingsFile(folder))) writeSettings(folder, { 'security.workspace.trust.enabled': false });

const environment = { ...process.env, ANNEAL_HOME: home };
const server = await CodeServer.start({
  program,
  folder,
  extensions,
  environment,
  token: randomBytes(16).toString('hex'),
});
console.log(`
Anneal in VS Code: ${server.address(workspace)}

Open small-world/captain.yaml and press "Run" above its first line. What you change is kept in .vscode-web/try.
Ctrl-C ends VS Code and the daemon with its runs.`);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  console.log('\nEnding …');
  await server.stop();
  // the daemon outlives windows; this one belongs to this try only
  execFileSync(process.execPath, [join(repository, 'dist/cli.js'), 'daemon', 'stop'], { env: environment, stdio: 'ignore' }); // prettier-ignore
  process.exit(0);
}
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());
process.on('SIGHUP', () => void end());
