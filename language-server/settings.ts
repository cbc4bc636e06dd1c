// Settings of the editor: which YAML files are recipes whatever is in them.
import picomatch from 'picomatch';
import { isAbsolute, relative, sep } from 'node:path';
import { z } from 'zod';
import type { Settings } from './protocol.ts';

const schema = z.object({ recipes: z.array(z.string().max(500)).max(100).catch([]) });

export const noSettings: Settings = { recipes: [] };

/** Settings as an editor sends them; what cannot be used counts as not set. */
export const readSettings = (value: unknown): Settings => schema.safeParse(value ?? {}).data ?? noSettings;

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
