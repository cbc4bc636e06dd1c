// npm run screenshots: takes the pictures of README anew, in a real VS Code on the embedded example, and writes them to docs/images/.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '../tests/browser/chromium.ts';
import { EditorWindow } from '../tests/vscode/window.ts';
import { installCodeServer } from './code-server/install.ts';
import { CodeServer, installExtension, writeSettings } from './code-server/server.ts';
import { isTarget, ownTarget } from './package/contents.ts';
import { makePackage, repository } from './package/make.ts';

const images = join(repository, 'docs/images');
const width = 1280;
const height = 800;
/** Milliseconds that a run of the example may take. */
const TRAINING = 120_000;

async function takePictures(window: EditorWindow, recipe: string): Promise<void> {
  const take = async (name: string): Promise<void> => {
    const path = join(images, `${name}.png`);
    await window.page.mouse.move(width / 2, height - 1);
    await window.page.screenshot({ path });
    console.log(path);
  };
  const example = readFileSync(recipe, 'utf8');
  writeFileSync(recipe, example.replace('cutoff_len:', 'cutoff_length:'));
  await window.openFile('captain.yaml');
  await window.errors.first().waitFor();
  await window.editor.locator('.codelens-decoration').first().waitFor();
  await window.command('View: Focus Problems');
  await take('recipe');
  await window.page.keyboard.press('Control+J'); // hides the problems
  writeFileSync(recipe, example);
  await window.errors.first().waitFor({ state: 'hidden' });

  await window.page.keyboard.press('Control+B'); // hides the side bar
  await window.lens(/Preview data/);
  const data = await window.view('.detail');
  await data.locator('#tab-tokens').click();
  await data.locator('.token').first().waitFor();
  await take('dataset');
  await window.command('View: Close All Editors');

  await window.openFile('captain.yaml');
  await window.lens(/Run$/);
  const run = await window.view('.state');
  await run.locator('.state.done').waitFor({ timeout: TRAINING });
  await window.showViews();
  await window.rows('Runs').first().waitFor();
  await take('run');
}

if (!isTarget(ownTarget)) throw new Error(`There is no package of Anneal for ${ownTarget}.`);
const folder = mkdtempSync(join(tmpdir(), 'anneal-screenshots-'));
const workspace = join(folder, 'small-world');
const environment = { ...process.env, ANNEAL_HOME: join(folder, 'home') };
cpSync(join(repository, 'examples/small-world'), workspace, { recursive: true, filter: (path) => !/[/\\]output$/.test(path) }); // prettier-ignore
mkdirSync(images, { recursive: true });
try {
  const places = { program: installCodeServer(console.log), folder, extensions: join(folder, 'extensions') };
  installExtension(places, makePackage(ownTarget, join(folder, 'anneal.vsix')).file);
  writeSettings(folder, {
    'security.workspace.trust.enabled': false,
    'workbench.colorTheme': 'Default Dark Modern',
    'anneal.notifyAtEnd': 'never',
  });
  const server = await CodeServer.start({ ...places, environment, token: randomBytes(16).toString('hex') });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width, height } });
    const window = new EditorWindow(page, server.address(workspace));
    await window.load();
    await takePictures(window, join(workspace, 'captain.yaml'));
  } finally {
    await browser.close();
    await server.stop();
    execFileSync(process.execPath, [join(repository, 'dist/cli.js'), 'daemon', 'stop'], { env: environment, stdio: 'ignore' }); // prettier-ignore
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
