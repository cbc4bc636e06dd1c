// The language of what is said to people: English, or Simplified Chinese from the bundle that the build merges.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as l10n from '@vscode/l10n';

export type Language = 'en' | 'zh-cn';

/** "zh_CN.UTF-8", "zh-Hans", "zh" → zh-cn; everything else, Traditional Chinese too, is English. */
export const languageOf = (locale: string): Language => (/^zh($|[.@]|[-_](cn|sg|hans))/i.test(locale) ? 'zh-cn' : 'en');

/** The language a command line asks for: --lang, else ANNEAL_LANG, else the locale of the environment. */
export const chosenLanguage = (flag: string | undefined, environment: NodeJS.ProcessEnv): Language =>
  languageOf(
    flag ||
      environment['ANNEAL_LANG'] ||
      environment['LC_ALL'] ||
      environment['LC_MESSAGES'] ||
      environment['LANG'] ||
      'en',
  );

/** Loads the sentences of a language, for the whole process; English needs none. */
export function speak(language: Language): void {
  if (language === 'en') return l10n.config({ contents: {} });
  const here = dirname(fileURLToPath(import.meta.url));
  const name = `l10n/bundle.l10n.${language}.json`;
  // beside the bundled command, or, from the sources, in dist/
  const file = [join(here, name), join(here, '../dist', name)].find(existsSync);
  if (file !== undefined) l10n.config({ fsPath: file });
}
