// What package.json and package.nls*.json say of the extension, from its tables; as texts, so that a test can compare them.
import { readdirSync, readFileSync } from 'node:fs';
import { format } from 'prettier';
import { manifest } from '../extension/contributions/manifest.ts';

const readJson = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** Contents by file. Throws where a sentence of the manifest has no translation. */
export async function manifestFiles(): Promise<Readonly<Record<string, string>>> {
  const { contributes, activationEvents, capabilities, sentences } = manifest();
  const files: Record<string, unknown> = {
    'package.json': { ...readJson('package.json'), activationEvents, capabilities, contributes },
    'package.nls.json': sentences,
  };
  for (const language of readdirSync('l10n')) {
    const translations = readJson(`l10n/${language}/manifest.json`);
    files[`package.nls.${language}.json`] = Object.fromEntries(
      Object.entries(sentences).map(([key, sentence]) => {
        const translation = translations[sentence];
        if (translation === undefined) throw new Error(`l10n/${language}/manifest.json lacks "${sentence}".`);
        return [key, translation];
      }),
    );
  }
  const written = Object.entries(files).map(async ([file, value]) => [file, await format(JSON.stringify(value), { parser: file === 'package.json' ? 'json-stringify' : 'json', printWidth: 120 })] as const); // prettier-ignore
  return Object.fromEntries(await Promise.all(written));
}
