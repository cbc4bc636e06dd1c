// Alpaca rows: instruction and input, an answer (or two, or one with a tag), earlier turns as pairs.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { Conversation, DroppedRow, Message } from '../conversation.ts';
import type { Origin } from '../example.ts';
import { systemText, toolsText } from './fields.ts';
import { alignMedia, type MediaFolder } from './media.ts';
import { isEmpty, kindOf, RowError, type Row } from './row.ts';
import type { WrittenRow } from './written-row.ts';

const answer = (content: string): Message => ({ role: 'assistant', content });

export function alignAlpaca(
  row: Row,
  entry: DatasetEntry,
  origin: Origin,
  folder?: MediaFolder,
  written?: WrittenRow,
): Conversation | DroppedRow {
  const { columns } = entry;
  const messages = columns.history === undefined ? [] : history(row, columns.history, origin);
  messages.push({ role: 'user', content: question(row, columns.prompt, columns.query, origin) });
  const base = {
    ...origin,
    system: systemText(row, columns.system, origin),
    tools: toolsText(row, columns.tools, origin, { written }),
    ...alignMedia(row, entry, folder),
  };
  const response = columns.response === undefined ? undefined : row[columns.response];
  const desirable = columns.kto_tag === undefined ? undefined : row[columns.kto_tag];
  if (typeof desirable === 'boolean') {
    // an empty desirable answer counts as undesirable, so nothing at all is as good there
    if (typeof response !== 'string' && !(desirable && isEmpty(response)))
      throw new RowError(origin, 'response-not-string', [columns.response ?? ''], `has ${kindOf(response)} in the column "${columns.response}", which must be the answer's text`); // prettier-ignore
    messages.push(answer(typeof response === 'string' ? response : ''));
    return { ...base, messages, desirable };
  }
  if (entry.ranking) {
    const [chosen, rejected] = [row[columns.chosen ?? ''], row[columns.rejected ?? '']];
    if (typeof chosen === 'string' && typeof rejected === 'string')
      return { ...base, messages, preference: { chosen: answer(chosen), rejected: answer(rejected) } };
    const [name, value] = typeof chosen === 'string' ? [columns.rejected, rejected] : [columns.chosen, chosen];
    const code = value === undefined ? 'missing-field' : 'response-not-string';
    return { ...origin, code, dropped: `its column "${name}" holds ${kindOf(value)} and no text`, at: [name ?? ''] };
  }
  if (typeof response === 'string') messages.push(answer(response));
  // without an answer the row is of use to pre-training and prediction only
  return { ...base, messages };
}

function history(row: Row, column: string, origin: Origin): Message[] {
  const pairs = row[column];
  if (!Array.isArray(pairs)) return [];
  return pairs.flatMap((pair: unknown, i): Message[] => {
    const [question, reply]: unknown[] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    if (typeof question !== 'string' || typeof reply !== 'string')
      throw new RowError(origin, 'history-shape', [column, i], `has a history whose item ${i + 1} is not a pair of two texts, question and answer`); // prettier-ignore
    return [{ role: 'user', content: question }, answer(reply)];
  });
}

/** Prompt and query, a line each; either is left out where it is empty. */
function question(row: Row, prompt: string | undefined, query: string | undefined, origin: Origin): string {
  const first = part(row, prompt, origin);
  const second = part(row, query, origin);
  if (first === '') return second;
  return second === '' ? first : `${first}\n${second}`;
}

function part(row: Row, column: string | undefined, origin: Origin): string {
  const value = column === undefined ? '' : row[column];
  if (typeof value === 'string') return value;
  if (isEmpty(value)) return '';
  throw new RowError(origin, 'content-not-string', [column ?? ''], `has ${kindOf(value)} in the column "${column}", which must be text`); // prettier-ignore
}
