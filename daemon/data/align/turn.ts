// A message on its way into a Conversation: who wrote it, and its own word on training.
import type { Tags } from '../../recipe/dataset-info.ts';
import type { Role } from '../conversation.ts';
import type { Origin } from '../example.ts';
import { kindOf, RowError, type Row } from './row.ts';

/** A message before its place in the order is checked. Null content is refused only if the row is kept, as upstream. */
export interface Turn {
  readonly role: Role | undefined;
  readonly author: unknown;
  readonly content: unknown;
  readonly weight: number | undefined;
  /** Index in the row's list. */
  readonly index: number;
}

/** The role an author's name stands for. Tags that share a name count as the last of them; no author is a tag that is null. */
export function roleOf(author: unknown, tags: Tags): Role | undefined {
  const name = author ?? undefined;
  if (name === tags.system_tag) return 'system';
  if (name === tags.function_tag) return 'function';
  if (name === tags.observation_tag) return 'observation';
  if (name === tags.assistant_tag) return 'assistant';
  return name === tags.user_tag ? 'user' : undefined;
}

/**
 * The weight of a message: `loss`, `weight` (OpenAI's fine-tuning files) or `loss_weight` (LLaMA-Factory's v1 line); true is 1,
 * false is 0. Undefined where it says nothing. `column` and `index` say where it is. Throws RowError for anything else.
 */
export function weightOf(message: Row, column: string, index: number, origin: Origin): number | undefined {
  const value = message['loss_weight'] ?? message['weight'] ?? message['loss'];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new RowError(origin, 'loss-weight', [column, index], `has ${typeof value === 'number' ? value : kindOf(value)} as a message's loss weight: write true, false or a number from 0`); // prettier-ignore
}
