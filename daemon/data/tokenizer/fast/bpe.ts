// Byte pair encoding of one piece (Sennrich et al. 2016): of all neighbouring symbols the pair that was learned first is merged, the
// leftmost of equal ones, until no pair is known. What the official tokenizer does, for pieces it would be asked for one by one.
import { z } from 'zod';

const nothing = z.union([z.null(), z.literal('')]).optional();

export const bpeSchema = z.object({
  type: z.literal('BPE'),
  dropout: z.null().optional(),
  continuing_subword_prefix: nothing,
  end_of_word_suffix: nothing,
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
  vocab: z.custom<Readonly<Record<string, number>>>((value) => typeof value === 'object' && value !== null),
  merges: z.custom<readonly (string | readonly [string, string])[]>(Array.isArray),
});

export type BpeModel = z.infer<typeof bpeSchema>;

const NO_RANK = 0x7fffffff;
/** Beyond so many symbols a heap finds the next pair; below it looking at all of them is faster. */
const HEAP_FROM = 96;

/** The words around the first space. */
function halves(merge: string): readonly [string, string] {
  const space = merge.indexOf(' ');
  return space < 0 ? [merge, ''] : [merge.slice(0, space), merge.slice(space + 1)];
}

/** Learned merges by their pair of symbols: a hash table of plain numbers. */
class Merges {
  readonly #mask: number;
  /** Four numbers a slot: left, right (-1: empty slot), rank, merged. */
  readonly #slots: Int32Array;

  constructor(merges: BpeModel['merges'], vocab: ReadonlyMap<string, number>) {
    const capacity = 2 ** Math.ceil(Math.log2(merges.length * 2 + 2));
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(capacity * 4).fill(-1);
    for (let rank = 0; rank < merges.length; rank++) {
      const merge = merges[rank] ?? '';
      const [left, right] = typeof merge === 'string' ? halves(merge) : merge;
      const [leftId, rightId, mergedId] = [vocab.get(left), vocab.get(right), vocab.get(left + right)];
      if (leftId === undefined || rightId === undefined || mergedId === undefined)
        throw new Error(`merge ${rank} names a token that the vocabulary lacks`);
      const slot = this.find(leftId, rightId);
      // a pair that is listed twice has its last rank
      this.#slots[slot] = leftId;
      this.#slots[slot + 1] = rightId;
      this.#slots[slot + 2] = rank;
      this.#slots[slot + 3] = mergedId;
    }
  }

  /** Place of a pair's slot; its right is -1 where the pair was never learned. */
  find(left: number, right: number): number {
    const slots = this.#slots;
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 7;
    for (; ; slot++) {
      const at = (slot & this.#mask) << 2;
      if (slots[at + 1] === -1 || (slots[at] === left && slots[at + 1] === right)) return at;
    }
  }

  /** Rank of the pair at a place that find gave. */
  rankAt(place: number): number {
    return this.#slots[place + 1] === -1 ? NO_RANK : (this.#slots[place + 2] ?? NO_RANK);
  }

  /** What the pair at a place becomes. */
  mergedAt(place: number): number {
    return this.#slots[place + 3] ?? -1;
  }
}

export class Bpe {
  readonly vocab: ReadonlyMap<string, number>;
  readonly #merges: Merges;
  /** Of the pair that begins at each symbol. */
  readonly #ranks = new Int32Array(HEAP_FROM);
  readonly #places = new Int32Array(HEAP_FROM);

  /** Throws an Error for merges that do not fit the vocabulary. */
  constructor({ vocab, merges }: BpeModel) {
    const ids = new Map<string, number>();
    for (const token in vocab) ids.set(token, vocab[token] ?? 0);
    this.vocab = ids;
    this.#merges = new Merges(merges, this.vocab);
  }

  /** Merges the first `count` symbols in place; returns how many are left. */
  merge(symbols: Int32Array, count: number): number {
    return count > HEAP_FROM ? this.#mergeLong(symbols, count) : this.#mergeShort(symbols, count);
  }

  #mergeShort(symbols: Int32Array, count: number): number {
    const ranks = this.#ranks;
    const places = this.#places;
    for (let i = 0; i + 1 < count; i++) this.#look(symbols, i);
    let left = count;
    for (;;) {
      let best = -1;
      let lowest = NO_RANK;
      for (let i = 0; i + 1 < left; i++) {
        const rank = ranks[i] ?? NO_RANK;
        if (rank < lowest) {
          lowest = rank;
          best = i;
        }
      }
      if (best < 0) return left;
      symbols[best] = this.#merges.mergedAt(places[best] ?? 0);
      left -= 1;
      for (let i = best + 1; i < left; i++) {
        symbols[i] = symbols[i + 1] ?? 0;
        ranks[i] = ranks[i + 1] ?? NO_RANK;
        places[i] = places[i + 1] ?? 0;
      }
      if (best + 1 < left) this.#look(symbols, best);
      if (best > 0) this.#look(symbols, best - 1);
    }
  }

  #look(symbols: Int32Array, at: number): void {
    const place = this.#merges.find(symbols[at] ?? 0, symbols[at + 1] ?? 0);
    this.#places[at] = place;
    this.#ranks[at] = this.#merges.rankAt(place);
  }

  /** The same with a heap of pairs: for runs of spaces, names of base 64, whole sentences without spaces. */
  #mergeLong(symbols: Int32Array, count: number): number {
    const merges = this.#merges;
    const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
    const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
    const gone = new Uint8Array(count);
    const heap = new PairHeap(count);
    const consider = (at: number): void => {
      const right = at < 0 ? -1 : (next[at] ?? -1);
      if (right < 0) return;
      const rank = merges.rankAt(merges.find(symbols[at] ?? 0, symbols[right] ?? 0));
      if (rank !== NO_RANK) heap.push(rank, at);
    };
    for (let i = 0; i + 1 < count; i++) consider(i);
    while (heap.pop()) {
      const at = heap.place;
      const right = next[at] ?? -1;
      // the pair is another one by now, or none
      if (gone[at] === 1 || right < 0) continue;
      const place = merges.find(symbols[at] ?? 0, symbols[right] ?? 0);
      if (merges.rankAt(place) !== heap.rank) continue;
      symbols[at] = merges.mergedAt(place);
      gone[right] = 1;
      const after = next[right] ?? -1;
      next[at] = after;
      if (after >= 0) previous[after] = at;
      consider(previous[at] ?? -1);
      consider(at);
    }
    let left = 0;
    for (let at = 0; at >= 0; at = next[at] ?? -1) symbols[left++] = symbols[at] ?? 0;
    return left;
  }
}

/** A heap of (rank, place), the lowest rank first, of equal ones the lowest place. */
class PairHeap {
  #keys: Float64Array;
  #length = 0;
  rank = 0;
  place = 0;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
  }

  /** rank < 2³¹ and place < 2²² make one exact number. */
  push(rank: number, place: number): void {
    if (this.#length === this.#keys.length) {
      const more = new Float64Array(this.#length * 2);
      more.set(this.#keys);
      this.#keys = more;
    }
    const keys = this.#keys;
    const key = rank * PLACES + place;
    let at = this.#length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = keys[parent] ?? 0;
      if (above <= key) break;
      keys[at] = above;
      at = parent;
    }
    keys[at] = key;
  }

  /** Takes the first pair out into `rank` and `place`; false where there is none. */
  pop(): boolean {
    if (this.#length === 0) return false;
    const keys = this.#keys;
    const first = keys[0] ?? 0;
    const last = keys[--this.#length] ?? 0;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.#length) break;
      if (child + 1 < this.#length && (keys[child + 1] ?? 0) < (keys[child] ?? 0)) child += 1;
      if ((keys[child] ?? 0) >= last) break;
      keys[at] = keys[child] ?? 0;
      at = child;
    }
    keys[at] = last;
    this.rank = Math.floor(first / PLACES);
    this.place = first % PLACES;
    return true;
  }
}

/** Longest piece: four million symbols. */
export const PLACES = 2 ** 22;
