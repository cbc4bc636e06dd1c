// The waist of the data room: every format is aligned to a Conversation, every template renders one.

export type Role = 'system' | 'user' | 'assistant' | 'function' | 'observation';

export interface Message {
  readonly role: Role;
  readonly content: string;
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
  /** Paths as the row has them; loading them is the engine's business. */
  readonly media?: {
    readonly images: readonly string[];
    readonly videos: readonly string[];
    readonly audios: readonly string[];
  };
}

/** A row that is left out, as LLaMA-Factory leaves it out, with the reason it never tells. */
export interface DroppedRow {
  readonly dataset: string;
  readonly row: number;
  readonly dropped: string;
}
