// The daemon is killed while the panel looks on: it says so, comes back by itself, and no step is missing or there twice.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from './session.ts';
import { PATIENCE } from './window.ts';

const STEPS = 132;
let session: Session;
beforeAll(async () => {
  session = await Session.start();
  const file = join(session.workspace, 'captain.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('num_train_epochs: 6', 'num_train_epochs: 12'));
});
afterAll(() => session.stop());

test('kill -9 of the daemon in mid-run', async (context) => {
  const window = await session.open(context);
  await window.openFile('captain.yaml');
  await window.lens(/Run$/);
  const panel = await window.view('.state');
  const text = async (selector: string): Promise<string> => (await panel.locator(selector).first().textContent()) ?? '';
  const step = async (): Promise<number> => Number(/(\d+) \/ \d+/.exec(await text('.figures'))?.[1] ?? 0);
  await expect.poll(step, { timeout: PATIENCE }).toBeGreaterThan(3);

  // it may be back sooner than one can look: the page notes what it says meanwhile
  await panel.evaluate(
    `globalThis.said = []; new MutationObserver(() => said.push(document.querySelector('.banners').textContent)).observe(document.querySelector('.banners'), { childList: true, subtree: true })`,
  );
  const before = session.daemon();
  if (before === undefined) throw new Error('No daemon runs.');
  process.kill(before, 'SIGKILL');
  const said = (): Promise<string[]> => panel.evaluate<string[]>('said');
  await expect.poll(async () => (await said()).at(0), { timeout: PATIENCE }).toContain('The daemon does not answer');
  await expect.poll(async () => (await said()).at(-1), { timeout: PATIENCE }).toBe('');
  expect(session.daemon()).not.toBe(before);

  await expect.poll(() => text('.state'), { timeout: PATIENCE }).toMatch(/done/);
  expect(await step()).toBe(STEPS);
  // the log has a line for each step: all of them, once each
  const log = readFileSync(join(session.workspace, 'output/captain/events.jsonl'), 'utf8').trimEnd().split('\n');
  const steps = log.flatMap((line) => /"type":"step".*?"step":(\d+)/.exec(line)?.[1] ?? []).map(Number);
  expect(steps).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
});
