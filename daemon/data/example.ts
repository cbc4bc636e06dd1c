// What the trainer sees: token ids with labels (Example), pairs and prompts for the other stages, and padded groups (Batch).

/** Label of a position that is not trained; the value torch's cross entropy ignores. */
export const IGNORED = -100;

/**
 * Why a token is or is not trained. Trained: response, thought (an empty one in front of an answer). Masked: prompt, system and
 * tool-result (the row's words that are asked), history (an earlier answer under mask_history), thought (the empty one that ends a
 * question), loss-off (the message says so), template (what the template writes around them), padding. cut-off: lost at cutoff_len.
 */
export type MaskReason =
  | 'response'
  | 'prompt'
  | 'system'
  | 'history'
  | 'tool-result'
  | 'thought'
  | 'loss-off'
  | 'template'
  | 'cut-off'
  | 'padding';

/** Where an example came from: dataset_info.json entry and zero-based row. */
export interface Origin {
  readonly dataset: string;
  readonly row: number;
}

export interface Example {
  /** One row, or several when packed. */
  readonly origins: readonly Origin[];
  readonly ids: Int32Array; // [T]
  readonly labels: Int32Array; // [T], IGNORED where masked; not shifted
  /** How much each trained label counts (Message.weight). Absent: 1 everywhere. */
  readonly weights?: Float32Array; // [T], 0 where masked
  /** Packed rows: position within the row, 0 on padding. Absent: 0 … T−1. */
  readonly positions?: Int32Array; // [T]
  /** neat_packing: 1, 2, 3 … per packed row, 0 on padding; tokens attend within their own segment only. Absent: plain causal attention. */
  readonly segments?: Int32Array; // [T]
}

/** An example's weights, written out where it has none: [T]. */
export const weightsOf = ({ labels, weights }: Example): Float32Array =>
  weights ?? Float32Array.from(labels, (label) => (label === IGNORED ? 0 : 1));

/** Stages rm and dpo (orpo and simpo too): two answers to one prompt, cut to the same lengths, each an example of its own. */
export interface PairExample {
  readonly chosen: Example;
  readonly rejected: Example;
  /** Tokens of the prompt, the same in both. */
  readonly promptLength: number;
}

/** Stage kto: a prompt with its own answer, and with another row's for the estimate of the KL divergence. */
export interface FeedbackExample {
  readonly own: Example;
  readonly kl: Example;
  readonly desirable: boolean;
}

/** Prediction and ppo: what is generated from, and what would be right (with its end token). */
export interface PromptExample {
  readonly origins: readonly Origin[];
  readonly prompt: Int32Array; // [P]
  readonly reference: Int32Array; // [R]
}

/** What a stage trains on. */
export interface StageExamples {
  readonly pt: Example;
  readonly sft: Example;
  readonly rm: PairExample;
  readonly dpo: PairExample;
  readonly kto: FeedbackExample;
  readonly ppo: PromptExample;
}

export type StageExample = StageExamples[keyof StageExamples];

/** Tokens of an example: of a pair those of the longer text, of a prompt those that are generated from. */
export function lengthOfExample(example: StageExample): number {
  if ('ids' in example) return example.ids.length;
  if ('chosen' in example) return Math.max(example.chosen.ids.length, example.rejected.ids.length);
  return 'own' in example ? example.own.ids.length : example.prompt.length;
}

/** B examples padded on the right (prompts on the left) to one length T; row-major. */
export interface Batch {
  readonly rows: number; // B
  readonly length: number; // T
  readonly ids: Int32Array; // [B, T]
  readonly labels: Int32Array; // [B, T]
  /** Loss weights, where a row of the batch has some; 0 where masked. */
  readonly weights?: Float32Array | undefined; // [B, T]
  /** 1 on real tokens, 0 on padding (as the attention_mask LLaMA-Factory hands to the model; all 1 with plain packing). */
  readonly attended: Uint8Array; // [B, T]
  readonly positions: Int32Array | undefined; // [B, T]
  readonly segments: Int32Array | undefined; // [B, T]
  readonly origins: readonly (readonly Origin[])[]; // per row
}
