// How several datasets become one: one after another, or drawn in turn.
import { UserError } from '../errors.ts';
import { mix } from './order.ts';

export type MixStrategy = 'concat' | 'interleave_under' | 'interleave_over' | 'interleave_once';

/**
 * Pairs of (set, row) in the order they are trained on. Without probabilities sets take turns; `under` stops when the first
 * set is used up, `over` when every set was used up once (shorter ones repeat), `once` when all are, without repetition.
 */
export function interleave(
  sizes: readonly number[],
  strategy: MixStrategy,
  probabilities: readonly number[] | undefined,
  seed: number,
): [number, number][] {
  // one set alone is not mixed at all, so the strategy is not looked at
  if (strategy === 'concat' || sizes.length === 1) {
    return sizes.flatMap((size, set) => Array.from({ length: size }, (_, row): [number, number] => [set, row]));
  }
  if (probabilities && probabilities.length !== sizes.length) {
    throw new UserError(
      'interleave-probs',
      `interleave_probs has ${probabilities.length} values for ${sizes.length} datasets.`,
    );
  }
  return probabilities ? drawn(sizes, strategy, probabilities, seed) : inTurn(sizes, strategy);
}

function inTurn(sizes: readonly number[], strategy: MixStrategy): [number, number][] {
  const order: [number, number][] = [];
  const rounds = strategy === 'interleave_under' ? Math.min(...sizes) : Math.max(...sizes);
  for (let row = 0; row < rounds; row++) {
    sizes.forEach((size, set) => {
      if (row < size || strategy === 'interleave_over') order.push([set, row % size]);
    });
  }
  return order;
}

function drawn(
  sizes: readonly number[],
  strategy: MixStrategy,
  probabilities: readonly number[],
  seed: number,
): [number, number][] {
  const order: [number, number][] = [];
  const next = sizes.map(() => 0);
  const exhausted = sizes.map(() => false);
  for (let draw = 0; ; draw++) {
    const set = pick(probabilities, mix(seed, draw) / 2 ** 32, strategy === 'interleave_once' ? exhausted : undefined);
    const size = sizes[set] ?? 0;
    const row = next[set] ?? 0;
    order.push([set, row % size]);
    next[set] = row + 1;
    if (row + 1 >= size) exhausted[set] = true;
    if (strategy === 'interleave_under' ? exhausted.some(Boolean) : exhausted.every(Boolean)) return order;
  }
}

/** Index by probability; excluded ones share their probability among the rest. */
function pick(probabilities: readonly number[], uniform: number, excluded: readonly boolean[] | undefined): number {
  const open = probabilities.map((value, i) => (excluded?.[i] ? 0 : value));
  let rest = uniform * open.reduce((sum, value) => sum + value, 0);
  for (const [i, value] of open.entries()) {
    rest -= value;
    if (value > 0 && rest < 0) return i;
  }
  return open.findLastIndex((value) => value > 0);
}
