// From an entry of dataset_info.json to the files that hold its rows.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { parseDatasetInfo, type DatasetEntry } from '../../recipe/dataset-info.ts';
import { readJsonRows, type SourceRow } from './json-rows.ts';

export type EntryLookup = (name: string) => DatasetEntry;

/** Opens dataset_info.json of a dataset_dir. Throws UserError where it is missing or broken. */
export async function openDatasetDir(folder: string): Promise<EntryLookup> {
  const path = join(folder, 'dataset_info.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      'dataset-info-missing',
      `${path} cannot be read: dataset_dir must be a folder with a dataset_info.json.`,
      { cause },
    );
  });
  return (name) => parseDatasetInfo(text, path).entry(name);
}

/** The files of an entry in reading order. Throws UserError where there are none, or of a kind that cannot be read yet. */
function filesOf(entry: DatasetEntry, folder: string): string[] {
  if (entry.remote) {
    throw new UserError(
      'remote-dataset-later',
      `The dataset ${entry.name} comes from ${entry.remote.key}, which Anneal knows but cannot load yet: download it and set file_name.`,
    );
  }
  if (!entry.fileName)
    throw new UserError('dataset-no-source', `The dataset ${entry.name} has no file_name in dataset_info.json.`);
  const path = join(folder, entry.fileName);
  if (!existsSync(path)) {
    throw new UserError(
      'dataset-file-missing',
      `The dataset ${entry.name} names the file ${entry.fileName}, which is not in ${folder}.`,
    );
  }
  if (entry.split !== 'train') {
    throw new UserError(
      'dataset-split',
      `The dataset ${entry.name} asks for the split "${entry.split}", but a file has only "train".`,
    );
  }
  const files = statSync(path).isDirectory() ? readdirSync(path).sort().map((name) => join(path, name)) : [path]; // prettier-ignore
  if (files.length === 0)
    throw new UserError('dataset-empty', `The folder ${path} of the dataset ${entry.name} is empty.`);
  for (const file of files) {
    const kind = extname(file);
    if (kind !== '.json' && kind !== '.jsonl') {
      throw new UserError(
        'dataset-file-type',
        `${file} is of a type that cannot be read yet (${kind || 'no extension'}): use .json or .jsonl.`,
      );
    }
  }
  return files;
}

/** All rows of an entry, file after file. */
export async function* readRows(
  entry: DatasetEntry,
  folder: string,
): AsyncGenerator<SourceRow & { readonly file: string }> {
  for (const file of filesOf(entry, folder)) {
    for await (const row of readJsonRows(file)) yield { ...row, file };
  }
}
