// Every sentence of the sources stands in the translations of its room, and the other way round.
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';
import * as l10n from '@vscode/l10n';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chosenLanguage, languageOf, speak } from '../daemon/language.ts';
import {
  columnFields,
  entryFields,
  sourceFields,
  tagFields,
  type Field,
} from '../daemon/recipe/dataset-info/fields.ts';
import { argumentsTable } from '../daemon/recipe/recipe.ts';
import { mergeTranslations, writeBundles } from '../scripts/l10n.ts';

/** daemon/recipe/… is the room recipe, its assist/ a room of its own, language-server/… the room language-server, webviews/run/… webviews-run. */
const roomOf = (file: string): string =>
  /^webviews\/\w+(?=\/)/.exec(file)?.[0].replace('/', '-') ??
  /^(?:daemon\/)?(?:recipe\/(?=assist\/))?([^/]+?)(?:\.ts|\/)/.exec(file)?.[1] ??
  file;

const sources = globSync('{daemon,language-server,extension,webviews}/**/*.ts')
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, contents: readFileSync(file, 'utf8'), extension: '.ts' }))
  .filter(({ contents }) => /from '@vscode\/l10n'|\bl10n\.t\(/.test(contents));

/** What the tables say of keys and fields; completion and hover show it. */
const described = new Set(
  [
    ...Object.values(argumentsTable),
    ...[sourceFields, entryFields, columnFields, tagFields].flatMap((fields) => Object.values<Field>(fields)),
  ].flatMap((entry) => ('because' in entry && entry.because !== undefined ? [entry.doc, entry.because] : [entry.doc])),
);

const rooms = Object.groupBy(sources, ({ file }) => roomOf(file));
const placeholders = (sentence: string): string[] => [...new Set(sentence.match(/\{\w+\}/g))].sort();

describe.each(readdirSync('l10n'))('%s', (language) => {
  const translated = (room: string): Record<string, string> => {
    const file = join('l10n', language, `${room}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  };

  test.each(Object.keys(rooms))('%s: no sentence is missing, none is dead', async (room) => {
    const inSources = Object.keys(await getL10nJson(rooms[room] ?? [])).sort();
    expect(Object.keys(translated(room)).sort()).toEqual(inSources);
  });

  test('tables: no description is missing, none is dead', () => {
    expect(Object.keys(translated('tables')).sort()).toEqual([...described].sort());
  });

  test('there is no room without sentences', () => {
    const files = readdirSync(join('l10n', language)).map((file) => basename(file, '.json'));
    expect(files.filter((room) => !(room in rooms) && room !== 'tables' && room !== 'manifest')).toEqual([]);
  });

  test('translations say something, with the same values in them', () => {
    for (const [english, translation] of Object.entries(mergeTranslations(join('l10n', language)))) {
      expect(translation, english).toMatch(/\p{Script=Han}/u);
      expect(placeholders(translation), english).toEqual(placeholders(english));
    }
  });
});

describe('the language of a command', () => {
  test.each([
    ['zh_CN.UTF-8', 'zh-cn'], ['zh-cn', 'zh-cn'], ['zh', 'zh-cn'], ['zh-Hans', 'zh-cn'], ['zh_TW.UTF-8', 'en'], ['C.UTF-8', 'en'], ['de_DE', 'en'],
  ])('%s → %s', (locale, language) => expect(languageOf(locale)).toBe(language)); // prettier-ignore

  test('the flag goes before ANNEAL_LANG, and that before the locale', () => {
    const environment = { ANNEAL_LANG: 'zh-cn', LANG: 'en_US.UTF-8' };
    expect([chosenLanguage('en', environment), chosenLanguage(undefined, environment)]).toEqual(['en', 'zh-cn']);
    expect([chosenLanguage(undefined, { LANG: 'zh_CN.UTF-8' }), chosenLanguage(undefined, {})]).toEqual([
      'zh-cn',
      'en',
    ]);
  });
});

describe('the bundles', () => {
  beforeAll(() => writeBundles('l10n', 'dist/l10n'));
  afterAll(() => speak('en'));

  test('both languages have the same sentences', () => {
    const folder = mkdtempSync(join(tmpdir(), 'anneal-l10n-'));
    writeBundles('l10n', folder);
    const read = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
    expect(Object.keys(read('bundle.l10n.zh-cn.json'))).toEqual(Object.keys(read('bundle.l10n.json')));
  });

  test('speaking a language changes what is said', () => {
    const sentence = '{0} is given twice; remove one of the two.';
    speak('zh-cn');
    expect(l10n.t(sentence, 'stage')).toMatch(/^stage .*\p{Script=Han}/u);
    speak('en');
    expect(l10n.t(sentence, 'stage')).toBe('stage is given twice; remove one of the two.');
  });
});
