// Rows that are lists of messages: sharegpt, and openai's with what openai.ts adds to it.
import type { DatasetEntry, Tags } from '../../recipe/dataset-info.ts';
import type { Conversation, DropCode, DroppedRow, Message, Place } from '../conversation.ts';
import type { Origin } from '../example.ts';
import { systemText, toolsText } from './fields.ts';
import { alignMedia, type MediaFolder } from './media.ts';
import { openaiSystem, openaiTurns } from './openai.ts';
import { isEmpty, isRow, kindOf, RowError, type Row } from './row.ts';
import { roleOf, weightOf, type Turn } from './turn.ts';
import type { WrittenRow } from './written-row.ts';

export function alignMessages(
  row: Row,
  entry: DatasetEntry,
  origin: Origin,
  folder?: MediaFolder,
  written?: WrittenRow,
): Conversation | DroppedRow {
  const { columns, tags } = entry;
  const openai = entry.formatting === 'openai';
  const column = columns.messages ?? '';
  const items = listOf(row[column], column, tags, origin);
  const drop = (code: DropCode, dropped: string, at: Place): DroppedRow => ({ ...origin, code, dropped, at });
  if (items.length === 0) return drop('empty-conversation', 'it has no messages', [column]);
  const [first] = items;
  const startsWithSystem = first !== undefined && tags.system_tag !== undefined && first[tags.role_tag ?? ''] === tags.system_tag; // prettier-ignore
  const turns = openai
    ? openaiTurns(items, startsWithSystem ? 1 : 0, tags, column, origin, written)
    : sharegptTurns(items, startsWithSystem ? 1 : 0, tags, column, origin);
  const misplaced = firstMisplaced(turns, tags, openai);
  if (misplaced) {
    const { role, author, index } = misplaced;
    const at = [column, index, tags.role_tag ?? ''];
    if (role === undefined) return drop('unknown-role', `its message ${index + 1} is from "${String(author)}", which is none of the tags in dataset_info.json`, at); // prettier-ignore
    return drop('role-order', `its message ${index + 1} is from "${String(author)}", but questions and answers must alternate, a question first`, at); // prettier-ignore
  }
  const odd = turns.length % 2 !== 0;
  if (entry.ranking && !odd) return drop('odd-turn-count', 'its last message is not a question', [column]);
  if (!entry.ranking && odd) return drop('odd-turn-count', 'its last message is not an answer', [column]);
  if (turns.length === 0) return drop('empty-conversation', 'it has a system text and no messages', [column]);

  const messages = turns.map((turn): Message => messageOf(turn, [column, turn.index, tags.content_tag ?? ''], origin));
  const tools = toolsText(row, columns.tools, origin, { emptyToo: openai, written });
  const own = startsWithSystem ? firstSystem(first, column, tags, origin) : systemText(row, columns.system, origin);
  const system = openai ? openaiSystem(own, tools) : own;
  const base: Conversation = { ...origin, messages, system, tools, ...alignMedia(row, entry, folder) };
  const desirable = columns.kto_tag === undefined ? undefined : row[columns.kto_tag];
  if (typeof desirable === 'boolean' && !entry.ranking) return { ...base, desirable };
  return entry.ranking ? withPair(base, row, entry, origin) : base;
}

function listOf(value: unknown, column: string, tags: Tags, origin: Origin): readonly Row[] {
  if (!Array.isArray(value))
    throw new RowError(origin, value === undefined ? 'missing-field' : 'content-not-string', value === undefined ? [] : [column], `has ${kindOf(value)} in the column "${column}", which must be a list of messages`); // prettier-ignore
  if (value.length > 0 && (!tags.role_tag || !tags.content_tag))
    throw new RowError(origin, 'tags-incomplete', [column], 'cannot be read: dataset_info.json names tags without role_tag and content_tag, so add these two'); // prettier-ignore
  const odd = value.findIndex((item) => !isRow(item));
  if (odd >= 0)
    throw new RowError(origin, 'content-not-string', [column, odd], `has ${kindOf(value[odd])} as message ${odd + 1}, which must be an object with author and text`); // prettier-ignore
  return value as Row[];
}

function sharegptTurns(items: readonly Row[], start: number, tags: Tags, column: string, origin: Origin): Turn[] {
  const turns: Turn[] = [];
  for (let index = start; index < items.length; index++) {
    const item = items[index] as Row;
    const author = item[tags.role_tag ?? ''];
    turns.push({
      role: roleOf(author, tags),
      author,
      content: item[tags.content_tag ?? ''],
      weight: weightOf(item, column, index, origin),
      index,
    });
  }
  return turns;
}

/** Sharegpt goes by the authors' names, openai by the roles they stand for; it differs where tags share a name. */
function firstMisplaced(turns: readonly Turn[], tags: Tags, byRole: boolean): Turn | undefined {
  return turns.find(({ role, author }, i) => {
    const asks = i % 2 === 0;
    if (byRole) return asks ? role !== 'user' && role !== 'observation' : role !== 'assistant' && role !== 'function';
    const name = author ?? undefined;
    return asks
      ? name !== tags.user_tag && name !== tags.observation_tag
      : name !== tags.assistant_tag && name !== tags.function_tag;
  });
}

function messageOf({ role, content, weight }: Omit<Turn, 'index' | 'author'>, at: Place, origin: Origin): Message {
  if (typeof content !== 'string') {
    const code = role === 'assistant' || role === 'function' ? 'response-not-string' : 'content-not-string';
    throw new RowError(origin, code, at, `has ${kindOf(content)} as a message's ${at.at(-1)}, which must be text`);
  }
  if (role === undefined || role === 'system')
    throw new RowError(origin, 'role-order', at, 'has a system message between others; only the first may be one');
  return weight === undefined ? { role, content } : { role, content, weight };
}

function firstSystem(first: Row, column: string, tags: Tags, origin: Origin): string {
  const value = first[tags.content_tag ?? ''];
  if (typeof value === 'string') return value;
  if (isEmpty(value)) return '';
  throw new RowError(origin, 'content-not-string', [column, 0, tags.content_tag ?? ''], `has ${kindOf(value)} as its system text`); // prettier-ignore
}

/** The two answers of a ranking row. An author of the wrong side is taken as he is, as upstream; one of no side stops. */
function withPair(
  base: Conversation,
  row: Row,
  { columns, tags }: DatasetEntry,
  origin: Origin,
): Conversation | DroppedRow {
  const pair: Message[] = [];
  for (const name of [columns.chosen ?? '', columns.rejected ?? '']) {
    const value = row[name];
    if (!isRow(value)) {
      const code = value === undefined ? 'missing-field' : 'response-not-string';
      return { ...origin, code, dropped: `its column "${name}" holds ${kindOf(value)} and no message`, at: [name] };
    }
    const author = value[tags.role_tag ?? ''];
    const role = roleOf(author, tags);
    if (role === undefined)
      throw new RowError(origin, 'unknown-role', [name, tags.role_tag ?? ''], `has an answer in the column "${name}" from "${String(author)}", which is none of the tags in dataset_info.json`); // prettier-ignore
    const content = value[tags.content_tag ?? ''];
    pair.push(messageOf({ role, content, weight: undefined }, [name, tags.content_tag ?? ''], origin));
  }
  const [chosen, rejected] = pair as [Message, Message];
  return { ...base, preference: { chosen, rejected } };
}
