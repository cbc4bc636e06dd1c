// The files of an entry that comes from the Hugging Face hub, on disk.
import { readFile } from 'node:fs/promises';
import { chooseFiles, readConfigs, type Choice } from './choose-files.ts';
import { HubRepository, type HubOptions, type Snapshot } from './repository.ts';

/** Loads what is not there yet. Throws UserError where the repository cannot be had, or has no such subset, split or folder. */
export async function hubFiles(choice: Choice, options: HubOptions): Promise<string[]> {
  const repository = new HubRepository(choice.repository, options);
  const snapshot = await repository.snapshot();
  const readme = await textFile(repository, snapshot, 'README.md');
  const paths = snapshot.files.map(({ path }) => path);
  const chosen = chooseFiles(paths, readConfigs(readme ?? '', choice.repository), choice);
  const files: string[] = [];
  for (const path of chosen) {
    const remote = snapshot.files.find((file) => file.path === path);
    if (remote) files.push(await repository.file(snapshot, remote));
  }
  return files;
}

/** A small file's text; undefined where the repository has none of that name. */
async function textFile(repository: HubRepository, snapshot: Snapshot, path: string): Promise<string | undefined> {
  const remote = snapshot.files.find((file) => file.path === path);
  return remote && readFile(await repository.file(snapshot, remote), 'utf8');
}

/** dataset_info.json of a repository, for dataset_dir: REMOTE:owner/name. Undefined where it has none. */
export async function hubDatasetInfo(name: string, options: HubOptions): Promise<string | undefined> {
  const repository = new HubRepository(name, options);
  return textFile(repository, await repository.snapshot(), 'dataset_info.json');
}
