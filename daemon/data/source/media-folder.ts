// media_dir: where images, videos and audios of local rows are looked for.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MediaFolder } from '../align/media.ts';

/** Looks for files below `folder`; each path is looked up once. */
export function openMediaFolder(folder: string): MediaFolder {
  const found = new Map<string, string | undefined>();
  return {
    find: (path) => {
      if (found.has(path)) return found.get(path);
      const whole = resolve(folder, path);
      const there = statSync(whole, { throwIfNoEntry: false })?.isFile() ? whole : undefined;
      found.set(path, there);
      return there;
    },
  };
}
