// Merges the translations of l10n/LANGUAGE/ROOM.json into one bundle a language, as VS Code and @vscode/l10n read them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Sentences = Record<string, string>;

const readJson = (file: string): Sentences => JSON.parse(readFileSync(file, 'utf8')) as Sentences;

/** English sentence → translation, from all rooms. Throws where two rooms translate a sentence differently. */
export function mergeTranslations(folder: string): Sentences {
  const merged: Sentences = {};
  for (const file of readdirSync(folder).sort()) {
    for (const [english, translation] of Object.entries(readJson(join(folder, file)))) {
      if (merged[english] !== undefined && merged[english] !== translation)
        throw new Error(`${join(folder, file)} translates "${english}" differently from another room.`);
      merged[english] = translation;
    }
  }
  return merged;
}

/** Writes bundle.l10n.json (English to itself) and bundle.l10n.LANGUAGE.json for each language. */
export function writeBundles(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const language of readdirSync(source).sort()) {
    const merged = mergeTranslations(join(source, language));
    const english = Object.fromEntries(Object.keys(merged).map((sentence) => [sentence, sentence]));
    writeFileSync(join(target, `bundle.l10n.${language}.json`), JSON.stringify(merged));
    writeFileSync(join(target, 'bundle.l10n.json'), JSON.stringify(english));
  }
}
