// Writes the pieces of one row into ids, labels and weights, and keeps why each stretch is or is not trained.
import { IGNORED, type Example, type MaskReason, type Origin } from '../example.ts';
import type { Element } from '../template/slot.ts';
import type { Piece } from './tokenise.ts';

export interface Stretch {
  readonly reason: MaskReason;
  readonly length: number;
  /** What the tokens are written from; absent where a token was added on its own (efficient_eos). */
  readonly element?: Element;
  /** Ids of the element before these ones that stand in the stretch before (its first token has another reason). */
  readonly skipped?: number;
  /** Ids behind these that were lost at cutoff_len. */
  readonly cut?: Int32Array;
}

/** Why a row's answers may not be trained, beside what they are. */
export type Masking = 'history' | 'loss-off';

/** Weights up to this count as none (LLaMA-Factory v1). */
export const NO_WEIGHT = 1e-6;

/** Arrays for the tokens of many rows, all of one buffer: thousands of small buffers cost more than what is done with them. */
export class TokenRoom {
  readonly #all: Int32Array;
  #used = 0;

  constructor(tokens: number) {
    this.#all = new Int32Array(tokens);
  }

  take(tokens: number): Int32Array {
    this.#used += tokens;
    return this.#all.subarray(this.#used - tokens, this.#used);
  }
}

export class Writer {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  readonly reasons: Stretch[] = [];
  length = 0;
  #weights: Float32Array | undefined;
  readonly #explains: boolean;

  /** With `room`, for many rows that are explained to nobody: tokens are written there, and no reasons are kept. */
  constructor(capacity: number, room?: TokenRoom) {
    this.ids = room ? room.take(capacity) : new Int32Array(capacity);
    this.labels = (room ? room.take(capacity) : new Int32Array(capacity)).fill(IGNORED);
    this.#explains = room === undefined;
  }

  /**
   * The first `kept` tokens of pieces, with the weight of their labels: 0 masks them. `why`, where their kind does not say it.
   * `aside` is the weight of what is written beside a question: system text, an empty thought.
   */
  write(pieces: readonly Piece[], kept: number, weight: number, why?: Masking, aside = weight): void {
    let room = kept;
    for (const { element, ids } of pieces) {
      const length = Math.min(room, ids.length);
      const own =
        element.kind === 'template' ? 0 : element.kind === 'system' || element.kind === 'thought' ? aside : weight;
      const trained = own > NO_WEIGHT;
      this.ids.set(length < ids.length ? ids.subarray(0, length) : ids, this.length);
      if (trained) this.#train(this.ids.subarray(this.length, this.length + length), this.length, own);
      this.length += length;
      room -= length;
      if (!this.#explains) continue;
      const reason = trained ? trainedReason(element) : maskedReason(element, why);
      if (length < ids.length) this.reasons.push({ reason, length, element, cut: ids.subarray(length) });
      else if (length > 0) this.reasons.push({ reason, length, element });
    }
  }

  /** Pieces of which nothing is kept, for whom the row is explained to. */
  lose(pieces: readonly Piece[]): void {
    for (const { element, ids } of pieces)
      if (ids.length > 0) this.reasons.push({ reason: 'cut-off', length: 0, element, cut: ids });
  }

  /** One token on its own. */
  add(id: number, weight: number, why: Masking = 'history'): void {
    this.ids[this.length] = id;
    const trained = weight > NO_WEIGHT;
    if (trained) this.#train(Int32Array.of(id), this.length, weight);
    this.length += 1;
    this.reasons.push({ reason: trained ? 'response' : why, length: 1 });
  }

  /** Trains `label` in place of the token at `place`, and says so. */
  relabel(place: number, label: number, weight: number): void {
    this.#train(Int32Array.of(label), place, weight);
    let start = 0;
    const at = this.reasons.findIndex(({ length }) => {
      start += length;
      return start > place;
    });
    const stretch = this.reasons[at];
    if (!stretch) return;
    const { element } = stretch;
    if (stretch.length === 1) this.reasons[at] = { ...stretch, reason: 'response' };
    else {
      const first: Stretch = { reason: 'response', length: 1, ...(element ? { element } : {}) };
      this.reasons.splice(at, 1, first, { ...stretch, length: stretch.length - 1, skipped: 1 });
    }
  }

  example(origin: Origin): Example {
    const { ids, labels } = this;
    const origins = [{ dataset: origin.dataset, row: origin.row }];
    return this.#weights ? { origins, ids, labels, weights: this.#weights } : { origins, ids, labels };
  }

  #train(labels: Int32Array, place: number, weight: number): void {
    this.labels.set(labels, place);
    if (weight !== 1) this.#weights ??= this.#ones();
    this.#weights?.fill(weight, place, place + labels.length);
  }

  /** Weights of what was trained before the first that is not 1. */
  #ones(): Float32Array {
    return Float32Array.from(this.labels, (label) => (label === IGNORED ? 0 : 1));
  }
}

const trainedReason = ({ kind }: Element): MaskReason => (kind === 'thought' ? 'thought' : 'response');

/** An answer that is masked for no reason of its own is one before the answer that counts. */
function maskedReason({ kind }: Element, why: Masking | undefined): MaskReason {
  if (kind === 'template') return kind;
  return why ?? (kind === 'response' ? 'history' : kind);
}
