// Output projection and cross entropy with a frozen projection in 8 bits, by chunks of rows as in cross-entropy.ts.
// Forwards the hidden rows are rounded as for any projection. Backwards it is the probabilities that are: nearly all of them
// lie far below one step of their row's largest, and together they count. So a dither is added before they are rounded, another
// one for each token and for eight rows in turn: small ones are then rounded up as often as their size asks for.
import type { Graph } from '../graph.ts';
import type { Tensor } from '../tensor.ts';
import { product8, scalarOf, type Rounded } from './quantized.ts';
import type { RuleTable } from './rule.ts';

/** Smallest positive normal float32: log of a probability that rounds to zero stays finite. */
const TINY = 1.1754944e-38;

/** Rows that take turns in the dither. */
export const DITHER_ROWS = 8;

interface Projection {
  readonly transposed: Tensor; // [H, V]
  readonly codes: Tensor; // [V, H]
  readonly scales: Tensor; // [V]
  readonly narrowWeights: Tensor; // [V, c]
  readonly dither: Tensor; // [8, V]
}

/** p·W with p [n, V] not negative: p ∘ scales in steps of its row's largest / 255, dithered. */
function ditheredProduct(g: Graph, p: Tensor, { codes, scales, dither }: Projection): Tensor {
  const [rows = 0, vocabulary = 0] = p.shape;
  const scaled = g.mul(p, scales);
  const most = g.one('Max', [g.one('ReduceMax', [scaled], { axes: [1], keepDims: true }), g.scalar(TINY)], {});
  const steps = g.mul(scaled, g.div(g.scalar(255), most));
  const whole = rows % DITHER_ROWS === 0;
  const shape = whole ? [rows / DITHER_ROWS, DITHER_ROWS, vocabulary] : p.shape;
  const noise = whole ? dither : g.slice(dither, 0, 0, 1);
  const dithered = g.reshape(g.add(g.reshape(steps, shape), noise), p.shape);
  const values = g.one('QuantiseRows', [dithered, g.scalar(1), scalarOf(g, 0, 'uint8')], {});
  const rounded: Rounded = { values, scales: g.mul(most, 1 / 255), zero: 0 };
  return product8(g, rounded, codes, g.scalar(1), false);
}

/** Rows of W = codes ∘ scales at targets [n, 1]: [n, H]. */
function targetRows(g: Graph, targets: Tensor, { codes, scales }: Projection): Tensor {
  const rows = g.reshape(targets, [targets.shape[0] ?? 0]);
  const values = g.cast(g.one('Gather', [codes, rows], {}), 'float32');
  const centred = codes.dtype === 'uint8' ? g.sub(values, 128) : values;
  return g.mul(centred, g.reshape(g.one('Gather', [scales, rows], {}), targets.shape));
}

/** One chunk: with z = h·Wᵀ, p = softmax(z) and one-hot y: dz = p − y, dh = w∘(p·W − W[y]). */
function chunkLoss(
  g: Graph,
  hidden: Rounded,
  narrow: Tensor,
  projection: Projection,
  targets: Tensor,
  weights: Tensor,
): { loss: Tensor; dHidden: Tensor } {
  const { transposed, scales, narrowWeights } = projection;
  const product = product8(g, hidden, transposed, scales, false);
  const p = g.softmax(g.add(product, g.gemm(narrow, narrowWeights, { transB: true })));
  const target = g.one('GatherElements', [p, targets], {});
  const nll = g.neg(g.one('Log', [g.one('Max', [target, g.scalar(TINY)], {})], {}));
  const loss = g.sum(g.mul(nll, weights), [0, 1]);
  const dRows = g.sub(ditheredProduct(g, p, projection), targetRows(g, targets, projection));
  return { loss, dHidden: g.mul(dRows, g.gate(weights, [loss])) };
}

export const crossEntropy8: RuleTable<'LinearCrossEntropy8'> = {
  LinearCrossEntropy8: {
    infer: ([hidden]) => [
      { shape: [], dtype: 'float32' },
      { shape: hidden.shape, dtype: hidden.dtype },
    ],
    gradient: (g, _, [, dHidden], [dLoss]) => [dLoss && g.mul(dHidden, dLoss)],
    expand: (g, inputs, { chunk }) => {
      const [hidden, values, scale, narrow, transposed, codes, scales, narrowWeights, targets, weights, dither] =
        inputs;
      const projection = { transposed, codes, scales, narrowWeights, dither };
      const rows = hidden.shape[0] ?? 0;
      const losses: Tensor[] = [];
      const dHidden: Tensor[] = [];
      let before: readonly Tensor[] = [];
      for (let start = 0; start < rows; start += chunk) {
        const end = Math.min(start + chunk, rows);
        const part = (x: Tensor): Tensor => g.slice(x, 0, start, end);
        const column = (x: Tensor): Tensor => part(g.reshape(x, [rows, 1]));
        const rounded: Rounded = { values: part(values), scales: g.gate(scale, before), zero: 128 };
        const made = chunkLoss(g, rounded, part(narrow), projection, column(targets), column(weights));
        losses.push(g.reshape(made.loss, [1]));
        dHidden.push(made.dHidden);
        before = [made.loss, made.dHidden];
      }
      return [g.sum(g.concat(losses, 0), [0]), g.concat(dHidden, 0)];
    },
  },
};
