// The manifest is what the tables say, and everything that it names is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifestFiles } from '../../scripts/manifest.ts';
import { commands as lensCommands } from '../../language-server/protocol.ts';
import { commands } from './commands.ts';
import { manifest } from './manifest.ts';
import { settings } from './settings.ts';
import { views, walkthrough, welcomes } from './views.ts';

const root = join(import.meta.dirname, '../..');
const readJson = (file: string): Record<string, string> => JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, string>; // prettier-ignore

test('package.json and package.nls*.json are up to date (npm run generate)', async () => {
  for (const [file, text] of Object.entries(await manifestFiles()))
    expect(readFileSync(join(root, file), 'utf8'), file).toBe(text);
});

test('every sentence of the manifest is translated, and nothing else', () => {
  const sentences = [...new Set(Object.values(manifest().sentences))].sort();
  for (const language of readdirSync(join(root, 'l10n')))
    expect(Object.keys(readJson(`l10n/${language}/manifest.json`)).sort()).toEqual(sentences);
});

test('translations call the same commands', () => {
  const called = (text: string): string[] => text.match(/\(command:[^)]*\)/g) ?? [];
  for (const [english, translation] of Object.entries(readJson('l10n/zh-cn/manifest.json')))
    expect(called(translation), english).toEqual(called(english));
});

describe('commands', () => {
  const known = Object.keys(commands);
  const texts = [...welcomes.map(({ contents }) => contents), ...walkthrough.steps.map(({ text }) => text)];
  const named = texts.join('\n').match(/(?<=command:)anneal\.\w+/g) ?? [];

  test('those that welcome contents, the walkthrough and lenses call exist', () => {
    expect([...named, ...Object.values(lensCommands)].filter((id) => !known.includes(id))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });

  test('none is without a way to it', () => {
    const unreachable = Object.entries<(typeof commands)[keyof typeof commands]>(commands).filter(
      ([, entry]) => entry.palette === false && !('menus' in entry),
    );
    expect(unreachable).toEqual([]);
  });

  test('titles are in the imperative and have no point', () => {
    for (const { title } of Object.values(commands)) expect(title).toMatch(/^[A-Z][^.]*…?$/);
  });
});

test('settings that say where files are written do not come with a workspace', () => {
  expect(settings['anneal.home'].scope).toBe('machine');
  expect(JSON.stringify(manifest().capabilities)).toContain('anneal.home');
});

test('pictures and pages of the manifest exist', () => {
  const files = [...Object.values(views).map(({ icon }) => icon), ...walkthrough.steps.map(({ id }) => `media/walkthrough/${id}.md`)]; // prettier-ignore
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
