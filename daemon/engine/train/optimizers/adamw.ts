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

function updateGraph(size: number, { beta1, beta2, epsilon }: AdamWOptions): Graph {
  const g = new Graph();
  const [weights, gradients, first, second] = ['weights', 'gradients', 'first', 'second'].map((name) =>
    g.input(name, [size]),
  );
  const [clip, keep, rate, correction] = ['clip', 'keep', 'rate', 'correction'].map((name) => g.input(name, [1]));
  if (!weights || !gradients || !first || !second || !clip || !keep || !rate || !correction) throw new Error('inputs');
  const clipped = g.mul(gradients, clip);
  const m = g.add(g.mul(first, beta1), g.mul(clipped, 1 - beta1)); // m ← β₁m + (1 − β₁)g
  const v = g.add(g.mul(second, beta2), g.mul(g.square(clipped), 1 - beta2)); // v ← β₂v + (1 − β₂)g²
  const root = g.add(g.mul(g.sqrt(v), correction), epsilon); // √v / √(1 − β₂ᵗ) + ε
  const update = g.mul(g.div(m, root), rate); // η / (1 − β₁ᵗ) · m / root
  g.output('newFirst', m);
  g.output('newSecond', v);
  g.output('newWeights', g.sub(g.mul(weights, keep), update)); // w ← w(1 − ηλ) − update
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
  readonly #updates = new Map<number, Session>();
  readonly #squares = new Map<number, Session>();
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
        const session = await this.#session(this.#squares, end - start, squareGraph);
        const { sum: part } = await session.run({ gradients: flat(gradients.subarray(start, end)) });
        sum += Number(part?.[0]);
      }
    }
    return Math.sqrt(sum);
  }

  /** One update of all groups in place: gradients times `clip`, at this learning rate. */
  async update(learningRate: number, clip: number): Promise<void> {
    this.step += 1;
    const { beta1, beta2 } = this.#options;
    const rate = one(learningRate / (1 - beta1 ** this.step));
    const correction = one(1 / Math.sqrt(1 - beta2 ** this.step));
    for (const [index, { weights, gradients, weightDecay }] of this.#groups.entries()) {
      const moments = this.#moments[index];
      if (!moments) throw new Error('a group without moments');
      const keep = one(1 - learningRate * weightDecay);
      for (const [start, end] of pieces(weights.length)) {
        const session = await this.#session(this.#updates, end - start, (size) => updateGraph(size, this.#options));
        const piece = flat(weights.subarray(start, end));
        const first = flat(moments.first.subarray(start, end));
        const second = flat(moments.second.subarray(start, end));
        await session.run(
          {
            weights: piece,
            gradients: flat(gradients.subarray(start, end)),
            first,
            second,
            clip: one(clip),
            keep,
            rate,
            correction,
          },
          { newWeights: piece, newFirst: first, newSecond: second },
        );
      }
    }
  }

  async #session(cache: Map<number, Session>, size: number, build: (size: number) => Graph): Promise<Session> {
    let session = cache.get(size);
    if (!session) {
      session = await Session.create(writeOnnx(build(size), 'cpu'), { device: 'cpu' });
      cache.set(size, session);
    }
    return session;
  }
}

const one = (value: number): Feed => ({ dtype: 'float32', shape: [1], data: Float32Array.of(value) });
const flat = (data: Float32Array): Feed => ({ dtype: 'float32', shape: [data.length], data });

function* pieces(length: number): Generator<[number, number]> {
  for (let start = 0; start < length; start += PIECE) yield [start, Math.min(start + PIECE, length)];
}
