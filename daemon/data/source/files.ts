// The files of an entry in reading order: one file, all files of a folder, or those a pattern fits.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { UserError } from '../../errors.ts';
import { remoteKeys, type DatasetEntry, type RemoteKey } from '../../recipe/dataset-info.ts';
import { cacheFolder } from './cache-folder.ts';
import { knownFormat } from './formats.ts';
import { hubFiles } from './hub/hub-files.ts';
import type { Patience } from './hub/patient-fetch.ts';
import type { HubOptions } from './hub/repository.ts';

/** What reading may need besides the entry. All of it has defaults for a program that runs by itself. */
export interface SourceOptions extends Patience {
  /** Where downloads and indexes are kept; default the user's cache folder. */
  readonly cache?: string | undefined;
  /** Switches and tokens (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, USE_MODELSCOPE_HUB …); default the process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** hf_hub_token of the recipe; default HF_TOKEN. */
  readonly hubToken?: string | undefined;
  /** Told of downloads: bytes of one file. */
  readonly downloading?: ((file: string, bytes: number, total: number) => void) | undefined;
}

export const hubOptions = (options: SourceOptions): HubOptions => ({
  ...options,
  cache: options.cache ?? cacheFolder(),
  environment: options.environment ?? process.env,
  token: options.hubToken,
  progress: options.downloading,
});

/** Throws UserError where there are none, where they are of several types, or of one that cannot be read. */
export async function filesOf(entry: DatasetEntry, folder: string, options: SourceOptions = {}): Promise<string[]> {
  const remote = remoteOf(entry, options.environment ?? process.env);
  if (remote === 'hf_hub_url') {
    const { subset, split, folder, sources } = entry;
    return hubFiles({ repository: sources.hf_hub_url ?? '', subset, split, folder }, hubOptions(options));
  }
  if (remote) {
    throw new UserError(
      'remote-dataset',
      `The dataset ${entry.name} comes from ${remote} (${entry.sources[remote]}), ${why[remote]}`,
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

const isOn = (value: string | undefined): boolean => ['true', 'y', '1'].includes((value ?? '').toLowerCase());

/** The source that counts. A hub comes before everything else: ModelScope or Modelers where they are selected, or alone. */
export function remoteOf({ sources }: DatasetEntry, environment: NodeJS.ProcessEnv): RemoteKey | undefined {
  const hasHf = sources.hf_hub_url !== undefined;
  if (sources.ms_hub_url && (isOn(environment['USE_MODELSCOPE_HUB']) || !hasHf)) return 'ms_hub_url';
  if (sources.om_hub_url && (isOn(environment['USE_OPENMIND_HUB']) || !hasHf)) return 'om_hub_url';
  return remoteKeys.find((key) => sources[key] !== undefined);
}

const otherHub = (switchName: string): string =>
  `a hub that Anneal does not load from: give hf_hub_url${switchName} or download it and set file_name alone.`;

const why: Readonly<Record<Exclude<RemoteKey, 'hf_hub_url'>, string>> = {
  ms_hub_url: otherHub(' (and unset USE_MODELSCOPE_HUB)'),
  om_hub_url: otherHub(' (and unset USE_OPENMIND_HUB)'),
  script_url:
    'a Python script that loads it: Anneal runs no scripts, and recent versions of datasets do not either. Save the rows as a file and set file_name alone.',
  cloud_file_name: 'which Anneal does not load from: download it and set file_name alone.',
};

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
