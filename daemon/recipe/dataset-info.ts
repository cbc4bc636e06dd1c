// dataset_info.json: which file a data set is, how its rows are laid out, which column holds what.
import { z } from 'zod';
import { UserError } from '../errors.ts';

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

type Names<K extends string> = Readonly<Record<K, string | undefined>>;

export type Columns = Names<
  'prompt' | 'query' | 'response' | 'history' | 'messages' | 'system' | 'tools' | 'images' | 'videos' | 'audios' | 'chosen' | 'rejected' | 'kto_tag'
>; // prettier-ignore

export type Tags = Names<
  'role_tag' | 'content_tag' | 'user_tag' | 'assistant_tag' | 'observation_tag' | 'function_tag' | 'system_tag'
>;

/** One entry with defaults filled in. */
export interface DatasetEntry {
  readonly name: string;
  readonly fileName: string | undefined;
  /** The first of the sources that is not a file, as upstream would take it. */
  readonly remote: { readonly key: string; readonly value: string } | undefined;
  readonly formatting: 'alpaca' | 'sharegpt' | 'openai';
  readonly ranking: boolean;
  readonly split: string;
  readonly subset: string | undefined;
  readonly folder: string | undefined;
  readonly numSamples: number | undefined;
  readonly columns: Columns;
  readonly tags: Tags;
}

const noColumns: Columns = {
  prompt: undefined, query: undefined, response: undefined, history: undefined, messages: undefined, system: undefined,
  tools: undefined, images: undefined, videos: undefined, audios: undefined, chosen: undefined, rejected: undefined, kto_tag: undefined,
}; // prettier-ignore

const defaultColumns: Columns = {
  ...noColumns,
  prompt: 'instruction',
  query: 'input',
  response: 'output',
  messages: 'conversations',
};

const noTags: Tags = {
  role_tag: undefined, content_tag: undefined, user_tag: undefined, assistant_tag: undefined,
  observation_tag: undefined, function_tag: undefined, system_tag: undefined,
}; // prettier-ignore

const defaultTags: Tags = {
  role_tag: 'from', content_tag: 'value', user_tag: 'human', assistant_tag: 'gpt',
  observation_tag: 'observation', function_tag: 'function_call', system_tag: 'system',
}; // prettier-ignore

const named = <T extends object>(defaults: T, none: T, given: object | undefined): T => {
  if (!given) return defaults;
  // upstream: naming one makes all others null
  const known = Object.entries(given).filter(([key, value]) => key in none && typeof value === 'string');
  return { ...none, ...Object.fromEntries(known) };
};

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
  const remoteKey = (['hf_hub_url', 'ms_hub_url', 'om_hub_url', 'script_url', 'cloud_file_name'] as const).find(
    (key) => data[key],
  );
  return {
    name,
    fileName: data.file_name ?? undefined,
    remote: remoteKey ? { key: remoteKey, value: data[remoteKey] ?? '' } : undefined,
    formatting: data.formatting ?? 'alpaca',
    ranking: data.ranking ?? false,
    split: data.split ?? 'train',
    subset: data.subset ?? undefined,
    folder: data.folder ?? undefined,
    numSamples: data.num_samples ?? undefined,
    columns: named(defaultColumns, noColumns, data.columns),
    tags: named(defaultTags, noTags, data.tags),
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
