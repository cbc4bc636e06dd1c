// Every view as the real editor shows it, in its light, dark and high-contrast themes: pictures under artefacts/vscode/, and what axe-core finds.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousViolations } from '../browser/view.ts';
import { artefacts, Session } from './session.ts';
import { PATIENCE, type EditorWindow } from './window.ts';

/** As the list of themes calls them. */
const themes = { light: 'Light Modern', dark: 'Dark Modern', 'high-contrast': 'Dark High Contrast' };
const bodyClass: Record<keyof typeof themes, string> = { light: 'vscode-light', dark: 'vscode-dark', 'high-contrast': 'vscode-high-contrast' }; // prettier-ignore

let session: Session;
beforeAll(async () => {
  session = await Session.start();
  const recipe = readFileSync(join(session.workspace, 'captain.yaml'), 'utf8').replace(
    'num_train_epochs: 6',
    'max_steps: 8',
  );
  writeFileSync(join(session.workspace, 'captain.yaml'), recipe);
  mkdirSync(artefacts, { recursive: true });
});
afterAll(() => session.stop());

/** Pictures of the window in each theme, and what is wrong with the view. */
async function look(window: EditorWindow, view: Frame, name: string): Promise<void> {
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await window.command('Preferences: Color Theme');
    await window.choose(themes[theme]);
    await expect.poll(() => view.evaluate<string>('document.body.className'), { timeout: PATIENCE }).toContain(bodyClass[theme]); // prettier-ignore
    await window.page.screenshot({ path: join(artefacts, `${name}-${theme}.png`) });
    expect(await seriousViolations(view), `${name} in ${theme}`).toEqual([]);
  }
}

test('run panel and dataset view, looked at', async (context) => {
  const window = await session.open(context);
  await window.openFile('captain.yaml');
  await window.lens(/Run$/);
  const panel = await window.view('.state');
  await panel.locator('.state.done').waitFor();
  await window.showViews();
  await window.rows('Runs').first().waitFor();
  await window.page.screenshot({ path: join(artefacts, 'trees.png') });
  await look(window, panel, 'run');
  await window.command('View: Close All Editors');

  await window.openFile('captain.yaml');
  await window.lens(/Preview data/);
  const dataset = await window.view('.detail');
  await dataset.locator('.token').first().waitFor();
  await look(window, dataset, 'dataset');
});

test('a recipe from nothing: goal, model, data, method, name', async (context) => {
  const window = await session.open(context);
  await window.command('Anneal: New Recipe…');
  // the first of each: learn from answers, the model of this folder, its first data set, an adapter
  for (const step of [1, 2, 3, 4]) {
    await window.page
      .locator('.quick-input-titlebar:visible')
      .filter({ hasText: `${step} of 4` })
      .waitFor();
    await window.quickRows.first().waitFor();
    await window.page.keyboard.press('Enter');
  }
  await window.page.locator('.quick-input-titlebar:visible').filter({ hasText: 'How is the recipe called?' }).waitFor();
  await window.page.keyboard.press('Enter');
  await window.notifications
    .filter({ hasText: 'The recipe is written, and nothing is wrong with it.' })
    .first()
    .waitFor();
  await window.line('model_name_or_path:').waitFor();
  expect(await window.errors.count()).toBe(0);
  await window.page.screenshot({ path: join(artefacts, 'new-recipe.png') });
});
