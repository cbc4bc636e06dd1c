// dataset_info.json: which file a data set is, how its rows are laid out, which column holds what.
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { columnsOf, sourceNames, tagsOf, type Columns, type Formatting, type Tags } from './dataset-info/fields.ts';

export type { Columns, Tags } from './dataset-info/fields.ts';

const text = z.string().nullish();

const columnsSchema = z.looseObject({
  prompt: text, query: text, response: text, history: text, messages: text, system: text, tools: text,
  images: text, videos: text, audios: text, chosen: text, rejected: text, kto_tag: text,
}); // prettier-ignore

const tagsSchema = z.looseObject({
  role_tag: text, content_tag: text, user_tag: text, assistant_tag: text, observation_tag: text, function_tag: text, system_tag: text,
}); // prettier-ignore

const entrySchema = z.looseObject({
  file_name: text,
  hf_hub_url: text,
  ms_hub_url: text,
  om_hub_url: text,
  script_url: text,
  cloud_file_name: text,
  formatting: z.enum(['alpaca', 'sharegpt', 'openai']).nullish(),
  ranking: z.boolean().nullish(),
  subset: text,
  split: text,
  folder: text,
  num_samples: z.number().int().positive().nullish(),
  columns: columnsSchema.optional(),
  tags: tagsSchema.optional(),
});

/** Sources that are not files below dataset_dir, in the order in which upstream looks for them. */
export const remoteKeys = sourceNames.filter((name) => name !== 'file_name');
export type RemoteKey = (typeof remoteKeys)[number];

/** One entry with defaults filled in. */
export interface DatasetEntry {
  readonly name: string;
  readonly fileName: string | undefined;
  /** All sources the entry names that are no file; which of them counts depends on the environment (data/source/files.ts). */
  readonly sources: Readonly<Partial<Record<RemoteKey, string>>>;
  /** The first of the sources that is not a file, as upstream would take it. */
  readonly remote: { readonly key: string; readonly value: string } | undefined;
  readonly formatting: Formatting;
  readonly ranking: boolean;
  readonly split: string;
  readonly subset: string | undefined;
  readonly folder: string | undefined;
  readonly numSamples: number | undefined;
  readonly columns: Columns;
  readonly tags: Tags;
}

/** One entry of dataset_info.json. Throws UserError where a field has the wrong type. */
export function parseEntry(name: string, value: unknown, file: string): DatasetEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      'dataset-info-entry',
      `${file}: the field ${[name, ...(issue?.path ?? [])].join('.')} cannot be used (${issue?.message}).`,
    );
  }
  const { data } = parsed;
  const remoteKey = remoteKeys.find((key) => data[key]);
  return {
    name,
    fileName: data.file_name ?? undefined,
    sources: Object.fromEntries(remoteKeys.flatMap((key) => (data[key] ? [[key, data[key]]] : []))),
    remote: remoteKey ? { key: remoteKey, value: data[remoteKey] ?? '' } : undefined,
    formatting: data.formatting ?? 'alpaca',
    ranking: data.ranking ?? false,
    split: data.split ?? 'train',
    subset: data.subset ?? undefined,
    folder: data.folder ?? undefined,
    numSamples: data.num_samples ?? undefined,
    columns: columnsOf(data.columns),
    tags: tagsOf(data.tags),
  };
}

/** The entries of a dataset_info.json by name, each parsed when it is asked for. Throws UserError where the file is not JSON. */
export function parseDatasetInfo(
  text: string,
  file: string,
): { readonly names: readonly string[]; entry(name: string): DatasetEntry } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new UserError('dataset-info-json', `${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UserError('dataset-info-json', `${file} must be one object with a data set for each key.`);
  }
  const entries = new Map(Object.entries(json));
  const names = [...entries.keys()];
  return {
    names,
    entry: (name) => {
      if (!entries.has(name)) {
        throw new UserError(
          'unknown-dataset',
          `The dataset "${name}" is not in ${file}; it has ${names.slice(0, 12).join(', ') || 'none'}.`,
        );
      }
      return parseEntry(name, entries.get(name), file);
    },
  };
}
