// Reductions and softmax.
import type { Graph } from '../graph.ts';
import { sizeOf, type Spec, type Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

const reduced = ({ shape, dtype }: Tensor, { axes, keepDims }: Reduction): Spec[] => [
  {
    shape: keepDims ? shape.map((size, i) => (axes.includes(i) ? 1 : size)) : shape.filter((_, i) => !axes.includes(i)),
    dtype,
  },
];

/** dy with the reduced dimensions back as ones, so that it broadcasts against x. */
const kept = (g: Graph, x: Tensor, dy: Tensor, { axes }: Reduction): Tensor =>
  g.reshape(dy, x.shape.map((size, i) => (axes.includes(i) ? 1 : size))); // prettier-ignore

export const reduce: RuleTable<
  'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare' | 'ReduceMax' | 'ReduceMin' | 'ArgMax' | 'Softmax'
> = {
  ReduceSum: {
    infer: ([x], attributes) => reduced(x, attributes),
    gradient: (g, [x], _, [dy], { attributes }) => [g.expand(kept(g, x, dy, attributes), x.shape)],
  },
  ReduceMean: {
    infer: ([x], attributes) => reduced(x, attributes),
    gradient: (g, [x], [y], [dy], { attributes }) => [
      g.expand(g.mul(kept(g, x, dy, attributes), sizeOf(y.shape) / sizeOf(x.shape)), x.shape),
    ],
  },
  ReduceSumSquare: {
    infer: ([x], attributes) => reduced(x, attributes),
    gradient: (g, [x], _, [dy], { attributes }) => [g.mul(g.mul(x, 2), kept(g, x, dy, attributes))], // dx = 2x · dy
  },
  ReduceMax: { infer: ([x], attributes) => reduced(x, attributes), gradient: null },
  ReduceMin: { infer: ([x], attributes) => reduced(x, attributes), gradient: null },
  /** Index of the largest entry of the last dimension. */
  ArgMax: { infer: ([x]) => [{ shape: x.shape.slice(0, -1), dtype: 'int64' }], gradient: null },
  /** Over the last dimension. */
  Softmax: {
    infer: ([{ shape, dtype }]) => [{ shape, dtype }],
    // dx = y ∘ (dy − Σ y∘dy)
    gradient: (g, [x], [y], [dy]) => [g.mul(y, g.sub(dy, g.sum(g.mul(y, dy), [x.shape.length - 1], true)))],
  },
};
