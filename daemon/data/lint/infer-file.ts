// The entry of dataset_info.json that fits a file of rows nobody has described yet.
import { basename, dirname } from 'node:path';
import { inferFromFacts, writeEntry } from '../../recipe/dataset-info/infer.ts';
import { parseEntry, type DatasetEntry } from '../../recipe/dataset-info.ts';
import { describeData } from './data-facts.ts';

/** Proposes the JSON of an entry for a file, from its first rows; undefined where there is no text in them to learn from. */
export async function proposeEntry(path: string): Promise<Record<string, unknown> | undefined> {
  const facts = await describeData(dirname(path), basename(path), 1 << 20);
  const inferred = inferFromFacts(facts);
  return inferred && writeEntry(basename(path), inferred);
}

/** The same, ready to be used; the defaults where nothing can be said. */
export async function inferredEntry(path: string): Promise<DatasetEntry> {
  const proposed = (await proposeEntry(path)) ?? { file_name: basename(path) };
  return parseEntry(basename(path), proposed, path);
}
