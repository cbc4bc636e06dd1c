// From an entry of dataset_info.json to its rows: the files that hold them in reading order, and the rows one after another.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { parseDatasetInfo, parseEntry, type DatasetEntry } from '../../recipe/dataset-info.ts';
import { columnRows, type ColumnFile } from './columns/column-file.ts';
import { openArrow } from './columns/arrow.ts';
import { openParquet } from './columns/parquet.ts';
import { filesOf, hubOptions, type SourceOptions } from './files.ts';
import { knownFormat } from './formats.ts';
import { hubDatasetInfo } from './hub/hub-files.ts';
import { BrokenRowError, type FileRow, type SourceRow } from './row.ts';
import { byteFile, openTextFile } from './text/layout.ts';
import { readTextRows, type ReadOptions } from './text/read-text.ts';

export type EntryLookup = (name: string) => DatasetEntry;

/** dataset_dir as it is written, or as a path: ONLINE and REMOTE:owner/name are no folders. */
export const datasetDirOf = (value: string, path: (value: string) => string): string =>
  value === ONLINE || value.startsWith(REMOTE) ? value : path(value);

const ONLINE = 'ONLINE';
const REMOTE = 'REMOTE:';

/**
 * Opens dataset_info.json of a dataset_dir: a folder, REMOTE:owner/name (it lies in a hub repository) or ONLINE (there is none:
 * names are hub repositories of alpaca rows). Throws UserError where it is missing or broken.
 */
export async function openDatasetDir(folder: string, options: SourceOptions = {}): Promise<EntryLookup> {
  if (folder === ONLINE) return (name) => parseEntry(name, { hf_hub_url: name }, 'dataset_dir: ONLINE');
  if (folder.startsWith(REMOTE)) {
    const repository = folder.slice(REMOTE.length);
    const text = await hubDatasetInfo(repository, hubOptions(options));
    if (text === undefined)
      throw new UserError('dataset-info-missing', `The repository ${repository} has no dataset_info.json.`);
    return (name) => parseDatasetInfo(text, `dataset_info.json of ${repository}`).entry(name);
  }
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

export type RowOptions = SourceOptions & Pick<ReadOptions, 'onBroken'>;

/**
 * All rows of an entry, file after file, in constant memory. Throws UserError where there is no file, and BrokenRowError, which
 * names file and line, at a row that cannot be read, unless `onBroken` is told of it.
 */
export async function* readRows(
  entry: DatasetEntry,
  folder: string,
  options: RowOptions = {},
): AsyncGenerator<SourceRow> {
  let number = 0;
  const { onBroken } = options;
  const numbered = { ...options, onBroken: onBroken && ((error: BrokenRowError): void => onBroken(error.at(number))) };
  try {
    for (const file of await filesOf(entry, folder, options)) {
      for await (const row of readFileRows(file, numbered)) {
        if (row) yield { ...row, row: number };
        number += 1;
      }
    }
  } catch (error) {
    throw error instanceof BrokenRowError ? error.at(number) : error;
  }
}

/** Rows of one file; undefined for a broken one that `onBroken` was told of. */
async function* readFileRows(path: string, options: RowOptions): AsyncGenerator<FileRow | undefined> {
  const format = knownFormat(path);
  if (format.kind === 'parquet' || format.kind === 'arrow') {
    yield* readColumnRows(await (format.kind === 'parquet' ? openParquet(path) : openArrow(path)), options);
  } else yield* readTextRows(await openTextFile(await byteFile(path), format), options);
}

async function* readColumnRows(file: ColumnFile, { signal }: RowOptions): AsyncGenerator<FileRow> {
  try {
    yield* columnRows(file, 0, file.rows, signal);
  } finally {
    await file.close();
  }
}
