// From a recipe with a slip in it to a trained model, in the real editor: finding, fix, completion, lens, run, a window reloaded in mid-run.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from './session.ts';
import { PATIENCE } from './window.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.start();
  // long enough to reload the window in the middle of it
  const recipe = readFileSync(join(session.workspace, 'captain.yaml'), 'utf8');
  const longer = recipe.replace('lora_rank: 16', 'lora_rnk: 16').replace('num_train_epochs: 6', 'num_train_epochs: 16');
  writeFileSync(join(session.workspace, 'captain.yaml'), longer);
});
afterAll(() => session.stop());

test('a recipe with a typo is mended, run, followed across a reload, and leaves its checkpoint in the tree', async (context) => {
  const window = await session.open(context);
  await window.openFile('captain.yaml');

  // the squiggle and its fix
  await window.errors.first().waitFor();
  await window.goTo(lineOf('lora_rnk'), 3);
  await window.quickFix('lora_rank');
  await window.line('lora_rank: 16').waitFor();
  await window.errors.first().waitFor({ state: 'detached' });

  // a value from the list
  await window.goTo(lineOf('lr_scheduler_type'), 'lr_scheduler_type: cosine'.length + 1);
  await window.page.keyboard.press('Control+Backspace');
  await window.type('lin');
  const offered = await window.suggestions();
  await offered
    .filter({ hasText: /^linear/ })
    .first()
    .click();
  await window.line('lr_scheduler_type: linear').waitFor();

  // Run saves the file, starts the daemon, and opens the panel
  await window.lens(/Run$/);
  let panel = await window.view('.state');
  await expect.poll(() => text('.figures'), { timeout: PATIENCE }).toMatch(/\d+ \/ 176/);
  expect(readFileSync(join(session.workspace, 'captain.yaml'), 'utf8')).toContain('lr_scheduler_type: linear');
  await window.showViews();
  await expect.poll(() => window.rows('Runs').first().textContent(), { timeout: PATIENCE }).toMatch(/captain.*\d+/);

  async function text(selector: string): Promise<string> {
    return (await panel.locator(selector).first().textContent()) ?? '';
  }
  const step = async (): Promise<number> => Number(/(\d+) \/ 176/.exec(await text('.figures'))?.[1] ?? 0);

  // a reload in mid-run: the panel is there again, and has caught up
  const before = await step();
  expect(before).toBeGreaterThan(0);
  await window.reload();
  panel = await window.view('.state');
  await expect.poll(step, { timeout: PATIENCE }).toBeGreaterThan(before);

  // the end: said once, the checkpoint listed in the panel and below the run
  await expect.poll(() => text('.state'), { timeout: 4 * PATIENCE }).toMatch(/done/);
  expect(await step()).toBe(176);
  await window.notifications.filter({ hasText: 'captain' }).first().waitFor();
});

const lineOf = (key: string): number =>
  readFileSync(join(session.workspace, 'captain.yaml'), 'utf8').split('\n').findIndex((line) => line.startsWith(`${key}:`)) + 1; // prettier-ignore
