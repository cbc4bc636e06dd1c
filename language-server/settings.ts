// Settings of the editor: which YAML files are recipes whatever is in them.
import picomatch from 'picomatch';
import { isAbsolute, relative, sep } from 'node:path';
import type { Settings } from './protocol.ts';

export const noSettings: Settings = { recipes: [] };

/** Settings as an editor sends them; what cannot be used counts as not set. */
export function readSettings(value: unknown): Settings {
  const recipes: unknown = typeof value === 'object' && value !== null && 'recipes' in value ? value.recipes : [];
  if (!Array.isArray(recipes)) return noSettings;
  return { recipes: recipes.filter((pattern) => typeof pattern === 'string').slice(0, 100) };
}

/** Whether the setting names a file that lies in one of the folders. */
export function namesRecipes({ recipes }: Settings, folders: readonly string[]): (path: string) => boolean {
  if (recipes.length === 0) return () => false;
  const matches = picomatch([...recipes]);
  return (path) =>
    folders.some((folder) => {
      const way = relative(folder, path);
      return !way.startsWith('..') && !isAbsolute(way) && matches(way.split(sep).join('/'));
    });
}
