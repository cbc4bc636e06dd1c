// The built bundle as an editor starts it: a process that talks over --stdio, in both languages.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitNotification, ShutdownRequest } from 'vscode-languageserver-protocol/node';
import { afterEach, expect, test } from 'vitest';
import { TestClient } from './testing/client.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'tests/corpus/recipes');
let server: ChildProcess;

async function start(locale: string): Promise<TestClient> {
  server = spawn(process.execPath, [join(root, 'dist/language-server.js'), '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] }); // prettier-ignore
  if (!server.stdout || !server.stdin) throw new Error('the server has no streams');
  return TestClient.connect(server.stdout, server.stdin, { folder, locale });
}

afterEach(() => void server.kill());

const recipe = 'model_name_or_path: models/tiny-llama\nstage: sfft\ndataset: |\noutput_dir: saves/a\n';

test('findings, completion and a clean end', async () => {
  const client = await start('en');
  expect(client.capabilities.diagnosticProvider).toMatchObject({ interFileDependencies: true });
  const uri = await client.open('recipe.yaml', recipe.replace('|', ''));
  const findings = await client.diagnostics(uri);
  expect(findings.find(({ range }) => range.start.line === 1)?.message).toContain('sft');
  await client.close(uri);
  const labels = (await client.complete('recipe.yaml', recipe)).map(({ label }) => label);
  expect(labels).toContain('support_chat');
  await client.connection.sendRequest(ShutdownRequest.type);
  await client.connection.sendNotification(ExitNotification.type);
  const [status] = (await once(server, 'exit')) as [number];
  expect(status).toBe(0);
});

test('the readers of data are not loaded at the start', () => {
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(/^(?:import|\} from|import .* from) *"(\.[^"]+)"/gm))
      follow(join(file, '..', path ?? ''));
    for (const name of ['apache-arrow', 'hyparquet', 'zod'])
      expect(text, file).not.toContain(`// node_modules/${name}/`);
    expect(text, file).not.toMatch(/from "tokenizers"/);
  };
  follow(join(root, 'dist/language-server.js'));
  expect(seen.size).toBeGreaterThan(1);
});

test('speaks the language of the editor', async () => {
  const client = await start('zh-cn');
  const items = await client.complete('recipe.yaml', recipe.replace('stage: sfft\ndataset: |', 'stage: |'));
  expect(items.find(({ label }) => label === 'sft')?.labelDetails?.description).toMatch(/\p{Script=Han}/u);
});
