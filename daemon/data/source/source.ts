// From an entry of dataset_info.json to its rows: the files that hold them in reading order, and the rows one after another.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { parseDatasetInfo, parseEntry, type DatasetEntry } from '../../recipe/dataset-info.ts';
import { columnBlocks, type ColumnFile } from './columns/column-file.ts';
import { openArrow } from './columns/arrow.ts';
import { openParquet } from './columns/parquet.ts';
import { filesOf, hubOptions, type SourceOptions } from './files.ts';
import { knownFormat } from './formats.ts';
import { hubDatasetInfo } from './hub/hub-files.ts';
import { BrokenRowError, type FileRow, type SourceRow } from './row.ts';
import { byteFile, openTextFile } from './text/layout.ts';
import { readTextBlocks, type ReadOptions } from './text/read-text.ts';

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
  for await (const rows of readBlocks(entry, folder, options)) yield* rows;
}

/** The same, as many rows at a time as are read at once. */
export async function* readBlocks(
  entry: DatasetEntry,
  folder: string,
  options: RowOptions = {},
): AsyncGenerator<readonly SourceRow[]> {
  const { onBroken } = options;
  let number = 0;
  for (const path of await filesOf(entry, folder, options)) {
    try {
      for await (const block of readFileBlocks(path, options)) {
        const rows: SourceRow[] = [];
        for (const row of block) {
          if (row instanceof BrokenRowError) {
            if (rows.length > 0 && !onBroken) yield rows;
            if (!onBroken) throw row;
            onBroken(row.at(number));
          } else {
            const { value, file, line, offset, length, text } = row;
            rows.push({ value, file, row: number, line, offset, length, text });
          }
          number += 1;
        }
        yield rows;
      }
    } catch (error) {
      if (!(error instanceof BrokenRowError)) throw error;
      if (!onBroken) throw error.at(number);
      // the borders of the file's further rows cannot be found
      onBroken(error.at(number));
    }
  }
}

type FileBlocks = AsyncGenerator<readonly (FileRow | BrokenRowError)[]>;

async function* readFileBlocks(path: string, options: RowOptions): FileBlocks {
  const format = knownFormat(path);
  if (format.kind === 'parquet' || format.kind === 'arrow') {
    yield* readColumnBlocks(await (format.kind === 'parquet' ? openParquet(path) : openArrow(path)), options);
  } else yield* readTextBlocks(await openTextFile(await byteFile(path), format), options);
}

async function* readColumnBlocks(file: ColumnFile, { signal }: RowOptions): FileBlocks {
  try {
    yield* columnBlocks(file, 0, file.rows, signal);
  } finally {
    await file.close();
  }
}
