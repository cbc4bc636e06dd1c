// Every field of dataset_info.json: types, defaults and what each is for. Checks, completion and hover come from here.
// LLaMA-Factory 0.9.5 reads exactly these and ignores all others without a word.

export type Formatting = 'alpaca' | 'sharegpt' | 'openai';

export const formattings: readonly Formatting[] = ['alpaca', 'sharegpt', 'openai'];

export interface Field {
  readonly type: 'string' | 'boolean' | 'integer' | 'object';
  readonly default: string | boolean | null;
  readonly choices?: readonly string[];
  /** The layouts that read it; all where it is left out. */
  readonly formatting?: readonly Formatting[];
  readonly doc: string;
}

const text = (doc: string, byDefault: string | null = null, formatting?: readonly Formatting[]): Field => ({
  type: 'string',
  default: byDefault,
  doc,
  ...(formatting ? { formatting } : {}),
});

/** Where rows come from, in the order of precedence: the first that is there is taken. */
export const sourceFields = {
  hf_hub_url: text('Repository at Hugging Face.'),
  ms_hub_url: text('Repository at ModelScope; taken where that hub is selected or no Hugging Face one is given.'),
  om_hub_url: text('Repository at Modelers; taken where that hub is selected or no Hugging Face one is given.'),
  script_url: text(
    'Folder below dataset_dir with a loading script; recent versions of datasets no longer run scripts.',
  ),
  cloud_file_name: text('Address of json or jsonl in s3://, gs:// or gcs://, a file or a folder.'),
  file_name: text('File or folder, relative to dataset_dir.'),
} as const satisfies Record<string, Field>;

export const entryFields = {
  formatting: { type: 'string', default: 'alpaca', choices: formattings, doc: 'Layout of the rows.' },
  ranking: { type: 'boolean', default: false, doc: 'Rows hold a preferred and a rejected answer.' },
  subset: text('Configuration of the hub data set.'),
  split: text('Split to load.', 'train'),
  folder: text('Folder inside the hub repository.'),
  num_samples: {
    type: 'integer',
    default: null,
    doc: 'Draw this many rows at random; more than there are repeats some.',
  },
  columns: { type: 'object', default: null, doc: 'Which column holds what. Naming one resets all others to none.' },
  tags: { type: 'object', default: null, doc: 'Names inside messages. Naming one resets all others to none.' },
} as const satisfies Record<string, Field>;

const alpaca = ['alpaca'] as const;
const messages = ['sharegpt', 'openai'] as const;

export const columnFields = {
  prompt: text('Instruction: first part of the user text.', 'instruction', alpaca),
  query: text('Second part of the user text, after a line feed.', 'input', alpaca),
  response: text('Answer.', 'output', alpaca),
  history: text('Earlier turns as pairs of user and assistant text.', null, alpaca),
  messages: text('The list of messages.', 'conversations', messages),
  system: text('System text.'),
  tools: text('Tools, as a JSON string (openai: also as objects).'),
  images: text('Image path or list of paths.'),
  videos: text('Video path, list of paths or list of lists of frames.'),
  audios: text('Audio path or list of paths.'),
  chosen: text('Preferred answer: text in alpaca, a message in the others.'),
  rejected: text('Rejected answer: text in alpaca, a message in the others.'),
  kto_tag: text('true where the answer is desirable, false where not.'),
} as const satisfies Record<string, Field>;

export const tagFields = {
  role_tag: text('Field of a message that names its author.', 'from', messages),
  content_tag: text('Field of a message that holds its text.', 'value', messages),
  user_tag: text('Author name of user messages.', 'human', messages),
  assistant_tag: text('Author name of assistant messages.', 'gpt', messages),
  observation_tag: text('Author name of tool results.', 'observation', messages),
  function_tag: text('Author name of tool calls.', 'function_call', messages),
  system_tag: text('Author name of the system message.', 'system', messages),
} as const satisfies Record<string, Field>;

export type SourceName = keyof typeof sourceFields;
export type EntryName = keyof typeof entryFields;
export type ColumnName = keyof typeof columnFields;
export type TagName = keyof typeof tagFields;

export const sourceNames = Object.keys(sourceFields) as readonly SourceName[];
export const columnNames = Object.keys(columnFields) as readonly ColumnName[];
export const tagNames = Object.keys(tagFields) as readonly TagName[];
export const entryNames: readonly string[] = [...sourceNames, ...Object.keys(entryFields)];

/** A value for each name: undefined where nothing is named. */
export type Names<K extends string> = Readonly<Record<K, string | undefined>>;
export type Columns = Names<ColumnName>;
export type Tags = Names<TagName>;

const defaultsOf = <K extends string>(fields: Readonly<Record<K, Field>>): Names<K> =>
  Object.fromEntries(
    Object.entries<Field>(fields).map(([name, field]) => [name, field.default ?? undefined]),
  ) as Names<K>;
const noneOf = <K extends string>(names: readonly K[]): Names<K> =>
  Object.fromEntries(names.map((name) => [name, undefined])) as Names<K>;

export const defaultColumns: Columns = defaultsOf(columnFields);
export const defaultTags: Tags = defaultsOf(tagFields);

const named = <K extends string>(defaults: Names<K>, names: readonly K[], given: unknown): Names<K> => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return defaults;
  const texts = Object.entries(given).filter(
    ([name, value]) => (names as readonly string[]).includes(name) && typeof value === 'string',
  );
  return { ...noneOf(names), ...(Object.fromEntries(texts) as Partial<Names<K>>) };
};

/** The columns of an entry: the defaults where it names none; where it names one, all others are none (as upstream). */
export const columnsOf = (given: unknown): Columns => named(defaultColumns, columnNames, given);

/** The tags of an entry, by the same rule. */
export const tagsOf = (given: unknown): Tags => named(defaultTags, tagNames, given);
