// A folder that is not trusted: findings and completion are there, but nothing of it is run, and no daemon is started.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { descendants } from './processes.ts';
import { Session } from './session.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.start({
    settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' },
  }); // prettier-ignore
  const file = join(session.workspace, 'captain.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('lora_rank:', 'lora_rnk:'));
});
afterAll(() => session.stop());

test('an untrusted workspace starts nothing', async (context) => {
  const window = await session.open(context);
  await window.openFile('captain.yaml');
  await window.errors.first().waitFor();
  await window.showViews();
  await window.page.getByText('Nothing is started in a workspace that you do not trust').first().waitFor();
  const started = descendants(session.server.pid).map(({ command }) => command);
  expect(started.some((command) => command.includes('language-server.js'))).toBe(true);
  expect(started.filter((command) => /dist\/(daemon|worker|reader|cli)\.js/.test(command))).toEqual([]);
  expect(session.daemon()).toBeUndefined();
});
