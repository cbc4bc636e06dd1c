// RMSNorm (Zhang & Sennrich 2019): y = x / rms(x) ∘ w, and its gradient, which recomputes rms(x) rather than keep it.
import type { Graph } from '../graph.ts';
import type { Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';

/** 1 / √(mean x² + ε) over the last dimension, kept as [..., 1]. */
function inverseRms(g: Graph, x: Tensor, epsilon: number): Tensor {
  const axis = x.shape.length - 1;
  const size = x.shape[axis] ?? 1;
  const squares = g.one('ReduceSumSquare', [x], { axes: [axis], keepDims: true });
  return g.one('Reciprocal', [g.sqrt(g.add(g.mul(squares, 1 / size), epsilon))], {});
}

export const norm: RuleTable<'RmsNorm' | 'RmsNormGrad'> = {
  RmsNorm: {
    infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
    gradient: (g, [x, weight], _, [dy], { attributes: { epsilon }, needs }) => {
      const [dx, dWeight] = g.op('RmsNormGrad', [x, weight, dy], { epsilon, weight: needs[1] === true });
      return [dx, dWeight];
    },
    expand: (g, [x, weight], { epsilon }) => [g.mul(g.mul(x, inverseRms(g, x, epsilon)), weight)],
  },
  /** (x, w, dy) → dx, and dw when asked for. */
  RmsNormGrad: {
    infer: ([x, w], { weight }) => [
      { shape: x.shape, dtype: x.dtype },
      ...(weight ? [{ shape: w.shape, dtype: w.dtype }] : []),
    ],
    gradient: null,
    // x̂ = x·r, r = 1/rms(x): dx = r ∘ (dy∘w − x̂ · mean(dy∘w∘x̂)), dw = Σ dy∘x̂
    expand: (g, [x, w, dy], { epsilon, weight }) => {
      const axis = x.shape.length - 1;
      const r = inverseRms(g, x, epsilon);
      const normed = g.mul(x, r);
      const dNormed = g.mul(dy, w);
      const mean = g.mean(g.mul(dNormed, normed), [axis], true);
      const dx = g.mul(g.sub(dNormed, g.mul(normed, mean)), r);
      if (!weight) return [dx];
      const lead = Array.from({ length: axis }, (_, i) => i);
      return [dx, g.sum(g.mul(dy, normed), lead)];
    },
  },
};
