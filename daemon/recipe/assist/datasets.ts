// The data sets a recipe can name, and which of them suit its stage.
import * as l10n from '@vscode/l10n';
import { joinPath, type Surroundings } from './surroundings.ts';

export interface NearbyDataset {
  readonly name: string;
  /** Its entry, as it is written. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly kind: 'plain' | 'pairs' | 'thumbs' | 'text';
  /** Its file, below the working folder; undefined where it comes from elsewhere. */
  readonly file: string | undefined;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const infoPath = (datasetDir: string): string => joinPath(datasetDir, 'dataset_info.json');

/** The entries of a folder's dataset_info.json; undefined where there is none. */
export function nearbyDatasets(datasetDir: string, surroundings: Surroundings): readonly NearbyDataset[] | undefined {
  const info = surroundings.json(infoPath(datasetDir));
  if (!isObject(info)) return undefined;
  return Object.entries(info).flatMap(([name, entry]) => {
    if (!isObject(entry)) return [];
    const file = typeof entry['file_name'] === 'string' ? joinPath(datasetDir, entry['file_name']) : undefined;
    return [{ name, entry, kind: kindOf(entry), file }];
  });
}

export function kindOf(entry: Readonly<Record<string, unknown>>): NearbyDataset['kind'] {
  const columns = isObject(entry['columns']) ? entry['columns'] : undefined;
  if (entry['ranking'] === true) return 'pairs';
  if (typeof columns?.['kto_tag'] === 'string') return 'thumbs';
  const isText =
    columns !== undefined && typeof columns['prompt'] === 'string' && typeof columns['response'] !== 'string';
  return isText && entry['formatting'] === undefined ? 'text' : 'plain';
}

export function kindTitle(kind: NearbyDataset['kind']): string {
  switch (kind) {
    case 'pairs':
      return l10n.t('preference pairs');
    case 'thumbs':
      return l10n.t('thumbs up or down');
    case 'text':
      return l10n.t('plain text');
    case 'plain':
      return l10n.t('examples');
  }
}

/** The kinds that a stage uses, the fitting one first; others stop the run. */
export function kindsOf(stage: string): readonly NearbyDataset['kind'][] {
  switch (stage) {
    case 'rm':
    case 'dpo':
      return ['pairs'];
    case 'kto':
      return ['thumbs'];
    case 'pt':
      return ['text', 'plain'];
    default:
      return ['plain', 'text', 'thumbs'];
  }
}

/** Where the data lies: "support_chat.json", or the hub it comes from. */
export function sourceOf({ entry, file }: NearbyDataset): string | undefined {
  for (const key of ['hf_hub_url', 'ms_hub_url', 'om_hub_url', 'script_url', 'cloud_file_name']) {
    if (typeof entry[key] === 'string') return entry[key];
  }
  return file === undefined ? undefined : String(entry['file_name']);
}
