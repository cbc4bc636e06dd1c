// What the trainer sees: token ids with labels (Example), and padded groups of them (Batch).

/** Label of a position that is not trained; the value torch's cross entropy ignores. */
export const IGNORED = -100;

/** Why a token is or is not trained. */
export type MaskReason =
  'response' | 'prompt' | 'system' | 'history' | 'tool-result' | 'thought' | 'cut-off' | 'padding';

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
  /** Packed rows: position within the row, 0 on padding. Absent: 0 … T−1. */
  readonly positions?: Int32Array; // [T]
  /** neat_packing: 1, 2, 3 … per packed row, 0 on padding; tokens attend within their own segment only. Absent: plain causal attention. */
  readonly segments?: Int32Array; // [T]
}

/** B examples padded on the right to one length T; row-major. */
export interface Batch {
  readonly rows: number; // B
  readonly length: number; // T
  readonly ids: Int32Array; // [B, T]
  readonly labels: Int32Array; // [B, T]
  /** 1 on real tokens, 0 on padding (as the attention_mask LLaMA-Factory hands to the model; all 1 with plain packing). */
  readonly attended: Uint8Array; // [B, T]
  readonly positions: Int32Array | undefined; // [B, T]
  readonly segments: Int32Array | undefined; // [B, T]
  readonly origins: readonly (readonly Origin[])[]; // per row
}
