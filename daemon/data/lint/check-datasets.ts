// From a dataset_info.json to its data: findings on the entries, then on the rows of those that are sound.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { join, resolve } from 'node:path';
import * as l10n from '@vscode/l10n';
import { UserError } from '../../errors.ts';
import { inspectDatasetInfo } from '../../recipe/dataset-info/check.ts';
import { parseDatasetInfo, type DatasetEntry } from '../../recipe/dataset-info.ts';
import { parseInfo, valueOf } from '../../recipe/dataset-info/document.ts';
import type { DataFacts } from '../../recipe/dataset-info/facts.ts';
import type { Finding } from '../../recipe/finding.ts';
import { findTemplate, templateNames } from '../template/registry.ts';
import { RowsCheck, type RowsOptions } from './check-rows.ts';
import type { RowsUse } from './checker.ts';
import { describeData } from './data-facts.ts';

/** What a recipe says of how its data are used. */
export interface DataUse {
  /** The folder of dataset_info.json, as findings name it. */
  readonly datasetDir: string;
  /** Entries to look at; all where it is left out. */
  readonly names?: readonly string[] | undefined;
  readonly stage: string | undefined;
  readonly templateName: string | undefined;
  readonly cutoffLength: number | undefined;
  readonly enableThinking?: boolean | null | undefined;
  /** Where relative media paths begin; datasetDir where it is left out. */
  readonly mediaDir?: string | undefined;
}

export const INFO_FILE = 'dataset_info.json';

/** Findings on a dataset_info.json and on the rows of its entries. Nothing where there is no such file. */
export async function* checkDatasets(
  use: DataUse,
  options: RowsOptions = {},
  infoFile = INFO_FILE,
): AsyncGenerator<Finding> {
  const file = join(use.datasetDir, infoFile);
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return;
  const text = decodeInfo(bytes);
  if (text === undefined) {
    yield notUtf8(file, bytes);
    return;
  }
  const facts = await gatherFacts(text, use);
  const { findings, sound } = inspectDatasetInfo(text, file, (name) => facts.get(name), { ...(use.names ? { entries: use.names } : {}), stage: use.stage }); // prettier-ignore
  yield* findings;
  for (const name of sound) {
    const entry = readEntry(text, file, name);
    if (!entry?.fileName || entry.remote) continue;
    for (const path of await filesOf(use.datasetDir, entry.fileName))
      yield* new RowsCheck(path, { path }, rowsUse(entry, use), options).run();
  }
}

/** How the rows of an entry are used. */
export function rowsUse(
  entry: DatasetEntry,
  { stage, templateName, cutoffLength, enableThinking, datasetDir, mediaDir = datasetDir }: DataUse,
): RowsUse {
  const template = templateName !== undefined && templateNames.includes(templateName) ? findTemplate(templateName) : undefined; // prettier-ignore
  return { entry, stage, template, templateName, cutoffLength, enableThinking, mediaExists: mediaLookup(mediaDir) };
}

/** Remembers what it has seen: rows often share media. */
function mediaLookup(folder: string): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    let exists = known.get(path);
    if (exists !== undefined) return exists;
    if (known.size > 100_000) known.clear();
    exists = existsSync(resolve(folder, path)) || existsSync(path);
    known.set(path, exists);
    return exists;
  };
}

/** An entry as a run would read it; undefined where it cannot be. */
export function readEntry(text: string, file: string, name: string): DatasetEntry | undefined {
  try {
    return parseDatasetInfo(text, file).entry(name);
  } catch (cause) {
    if (cause instanceof UserError) return undefined;
    throw cause;
  }
}

export const decodeInfo = (bytes: Buffer): string | undefined =>
  isUtf8(bytes) && !bytes.subarray(0, 64).includes(0) ? bytes.toString('utf8') : undefined;

function notUtf8(file: string, bytes: Buffer): Finding {
  const wide = bytes.subarray(0, 64).includes(0) || bytes[0] === 0xff || bytes[0] === 0xfe;
  const message = wide ? l10n.t('The file is UTF-16: save it as UTF-8.') : l10n.t('The file is not UTF-8: save it as UTF-8.'); // prettier-ignore
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1, severity: 'error', code: 'file-encoding', message };
}

async function gatherFacts(text: string, { datasetDir, names }: DataUse): Promise<ReadonlyMap<string, DataFacts>> {
  const facts = new Map<string, DataFacts>();
  for (const { name, fields } of parseInfo(text, '').entries) {
    if (names && !names.includes(name)) continue;
    const field = fields.get('file_name');
    const fileName: unknown = field && valueOf(field.value);
    if (typeof fileName === 'string' && fileName !== '' && !facts.has(fileName))
      facts.set(fileName, await describeData(datasetDir, fileName));
  }
  return facts;
}

/** The files of an entry, named from where the command runs. */
async function filesOf(folder: string, fileName: string): Promise<string[]> {
  const path = /^([/\\]|[A-Za-z]:)/.test(fileName) ? fileName : join(folder, fileName);
  const found = await stat(path).catch(() => undefined);
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return (await readdir(path)).filter((name) => !name.startsWith('.')).sort().map((name) => join(path, name)); // prettier-ignore
}
