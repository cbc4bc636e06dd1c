// Rows of any layout become Conversations, with the rules (and the silences) of LLaMA-Factory 0.9.5's converters.
// A row that upstream would drop is returned as a DroppedRow with the reason; one that stops a run upstream throws a RowError.
import { UserError } from '../../errors.ts';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { Conversation, DroppedRow } from '../conversation.ts';
import type { Origin } from '../example.ts';
import { alignAlpaca } from './alpaca.ts';
import type { MediaFolder } from './media.ts';
import { alignMessages } from './messages.ts';
import { isRow, kindOf, RowError } from './row.ts';
import { WrittenRow } from './written-row.ts';

/**
 * A row of an entry. `text`: as it is written, where that is JSON. Throws RowError for what stops a run upstream too: no object, text
 * that is no text.
 */
export function alignRow(
  value: unknown,
  entry: DatasetEntry,
  origin: Origin,
  media?: MediaFolder,
  text?: string,
): Conversation | DroppedRow {
  if (!isRow(value))
    throw new RowError(origin, 'row-not-object', [], `is ${kindOf(value)}: write an object with the row's columns`);
  const written = text === undefined ? undefined : new WrittenRow(text);
  return entry.formatting === 'alpaca'
    ? alignAlpaca(value, entry, origin, media, written)
    : alignMessages(value, entry, origin, media, written);
}

/** Throws UserError for a column that dataset_info.json names and no row has. `seen` are the names of all rows' columns. */
export function checkColumns(entry: DatasetEntry, seen: ReadonlySet<string>): void {
  const { messages, chosen, rejected, ...rest } = entry.columns;
  const { prompt, query, response, history, kto_tag: tag, system, tools, images, videos, audios } = rest;
  if (entry.ranking && (chosen === undefined || rejected === undefined)) {
    throw new UserError(
      'ranking-columns',
      `The dataset ${entry.name} has ranking: true, but dataset_info.json does not say in "columns" which column is chosen and which rejected.`,
    );
  }
  const needed = [tag, images, videos, audios, ...(entry.ranking ? [chosen, rejected] : [])];
  if (entry.formatting === 'alpaca') needed.push(prompt, query, response, history, system, tools);
  else needed.push(messages);
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
