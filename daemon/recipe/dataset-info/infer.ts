// Proposes an entry of dataset_info.json for a data file, from the columns that its rows have.
import { columnNames, defaultColumns, defaultTags, type ColumnName, type Formatting, type TagName } from './fields.ts';
import type { ColumnFacts, DataFacts, KeyFacts } from './facts.ts';

export interface InferredEntry {
  readonly formatting: Formatting;
  readonly ranking: boolean;
  readonly columns: Readonly<Partial<Record<ColumnName, string>>>;
  /** Only where they differ from the defaults. */
  readonly tags: Readonly<Partial<Record<TagName, string>>> | undefined;
}

type Facts = ReadonlyMap<string, ColumnFacts>;

/** Well-known names of columns, the more usual first. */
const usualNames: Readonly<Record<ColumnName, readonly string[]>> = {
  prompt: ['instruction', 'prompt', 'question', 'problem', 'user', 'human', 'source', 'input', 'query', 'text', 'content', 'document', 'title'],
  query: ['input', 'context', 'query'],
  response: ['output', 'response', 'answer', 'completion', 'assistant', 'gpt', 'target', 'reply', 'solution', 'summary', 'label_text'],
  history: ['history'],
  messages: ['conversations', 'messages', 'conversation', 'dialogue', 'dialog', 'turns', 'chat'],
  system: ['system', 'system_prompt', 'system_message'],
  tools: ['tools', 'functions'],
  images: ['images', 'image'],
  videos: ['videos', 'video'],
  audios: ['audios', 'audio'],
  chosen: ['chosen', 'preferred', 'good', 'accepted'],
  rejected: ['rejected', 'dispreferred', 'bad', 'rejected_response'],
  kto_tag: ['kto_tag', 'label', 'liked', 'desirable', 'thumbs_up', 'is_good'],
}; // prettier-ignore

const usualRoles: Readonly<Record<Exclude<TagName, 'role_tag' | 'content_tag'>, readonly string[]>> = {
  user_tag: ['human', 'user', 'prompter', 'question', 'customer'],
  assistant_tag: ['gpt', 'assistant', 'bot', 'chatgpt', 'model', 'ai', 'answer', 'agent'],
  observation_tag: ['observation', 'tool', 'tool_response', 'function_response', 'ipython'],
  function_tag: ['function_call', 'tool_call', 'function'],
  system_tag: ['system'],
};

/** Usual names of a column, for suggestions. */
export const namesFor = (column: ColumnName): readonly string[] => usualNames[column];

/** The entry that fits rows with these columns; undefined where nothing in them looks like text to learn from. */
export function inferEntry(facts: Facts): InferredEntry | undefined {
  const messages = messagesColumn(facts);
  return messages === undefined ? inferAlpaca(facts) : inferMessages(messages, facts);
}

const pick = (
  facts: Facts,
  column: ColumnName,
  fits: (column: ColumnFacts) => boolean,
  taken: ReadonlySet<string>,
): string | undefined =>
  usualNames[column]
    .flatMap((name) => [...facts.keys()].filter((known) => known.toLowerCase() === name))
    .find((name) => !taken.has(name) && fits(facts.get(name) as ColumnFacts));

const isText = ({ kinds }: ColumnFacts): boolean => kinds.has('text') && !kinds.has('list') && !kinds.has('object');
const isObject = ({ kinds }: ColumnFacts): boolean => kinds.has('object') && !kinds.has('text');
const isBoolean = ({ kinds }: ColumnFacts): boolean => kinds.has('boolean');

/** Columns that every layout can have. */
function shared(facts: Facts, taken: Set<string>): Partial<Record<ColumnName, string>> {
  const found: Partial<Record<ColumnName, string>> = {};
  const take = (column: ColumnName, fits: (column: ColumnFacts) => boolean): void => {
    const name = pick(facts, column, fits, taken);
    if (name === undefined) return;
    found[column] = name;
    taken.add(name);
  };
  take('system', isText);
  take('tools', ({ kinds }) => kinds.has('text') || kinds.has('list'));
  for (const column of ['images', 'videos', 'audios'] as const)
    take(column, ({ kinds }) => kinds.has('list') || kinds.has('text'));
  take('kto_tag', isBoolean);
  return found;
}

function inferAlpaca(facts: Facts): InferredEntry | undefined {
  const taken = new Set<string>();
  const columns: Partial<Record<ColumnName, string>> = {};
  const take = (column: ColumnName, fits: (column: ColumnFacts) => boolean = isText): boolean => {
    const name = pick(facts, column, fits, taken);
    if (name === undefined) return false;
    columns[column] = name;
    taken.add(name);
    return true;
  };
  const ranking = take('chosen') && take('rejected');
  if (!ranking) take('response');
  take('prompt');
  const extra = shared(facts, taken);
  take('query');
  take('history', ({ kinds }) => kinds.has('list'));
  const texts = [...facts].filter(([name, column]) => isText(column) && !taken.has(name)).map(([name]) => name);
  if (columns.prompt === undefined) {
    const [first] = texts.splice(0, 1);
    if (first === undefined) return undefined;
    columns.prompt = first;
  }
  // two columns of text and nothing known about them: a question and its answer
  if (!ranking && columns.response === undefined && texts.length === 1) columns.response = texts[0] as string;
  return { formatting: 'alpaca', ranking, columns: { ...columns, ...extra }, tags: undefined };
}

/** The column with lists of objects that have an author and a text. */
function messagesColumn(facts: Facts): string | undefined {
  const lists = [...facts].filter(([, { kinds, keys }]) => kinds.has('list') && messageTags(keys) !== undefined);
  const names = lists.map(([name]) => name);
  return usualNames.messages.flatMap((usual) => names.filter((name) => name.toLowerCase() === usual))[0] ?? names[0];
}

function inferMessages(name: string, facts: Facts): InferredEntry {
  const keys = facts.get(name)?.keys ?? new Map<string, KeyFacts>();
  const tags = messageTags(keys) ?? {};
  const taken = new Set([name]);
  const chosen = pick(facts, 'chosen', isObject, taken);
  const rejected = pick(facts, 'rejected', isObject, taken);
  const pair = chosen !== undefined && rejected !== undefined;
  const same = Object.entries(tags).every(([tag, value]) => defaultTags[tag as TagName] === value);
  const isOpenai = keys.has('tool_calls');
  return {
    formatting: isOpenai ? 'openai' : 'sharegpt',
    ranking: pair,
    columns: { messages: name, ...(pair ? { chosen, rejected } : {}), ...shared(facts, taken) },
    // tool_calls are read as messages of this author, whom no message names
    tags: same ? undefined : isOpenai ? { function_tag: defaultTags.function_tag as string, ...tags } : tags,
  };
}

/** Which key of messages names the author, which holds the text, and who the authors are. */
export function messageTags(
  keys: ReadonlyMap<string, KeyFacts>,
): Readonly<Partial<Record<TagName, string>>> | undefined {
  const named = (names: readonly string[]): string | undefined => names.find((name) => keys.has(name));
  const role = named(['from', 'role', 'speaker', 'author', 'sender']) ?? [...keys].find(([, { texts }]) => texts && isRoles(texts))?.[0]; // prettier-ignore
  const content = named(['value', 'content', 'text', 'message', 'utterance']);
  if (role === undefined || content === undefined || role === content) return undefined;
  const authors = keys.get(role)?.texts ?? new Set<string>();
  const found: Partial<Record<TagName, string>> = { role_tag: role, content_tag: content };
  for (const [tag, names] of Object.entries(usualRoles) as [keyof typeof usualRoles, readonly string[]][]) {
    const author = names.find((name) => authors.has(name)) ?? [...authors].find((text) => names.includes(text.toLowerCase())); // prettier-ignore
    if (author !== undefined && !Object.values(found).includes(author)) found[tag] = author;
  }
  // naming one tag resets the others: those whose defaults do no harm are kept
  found.user_tag ??= defaultTags.user_tag as string;
  found.assistant_tag ??= defaultTags.assistant_tag as string;
  return found;
}

const isRoles = (texts: ReadonlySet<string>): boolean =>
  [...texts].some((text) => usualRoles.assistant_tag.includes(text.toLowerCase()));

/** An entry as dataset_info.json has it, without what the defaults say anyway. */
export function writeEntry(fileName: string, entry: InferredEntry): Record<string, unknown> {
  const { formatting, ranking, columns, tags } = entry;
  const names = columnNames.flatMap((name) => (columns[name] === undefined ? [] : [[name, columns[name]]]));
  const needed = formatting === 'alpaca' ? (['prompt', 'query', 'response'] as const) : (['messages'] as const);
  const usual = names.length === needed.length && needed.every((column) => columns[column] === defaultColumns[column]);
  return {
    file_name: fileName,
    ...(formatting === 'alpaca' ? {} : { formatting }),
    ...(ranking ? { ranking } : {}),
    ...(usual ? {} : { columns: Object.fromEntries(names) as object }),
    ...(tags ? { tags } : {}),
  };
}

/** The proposal for a file whose facts are known. */
export const inferFromFacts = ({ columns }: DataFacts): InferredEntry | undefined => columns && inferEntry(columns);
