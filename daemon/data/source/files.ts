// The files of an entry in reading order: one file, all files of a folder, or those a pattern fits.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { UserError } from '../../errors.ts';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import { knownFormat } from './formats.ts';

/** Throws UserError where there are none, where they are of several types, or of one that cannot be read. */
export async function filesOf(entry: DatasetEntry, folder: string): Promise<string[]> {
  if (entry.remote) {
    throw new UserError(
      'remote-dataset-later',
      `The dataset ${entry.name} comes from ${entry.remote.key}, which Anneal knows but cannot load yet: download it and set file_name.`,
    );
  }
  if (!entry.fileName)
    throw new UserError('dataset-no-source', `The dataset ${entry.name} has no file_name in dataset_info.json.`);
  if (entry.split !== 'train') {
    throw new UserError(
      'dataset-split',
      `The dataset ${entry.name} asks for the split "${entry.split}", but a file has only "train".`,
    );
  }
  const files = await localFiles(entry.name, entry.fileName, folder);
  const kinds = new Set(files.map((file) => knownFormat(file).kind));
  if (kinds.size > 1) {
    throw new UserError(
      'dataset-file-types',
      `The dataset ${entry.name} has files of several types (${[...kinds].join(', ')}): keep one type, or make an entry for each.`,
    );
  }
  return files;
}

async function localFiles(name: string, fileName: string, folder: string): Promise<string[]> {
  const path = join(folder, fileName);
  if (existsSync(path)) {
    if (!(await stat(path)).isDirectory()) return [path];
    // sorted, unlike upstream, whose order is the file system's; what an editor or system hides there is no data
    const names = (await readdir(path)).filter((file) => !file.startsWith('.'));
    if (names.length === 0) throw new UserError('dataset-empty', `The folder ${path} of the dataset ${name} is empty.`);
    return names.sort().map((file) => join(path, file));
  }
  const { base, glob, isGlob } = picomatch.scan(fileName);
  if (!isGlob) {
    throw new UserError(
      'dataset-file-missing',
      `The dataset ${name} names the file ${fileName}, which is not in ${folder}.`,
    );
  }
  const files = await matching(join(folder, base), glob);
  if (files.length === 0)
    throw new UserError('dataset-file-missing', `The dataset ${name}: no file in ${folder} fits ${fileName}.`);
  return files;
}

/** Files below a folder whose relative path fits a pattern, sorted. */
async function matching(folder: string, pattern: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const fits = picomatch(pattern);
  const found = await readdir(folder, {
    recursive: pattern.includes('/') || pattern.includes('**'),
    withFileTypes: true,
  });
  return found
    .filter((file) => file.isFile() || file.isSymbolicLink())
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => fits(path.slice(folder.length + 1).replaceAll('\\', '/')))
    .sort();
}
