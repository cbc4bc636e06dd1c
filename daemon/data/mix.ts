// How several datasets become one: one after another, or drawn in turn.
import { UserError } from '../errors.ts';
import { mix } from './order.ts';

export type MixStrategy = 'concat' | 'interleave_under' | 'interleave_over' | 'interleave_once';

/** Rows of several sets in the order they are trained on: row rows[i] of set sets[i]. */
export interface MixedRows {
  readonly sets: Int32Array;
  readonly rows: Int32Array;
}

/**
 * Without probabilities sets take turns; `under` stops when the first set is used up, `over` when every set was used up once
 * (shorter ones repeat), `once` when all are, without repetition. Stops and turns are those of the datasets library; the draws
 * are our own. Throws UserError for probabilities that do not fit the sets.
 */
export function interleave(
  sizes: readonly number[],
  strategy: MixStrategy,
  probabilities: readonly number[] | undefined,
  seed: number,
): MixedRows {
  // one set alone is not mixed at all, so the strategy is not looked at
  if (strategy === 'concat' || sizes.length === 1) return concatenated(sizes);
  if (probabilities) checkProbabilities(probabilities, sizes.length, strategy);
  return probabilities ? drawn(sizes, strategy, probabilities, seed) : inTurn(sizes, strategy);
}

/** Throws UserError for shares that cannot be drawn by: too few, negative, or none for a set that has to be used up. */
export function checkProbabilities(probabilities: readonly number[], sets: number, strategy: MixStrategy): void {
  const refuse = (what: string): never => {
    throw new UserError('interleave-probs', `interleave_probs ${what}`);
  };
  if (probabilities.length !== sets)
    refuse(`has ${probabilities.length} values for ${sets} datasets: give one for each.`);
  const odd = probabilities.find((value) => !Number.isFinite(value) || value < 0);
  if (odd !== undefined) refuse(`has the value ${odd}: shares are numbers from 0 to 1.`);
  const none = probabilities.indexOf(0);
  if (strategy !== 'interleave_under' && none >= 0)
    refuse(`gives the dataset at place ${none + 1} a share of 0, so ${strategy} would never use it up: give it a share, or leave it out.`); // prettier-ignore
  if (probabilities.every((value) => value === 0)) refuse('has no share above 0.');
}

function concatenated(sizes: readonly number[]): MixedRows {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const mixed = { sets: new Int32Array(total), rows: new Int32Array(total) };
  let at = 0;
  for (const [set, size] of sizes.entries()) {
    mixed.sets.fill(set, at, at + size);
    for (let row = 0; row < size; row++) mixed.rows[at++] = row;
  }
  return mixed;
}

/** Pairs of set and row as they are chosen. */
class Growing {
  #sets = new Int32Array(1024);
  #rows = new Int32Array(1024);
  #length = 0;

  push(set: number, row: number): void {
    if (this.#length === this.#sets.length) {
      this.#sets = doubled(this.#sets);
      this.#rows = doubled(this.#rows);
    }
    this.#sets[this.#length] = set;
    this.#rows[this.#length] = row;
    this.#length += 1;
  }

  done(): MixedRows {
    return { sets: this.#sets.slice(0, this.#length), rows: this.#rows.slice(0, this.#length) };
  }
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(values.length * 2);
  more.set(values);
  return more;
}

function inTurn(sizes: readonly number[], strategy: MixStrategy): MixedRows {
  const order = new Growing();
  const rounds = strategy === 'interleave_under' ? Math.min(...sizes) : Math.max(...sizes);
  for (let row = 0; row < rounds; row++) {
    sizes.forEach((size, set) => {
      if (row < size || strategy === 'interleave_over') order.push(set, row % size);
    });
  }
  return order.done();
}

function drawn(
  sizes: readonly number[],
  strategy: MixStrategy,
  probabilities: readonly number[],
  seed: number,
): MixedRows {
  const order = new Growing();
  const next = sizes.map(() => 0);
  const exhausted = sizes.map(() => false);
  for (let draw = 0; ; draw++) {
    const set = drawSet(probabilities, mix(seed, draw) / 2 ** 32, strategy === 'interleave_once' ? exhausted : undefined); // prettier-ignore
    const size = sizes[set] ?? 0;
    const row = next[set] ?? 0;
    order.push(set, row % size);
    next[set] = row + 1;
    if (row + 1 >= size) exhausted[set] = true;
    if (strategy === 'interleave_under' ? exhausted.some(Boolean) : exhausted.every(Boolean)) return order.done();
  }
}

/** Index by probability; excluded ones share their probability among the rest. */
export function drawSet(
  probabilities: readonly number[],
  uniform: number,
  excluded: readonly boolean[] | undefined,
): number {
  const open = probabilities.map((value, i) => (excluded?.[i] ? 0 : value));
  let rest = uniform * open.reduce((sum, value) => sum + value, 0);
  for (const [i, value] of open.entries()) {
    rest -= value;
    if (value > 0 && rest < 0) return i;
  }
  return open.findLastIndex((value) => value > 0);
}
