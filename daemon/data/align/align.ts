// Rows of any layout become Conversations, with the rules (and the silences) of LLaMA-Factory 0.9.5's converters.
// A row that upstream would drop is returned as a DroppedRow with the reason.
import { UserError } from '../../errors.ts';
import type { DatasetEntry, Tags } from '../../recipe/dataset-info.ts';
import type { Conversation, DroppedRow, Message, Role } from '../conversation.ts';
import type { Origin } from '../example.ts';
import { openaiMessages, openaiSystem } from './openai.ts';
import { isRow, textOf, type Row } from './row.ts';

/** A row of an entry. Throws UserError for what stops a run upstream too: a missing column, text that is no text. */
export function alignRow(value: unknown, entry: DatasetEntry, origin: Origin): Conversation | DroppedRow {
  if (!isRow(value)) throw rowError(origin, 'is not an object');
  if (entry.formatting === 'alpaca') return alignAlpaca(value, entry, origin);
  return alignMessages(value, entry, origin);
}

export const rowError = ({ dataset, row }: Origin, what: string): UserError =>
  new UserError('row-broken', `Row ${row + 1} of the dataset ${dataset} ${what}.`);

const dropped = (origin: Origin, reason: string): DroppedRow => ({ ...origin, dropped: reason });

/** A named column's value. A row without it counts as one with null, as long as some row has it (checkColumns). */
const column = (row: Row, name: string | undefined): unknown => (name === undefined ? undefined : row[name]);

/** Throws UserError for a column that dataset_info.json names and no row has. `seen` are the names of all rows' columns. */
export function checkColumns(entry: DatasetEntry, seen: ReadonlySet<string>): void {
  const { messages, chosen, rejected, ...rest } = entry.columns;
  const { prompt, query, response, history, kto_tag: tag, system, tools } = rest;
  const alpaca = entry.formatting === 'alpaca';
  const pair = entry.ranking ? [chosen, rejected] : [];
  const needed = alpaca ? [prompt, query, response, history, tag, system, tools, ...pair] : [messages, tag, ...pair];
  // OpenAI rows may do without system and tools
  if (entry.formatting === 'sharegpt') needed.push(system, tools);
  const missing = needed.find((name) => name !== undefined && !seen.has(name));
  if (missing !== undefined) {
    throw new UserError(
      'column-missing',
      `No row of the dataset ${entry.name} has the column "${missing}" that dataset_info.json names; there are ${[...seen].slice(0, 12).join(', ')}.`,
    );
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

function optionalText(row: Row, name: string | undefined, origin: Origin): string {
  const value = column(row, name);
  if (isEmpty(value)) return '';
  if (typeof value === 'string') return value;
  // tools may be given as objects; upstream's loader hands them on as JSON text
  if (Array.isArray(value) || isRow(value)) return JSON.stringify(value);
  throw rowError(origin, `has ${typeof value} in the column "${name}", which must be text`);
}

function media(row: Row, { columns }: DatasetEntry): Pick<Conversation, 'media'> {
  const paths = (name: string | undefined): string[] => {
    const value = name === undefined ? undefined : row[name];
    const list = Array.isArray(value) ? value : isEmpty(value) ? [] : [value];
    return list.filter((entry) => typeof entry === 'string');
  };
  const found = { images: paths(columns.images), videos: paths(columns.videos), audios: paths(columns.audios) };
  return found.images.length + found.videos.length + found.audios.length > 0 ? { media: found } : {};
}

function alignAlpaca(row: Row, entry: DatasetEntry, origin: Origin): Conversation | DroppedRow {
  const { columns } = entry;
  const messages: Message[] = [];
  const history = column(row, columns.history);
  if (Array.isArray(history)) {
    for (const pair of history) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw rowError(origin, 'has a history whose items are not pairs of question and answer');
      messages.push({ role: 'user', content: String(pair[0]) }, { role: 'assistant', content: String(pair[1]) });
    }
  }
  const parts = [column(row, columns.prompt), column(row, columns.query)].filter((part) => !isEmpty(part));
  if (!parts.every((part) => typeof part === 'string')) throw rowError(origin, 'has a prompt that is not text');
  messages.push({ role: 'user', content: parts.join('\n') });

  const base = {
    ...origin,
    system: optionalText(row, columns.system, origin),
    tools: optionalText(row, columns.tools, origin),
    ...media(row, entry),
  };
  const tag = column(row, columns.kto_tag);
  const response = column(row, columns.response);
  if (typeof tag === 'boolean') {
    return { ...base, messages: [...messages, { role: 'assistant', content: textOf(response) }], desirable: tag };
  }
  if (entry.ranking) {
    const chosen = column(row, columns.chosen);
    const rejected = column(row, columns.rejected);
    if (typeof chosen !== 'string' || typeof rejected !== 'string')
      return dropped(origin, 'chosen or rejected is not text');
    const answer = (content: string): Message => ({ role: 'assistant', content });
    return { ...base, messages, preference: { chosen: answer(chosen), rejected: answer(rejected) } };
  }
  if (typeof response === 'string') messages.push({ role: 'assistant', content: response });
  // without an answer the row is of use to pre-training and prediction only
  return { ...base, messages };
}

function roleOf(author: unknown, tags: Tags): Role | undefined {
  switch (author) {
    case tags.user_tag:
      return 'user';
    case tags.assistant_tag:
      return 'assistant';
    case tags.observation_tag:
      return 'observation';
    case tags.function_tag:
      return 'function';
    case tags.system_tag:
      return 'system';
    default:
      return undefined;
  }
}

function alignMessages(row: Row, entry: DatasetEntry, origin: Origin): Conversation | DroppedRow {
  const { columns, tags } = entry;
  const openai = entry.formatting === 'openai';
  const value = column(row, columns.messages);
  if (!Array.isArray(value)) throw rowError(origin, `has no list of messages in the column "${columns.messages}"`);
  if (!tags.role_tag || !tags.content_tag)
    throw rowError(origin, 'cannot be read: dataset_info.json names tags without role_tag and content_tag');
  if (value.length === 0) return dropped(origin, 'it has no messages');
  const items = value.filter(isRow);
  let system = '';
  const [first] = items;
  const hasSystem = first !== undefined && tags.system_tag !== undefined && first[tags.role_tag] === tags.system_tag;
  if (hasSystem) system = textOf(first[tags.content_tag]);
  else system = optionalText(row, columns.system, origin);
  const tools = optionalText(row, columns.tools, origin);
  const rest = hasSystem ? items.slice(1) : items;
  if (openai) system = openaiSystem(system, tools);

  const messages: Message[] = [];
  for (const item of openai ? openaiMessages(rest, tags) : rest) {
    const role = roleOf(item[tags.role_tag], tags);
    const odd = messages.length % 2 === 0;
    const fits = odd ? role === 'user' || role === 'observation' : role === 'assistant' || role === 'function';
    if (!role || !fits)
      return dropped(
        origin,
        `message ${messages.length + 1} is from "${String(item[tags.role_tag])}", but questions and answers must alternate`,
      );
    const content = item[tags.content_tag];
    if (typeof content !== 'string') throw rowError(origin, `has a message whose ${tags.content_tag} is not text`);
    messages.push({ role, content });
  }
  const base = { ...origin, system, tools, ...media(row, entry) };
  if (entry.ranking) return alignPair(row, entry, origin, messages, base);
  if (messages.length % 2 !== 0) return dropped(origin, 'its last message is not an answer');
  const tag = column(row, columns.kto_tag);
  return typeof tag === 'boolean' ? { ...base, messages, desirable: tag } : { ...base, messages };
}

function alignPair(
  row: Row,
  { columns, tags }: DatasetEntry,
  origin: Origin,
  messages: readonly Message[],
  base: Omit<Conversation, 'messages'>,
): Conversation | DroppedRow {
  if (messages.length % 2 === 0) return dropped(origin, 'its last message is not a question');
  const answer = (name: string | undefined): Message | undefined => {
    const value = column(row, name);
    if (!isRow(value)) return undefined;
    const role = roleOf(value[tags.role_tag ?? ''], tags);
    if (role !== 'assistant' && role !== 'function')
      throw rowError(origin, 'has a chosen or rejected answer from somebody else than the assistant');
    return { role, content: textOf(value[tags.content_tag ?? '']) };
  };
  const chosen = answer(columns.chosen);
  const rejected = answer(columns.rejected);
  if (!chosen || !rejected) return dropped(origin, 'chosen or rejected is not a message');
  return { ...base, messages, preference: { chosen, rejected } };
}
