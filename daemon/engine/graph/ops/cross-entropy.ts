// Output projection and cross entropy in one, by chunks of rows: each chunk makes its logits, its loss and at once its
// gradients, so that logits [N, V] never exist as a whole.
import type { Graph } from '../graph.ts';
import type { Spec, Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';
import type { CrossEntropyAttributes } from './signatures.ts';

/** Smallest positive normal float32: log of a probability that rounds to zero stays finite. */
const TINY = 1.1754944e-38;

interface ChunkResult {
  readonly loss: Tensor; // []
  readonly dHidden: Tensor | undefined; // [n, H]
  readonly dWeight: Tensor | undefined; // [V, H], the sum so far
}

/**
 * One chunk: hidden [n, H], targets int32 [n, 1], weights [n, 1].
 * With z = h·Wᵀ, p = softmax(z) and one-hot y: dz = p − y, dh = w∘(dz·W), dW = dzᵀ(w∘h).
 */
function chunkLoss(
  g: Graph,
  hidden: Tensor,
  weight: Tensor,
  targets: Tensor,
  weights: Tensor,
  attributes: CrossEntropyAttributes,
  dWeightSoFar: Tensor | undefined,
): ChunkResult {
  const { softcap } = attributes;
  let logits = g.gemm(hidden, weight, { transB: true });
  let slope: Tensor | undefined;
  if (softcap !== undefined) {
    const t = g.tanh(g.mul(logits, 1 / softcap));
    logits = g.mul(t, softcap);
    slope = g.sub(g.scalar(1), g.square(t));
  }
  const p = g.softmax(logits);
  const target = g.one('GatherElements', [p, targets], {});
  const nll = g.neg(g.one('Log', [g.one('Max', [target, g.scalar(TINY)], {})], {}));
  const loss = g.sum(g.mul(nll, weights), [0, 1]);
  // the loss first: it needs p, which the gradients overwrite and free
  const scale = g.gate(weights, [loss]);
  const dSoftmax = g.one('ScatterElements', [p, targets, g.sub(target, 1)], {});
  const dLogits = slope ? g.mul(dSoftmax, slope) : dSoftmax;

  const dHidden = attributes.hiddenGradient ? g.mul(g.gemm(dLogits, weight), scale) : undefined;
  let dWeight = dWeightSoFar;
  if (attributes.weightGradient) {
    const weighted = g.mul(hidden, scale);
    dWeight = g.gemm(dLogits, weighted, dWeight ? { transA: true, c: dWeight } : { transA: true });
  }
  return { loss, dHidden, dWeight };
}

export const crossEntropy: RuleTable<'LinearCrossEntropy'> = {
  /** hidden [N, H], weight [V, H], targets int32 [N], weights [N] → Σ weightsᵢ · −log softmax(hiddenᵢ·Wᵀ)[targetᵢ]. */
  LinearCrossEntropy: {
    infer: ([hidden, weight], { hiddenGradient, weightGradient }) => {
      const specs: Spec[] = [{ shape: [], dtype: 'float32' }];
      if (hiddenGradient) specs.push({ shape: hidden.shape, dtype: hidden.dtype });
      if (weightGradient) specs.push({ shape: weight.shape, dtype: weight.dtype });
      return specs;
    },
    gradient: (g, _, outputs, [dLoss], { attributes, needs }) => {
      if (!dLoss) return [];
      const dHidden = attributes.hiddenGradient ? outputs[1] : undefined;
      const dWeight = attributes.weightGradient ? outputs[attributes.hiddenGradient ? 2 : 1] : undefined;
      if ((needs[0] && !dHidden) || (needs[1] && !dWeight))
        throw new Error('LinearCrossEntropy was built without this gradient');
      return [dHidden && g.mul(dHidden, dLoss), dWeight && g.mul(dWeight, dLoss), undefined, undefined];
    },
    expand: (g, [hidden, weight, targets, weights], attributes) => {
      const rows = hidden.shape[0] ?? 0;
      const column = [rows, 1];
      const losses: Tensor[] = [];
      const dHidden: Tensor[] = [];
      let dWeight: Tensor | undefined;
      let before: readonly Tensor[] = [];
      for (let start = 0; start < rows; start += attributes.chunk) {
        const end = Math.min(start + attributes.chunk, rows);
        const chunk = chunkLoss(
          g,
          g.gate(g.slice(hidden, 0, start, end), before),
          weight,
          g.slice(g.reshape(targets, column), 0, start, end),
          g.slice(g.reshape(weights, column), 0, start, end),
          attributes,
          dWeight,
        );
        losses.push(g.reshape(chunk.loss, [1]));
        if (chunk.dHidden) dHidden.push(chunk.dHidden);
        dWeight = chunk.dWeight;
        before = [chunk.loss, chunk.dHidden, chunk.dWeight].filter((tensor) => tensor !== undefined);
      }
      const outputs = [g.sum(g.concat(losses, 0), [0])];
      if (attributes.hiddenGradient) outputs.push(g.concat(dHidden, 0));
      if (dWeight) outputs.push(dWeight);
      return outputs;
    },
  },
};
