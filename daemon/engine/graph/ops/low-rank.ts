// LoRA's narrow products (Hu et al. 2021): y + s·x·Aᵀ·Bᵀ. Projections that read the same input make their low ones together:
// a product with 8 columns takes about as long as one with 24.
import type { Tensor } from '../tensor.ts';
import type { Graph } from '../graph.ts';
import type { RuleTable } from './rule.ts';

const ranksOf = (matrices: readonly Tensor[]): number[] => matrices.map(({ shape }) => shape[0] ?? 0);

/** Slices of consecutive sizes along an axis. */
function pieces(g: Graph, x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return g.slice(x, axis, start - size, start);
  });
}

export const lowRank: RuleTable<'LowRankDown' | 'LowRankUp'> = {
  LowRankDown: {
    infer: ([x, ...matrices]) =>
      ranksOf(matrices).map((rank) => ({ shape: [x?.shape[0] ?? 0, rank], dtype: 'float32' })),
    // d = [d₁, d₂, …], A = [A₁; A₂; …]: dx = α·d·A, dA = α·dᵀ·x
    gradient: (g, [x, ...matrices], outputs, dOutputs, { attributes: { alpha }, needs }) => {
      if (!x) return [];
      const d = g.concat(outputs.map(({ shape }, i) => dOutputs[i] ?? g.zeros(shape)), 1); // prettier-ignore
      const dx = needs[0] ? g.gemm(d, g.concat(matrices, 0), { alpha }) : undefined;
      const dMatrices = pieces(g, g.gemm(d, x, { transA: true, alpha }), 0, ranksOf(matrices));
      return [dx, ...dMatrices];
    },
    expand: (g, [x, ...matrices], { alpha }) => {
      if (!x) throw new Error('LowRankDown needs an input');
      return pieces(g, g.gemm(x, g.concat(matrices, 0), { transB: true, alpha }), 1, ranksOf(matrices));
    },
  },
  LowRankUp: {
    infer: ([y]) => [{ shape: y.shape, dtype: y.dtype }],
    // dlow = dy·B, dB = dyᵀ·low
    gradient: (g, [, low, b], _, [dy]) => [dy, g.gemm(dy, b), g.gemm(dy, low, { transA: true })],
    expand: (g, [y, low, b, narrow, weights]) => {
      if (!narrow || !weights) return [g.add(y, g.gemm(low, b, { transB: true }))];
      return [g.add(y, g.gemm(g.concat([low, narrow], 1), g.concat([b, weights], 1), { transB: true }))];
    },
  },
};
