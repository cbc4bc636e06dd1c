// Records what the dataset view and its host say to each other over a real daemon, for the test that replays it: node tests/browser/record-dataset.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { temporary } from '../cli/command.ts';
import { DaemonHome } from '../daemon/daemon.ts';
import { launchChromium } from './chromium.ts';
import { writeWorkspace } from './dataset-data.ts';
import { LiveDataset } from './dataset-host.ts';
import { holds } from './dataset-page.ts';

const home = new DaemonHome();
const workspace = writeWorkspace(temporary('recorded'));
await home.anneal(['daemon', 'start']);
const browser = await launchChromium();
const live = await LiveDataset.open(browser, { home: home.home.folder, folders: [workspace.folder], target: { recipe: workspace.recipe } }); // prettier-ignore
const { page } = live.view;
const settled = async (): Promise<void> => {
  await holds(page, `/^\\d+$/.test(document.querySelectorAll('.filter .count')[1]?.textContent ?? '') && document.querySelector('.detail').getAttribute('aria-busy') !== 'true'`); // prettier-ignore
  await live.view.drawn();
};
await settled();
await page.fill('.go-to', '10');
await page.press('.go-to', 'Enter');
await settled();
await page.click('.filter >> text=Errors');
await settled();
await page.fill('input[aria-label=cutoff_len]', '40');
await holds(page, `!document.querySelector('.changed').hidden`);
await settled();
const text = live.said.map((said) => JSON.stringify(said).replaceAll(workspace.folder, '/home/anne/chat'));
mkdirSync(new URL('./fixtures/traffic/', import.meta.url), { recursive: true });
writeFileSync(new URL('./fixtures/traffic/dataset.jsonl', import.meta.url), `${text.join('\n')}\n`.replaceAll(/\/[^"]*?\/tests\/goldens/g, '/home/anne/models')); // prettier-ignore
await live.close();
await browser.close();
await home.end();
