// AdamW (Loshchilov & Hutter 2019, algorithm 2) as torch has it: eps outside the root, decay before the update, both
// moments bias-corrected. One small graph runs over flat pieces of the weights, in place, whatever tensors they belong to.
import { Graph } from '../../graph/graph.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import { Session, type Feed } from '../../runtime/session.ts';
import type { ParameterGroup } from '../parameter-groups.ts';

/** Elements per run: small enough that a piece and its temporaries stay in the processor's cache. */
const PIECE = 1 << 18;

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** First and second moments of a group, laid out as its weights. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * One pass costs a pass over memory, so scalars are multiplied beforehand: `gain` = clip·(1 − β₁), `squareGain` =
 * clip²·(1 − β₂), `rate` = η√(1 − β₂ᵗ) / (1 − β₁ᵗ), `epsilon` = ε√(1 − β₂ᵗ), `keep` = 1 − ηλ.
 */
function updateGraph(size: number, { beta1, beta2 }: AdamWOptions, decays: boolean): Graph {
  const g = new Graph();
  const [weights, gradients, first, second] = ['weights', 'gradients', 'first', 'second'].map((name) =>
    g.input(name, [size]),
  );
  const [gain, squareGain, rate, epsilon, keep] = ['gain', 'squareGain', 'rate', 'epsilon', 'keep'].map((name) =>
    g.input(name, [1]),
  );
  if (!weights || !gradients || !first || !second || !gain || !squareGain || !rate || !epsilon || !keep)
    throw new Error('inputs');
  const m = g.add(g.mul(first, beta1), g.mul(gradients, gain)); // m ← β₁m + (1 − β₁)g
  const v = g.add(g.mul(second, beta2), g.mul(g.square(gradients), squareGain)); // v ← β₂v + (1 − β₂)g²
  const update = g.mul(g.div(m, g.add(g.sqrt(v), epsilon)), rate); // η · m̂ / (√v̂ + ε), m̂ and v̂ bias-corrected
  g.output('newFirst', m);
  g.output('newSecond', v);
  g.output('newWeights', g.sub(decays ? g.mul(weights, keep) : weights, update)); // w ← w(1 − ηλ) − update
  return g;
}

/** Sum of squares of a piece. */
function squareGraph(size: number): Graph {
  const g = new Graph();
  g.output('sum', g.one('ReduceSumSquare', [g.input('gradients', [size])], { axes: [0], keepDims: true }));
  return g;
}

export class AdamW {
  readonly #options: AdamWOptions;
  readonly #groups: readonly ParameterGroup[];
  readonly #moments: readonly Moments[];
  readonly #sessions = new Map<string, Session>();
  /** Steps taken so far. */
  step = 0;

  constructor(groups: readonly ParameterGroup[], options: AdamWOptions) {
    this.#groups = groups;
    this.#options = options;
    this.#moments = groups.map(({ weights }) => ({
      first: new Float32Array(weights.length),
      second: new Float32Array(weights.length),
    }));
  }

  /** The moments of each group, to be saved with a checkpoint and filled from one. */
  get moments(): readonly Moments[] {
    return this.#moments;
  }

  /** ‖gradient‖₂ over all groups. */
  async gradientNorm(): Promise<number> {
    let sum = 0;
    for (const { gradients } of this.#groups) {
      for (const [start, end] of pieces(gradients.length)) {
        const session = await this.#session(`squares ${end - start}`, () => squareGraph(end - start));
        const { sum: part } = await session.run({ gradients: flat(gradients.subarray(start, end)) });
        sum += Number(part?.[0]);
      }
    }
    return Math.sqrt(sum);
  }

  /** One update of all groups in place: gradients times `clip`, at this learning rate. */
  async update(learningRate: number, clip: number): Promise<void> {
    this.step += 1;
    const { beta1, beta2, epsilon } = this.#options;
    const root = Math.sqrt(1 - beta2 ** this.step);
    const scalars = {
      gain: one(clip * (1 - beta1)),
      squareGain: one(clip * clip * (1 - beta2)),
      rate: one((learningRate * root) / (1 - beta1 ** this.step)),
      epsilon: one(epsilon * root),
    };
    for (const [index, { weights, gradients, weightDecay }] of this.#groups.entries()) {
      const moments = this.#moments[index];
      if (!moments) throw new Error('a group without moments');
      const decays = weightDecay !== 0;
      const keep = one(1 - learningRate * weightDecay);
      for (const [start, end] of pieces(weights.length)) {
        const session = await this.#session(`update ${decays} ${end - start}`, () =>
          updateGraph(end - start, this.#options, decays),
        );
        const piece = flat(weights.subarray(start, end));
        const first = flat(moments.first.subarray(start, end));
        const second = flat(moments.second.subarray(start, end));
        await session.run(
          { weights: piece, gradients: flat(gradients.subarray(start, end)), first, second, ...scalars, keep },
          { newWeights: piece, newFirst: first, newSecond: second },
        );
      }
    }
  }

  async #session(key: string, build: () => Graph): Promise<Session> {
    let session = this.#sessions.get(key);
    if (!session) {
      session = await Session.create(writeOnnx(build(), 'cpu'), { device: 'cpu' });
      this.#sessions.set(key, session);
    }
    return session;
  }
}

const one = (value: number): Feed => ({ dtype: 'float32', shape: [1], data: Float32Array.of(value) });
const flat = (data: Float32Array): Feed => ({ dtype: 'float32', shape: [data.length], data });

function* pieces(length: number): Generator<[number, number]> {
  for (let start = 0; start < length; start += PIECE) yield [start, Math.min(start + PIECE, length)];
}
