// The waist of the data room: every format is aligned to a Conversation, every template renders one.

export type Role = 'system' | 'user' | 'assistant' | 'function' | 'observation';

export interface Message {
  readonly role: Role;
  readonly content: string;
  /**
   * The row's own word on training (`loss`, `weight` or `loss_weight` of a sharegpt or openai message): 0 for not at all. Absent:
   * answers count 1, everything else 0.
   */
  readonly weight?: number;
}

/** A path, the frames of a video, or what a column of a data file holds in their place ({bytes, path}). */
export type MediaReference = string | readonly string[] | Readonly<Record<string, unknown>>;

export interface Media {
  readonly images: readonly MediaReference[];
  readonly videos: readonly MediaReference[];
  readonly audios: readonly MediaReference[];
}

/** One dataset row after alignment. Messages alternate (user | observation) and (assistant | function); system stands apart. */
export interface Conversation {
  /** Name of the dataset_info.json entry. */
  readonly dataset: string;
  /** Zero-based row number in the source, before any dropping, sampling or shuffling. */
  readonly row: number;
  readonly messages: readonly Message[];
  /** Empty when the row has none; the template's default applies then. */
  readonly system: string;
  /** Tool definitions as the JSON text of the row; empty when there are none. */
  readonly tools: string;
  /** Ranking rows: the answers that would follow `messages`. */
  readonly preference?: { readonly chosen: Message; readonly rejected: Message };
  /** KTO rows: whether the last answer is desirable. */
  readonly desirable?: boolean;
  /** What the row shows besides text; loading it is the engine's business. */
  readonly media?: Media;
}

/** Keys and indices that lead from a row to a part of it: ['conversations', 2, 'from']. Empty: the row itself. */
export type Place = readonly (string | number)[];

/** Why a row is left out: stable ids, those of the findings that the same defect gives where there is one. */
export type DropCode =
  | 'empty-conversation'
  | 'unknown-role'
  | 'role-order'
  | 'odd-turn-count'
  | 'response-not-string'
  | 'missing-field'
  | 'kto-tag-invalid'
  | 'kto-row'
  | 'too-long-to-pack'
  | 'no-text'
  /** Previews only: a row that stops a run. */
  | 'broken';

/** A row that is left out, as LLaMA-Factory leaves it out, with the reason it never tells. */
export interface DroppedRow {
  readonly dataset: string;
  readonly row: number;
  readonly code: DropCode;
  /** Continues "The row is left out, because …". */
  readonly dropped: string;
  /** Where in the row the reason is to be found. */
  readonly at: Place;
}

const emptyAnswer: Message = { role: 'assistant', content: '' };

/** The messages in front of the answer: an odd number in a row that is of use. */
export function promptOf({ messages, preference }: Conversation): readonly Message[] {
  return preference !== undefined || messages.length % 2 === 1 ? messages : messages.slice(0, -1);
}

/**
 * The answers LLaMA-Factory's converters give a row: one, none (prompt only), chosen and rejected, or for kto_tag the answer and an
 * empty one, in an order that tells which is desirable.
 */
export function answersOf({ messages, preference, desirable }: Conversation): readonly Message[] {
  if (preference) return [preference.chosen, preference.rejected];
  const answer = messages.length % 2 === 0 ? messages.at(-1) : undefined;
  if (!answer) return [];
  if (desirable === undefined) return [answer];
  return desirable ? [answer, emptyAnswer] : [emptyAnswer, answer];
}
