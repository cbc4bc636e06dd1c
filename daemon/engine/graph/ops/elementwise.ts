// Elementwise ops with NumPy broadcasting. Gradients of broadcast inputs are summed back to the input's shape.
import type { Graph } from '../graph.ts';
import { broadcast, type DType, type Spec, type Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';

const same = ({ shape, dtype }: Tensor): Spec[] => [{ shape, dtype }];
const both = (a: Tensor, b: Tensor, dtype: DType = a.dtype): Spec[] => [{ shape: broadcast(a.shape, b.shape), dtype }];

/** Sums dy over the dimensions in which an input of `shape` was broadcast. */
export function sumTo(g: Graph, dy: Tensor, shape: readonly number[]): Tensor {
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((size, i) => (i < lead || (shape[i - lead] === 1 && size !== 1) ? [i] : []));
  return g.reshape(g.sum(dy, axes, false), shape);
}

type Elementwise =
  | 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Neg' | 'Exp' | 'Log' | 'Sqrt' | 'Reciprocal' | 'Sigmoid' | 'Silu' | 'Tanh' | 'Erf'
  | 'Softplus' | 'Cast' | 'Equal' | 'Greater' | 'Where'; // prettier-ignore

export const elementwise: RuleTable<Elementwise> = {
  Add: {
    infer: ([a, b]) => both(a, b),
    gradient: (g, [a, b], _, [dy], { needs }) => [
      needs[0] ? sumTo(g, dy, a.shape) : undefined,
      needs[1] ? sumTo(g, dy, b.shape) : undefined,
    ],
  },
  Sub: {
    infer: ([a, b]) => both(a, b),
    gradient: (g, [a, b], _, [dy], { needs }) => [
      needs[0] ? sumTo(g, dy, a.shape) : undefined,
      needs[1] ? sumTo(g, g.neg(dy), b.shape) : undefined,
    ],
  },
  Mul: {
    infer: ([a, b]) => both(a, b),
    gradient: (g, [a, b], _, [dy], { needs }) => [
      needs[0] ? sumTo(g, g.mul(dy, b), a.shape) : undefined, // da = dy · b
      needs[1] ? sumTo(g, g.mul(dy, a), b.shape) : undefined,
    ],
  },
  Div: {
    infer: ([a, b]) => both(a, b),
    gradient: (g, [a, b], [y], [dy], { needs }) => [
      needs[0] ? sumTo(g, g.div(dy, b), a.shape) : undefined, // da = dy / b
      needs[1] ? sumTo(g, g.neg(g.div(g.mul(dy, y), b)), b.shape) : undefined, // db = −dy · y / b
    ],
  },
  Max: {
    infer: ([a, b]) => both(a, b),
    // the larger input takes the gradient; the first where they are equal or smaller, as b must exceed a
    gradient: (g, [a, b], _, [dy], { needs }) => {
      const second = g.one('Greater', [b, a], {});
      const zero = g.scalar(0);
      return [
        needs[0] ? sumTo(g, g.one('Where', [second, zero, dy], {}), a.shape) : undefined,
        needs[1] ? sumTo(g, g.one('Where', [second, dy, zero], {}), b.shape) : undefined,
      ];
    },
  },
  Neg: { infer: ([x]) => same(x), gradient: (g, _x, _y, [dy]) => [g.neg(dy)] },
  Exp: { infer: ([x]) => same(x), gradient: (g, _x, [y], [dy]) => [g.mul(dy, y)] }, // dx = dy · eˣ
  Log: { infer: ([x]) => same(x), gradient: (g, [x], _y, [dy]) => [g.div(dy, x)] }, // dx = dy / x
  Sqrt: { infer: ([x]) => same(x), gradient: (g, _x, [y], [dy]) => [g.div(g.mul(dy, 0.5), y)] }, // dx = dy / 2√x
  Reciprocal: { infer: ([x]) => same(x), gradient: (g, _x, [y], [dy]) => [g.neg(g.mul(dy, g.square(y)))] }, // dx = −dy / x²
  Sigmoid: {
    infer: ([x]) => same(x),
    gradient: (g, _x, [y], [dy]) => [g.mul(dy, g.mul(y, g.sub(g.scalar(1), y)))], // dx = dy · y(1 − y)
  },
  Silu: {
    infer: ([x]) => same(x),
    // dx = dy · (σ(x) + y(1 − σ(x)))
    gradient: (g, [x], [y], [dy]) => {
      const s = g.sigmoid(x);
      return [g.mul(dy, g.add(s, g.mul(y, g.sub(g.scalar(1), s))))];
    },
  },
  Tanh: {
    infer: ([x]) => same(x),
    gradient: (g, _x, [y], [dy]) => [g.mul(dy, g.sub(g.scalar(1), g.square(y)))], // dx = dy · (1 − y²)
  },
  Erf: {
    infer: ([x]) => same(x),
    // dx = dy · 2/√π · e^(−x²)
    gradient: (g, [x], _y, [dy]) => [g.mul(dy, g.mul(g.one('Exp', [g.neg(g.square(x))], {}), 2 / Math.sqrt(Math.PI)))],
  },
  Softplus: { infer: ([x]) => same(x), gradient: (g, [x], _y, [dy]) => [g.mul(dy, g.sigmoid(x))] }, // dx = dy · σ(x)
  Cast: {
    infer: ([x], { to }) => [{ shape: x.shape, dtype: to }],
    gradient: (g, [x], _y, [dy]) => [g.cast(dy, x.dtype)],
  },
  Equal: { infer: ([a, b]) => both(a, b, 'bool'), gradient: null },
  Greater: { infer: ([a, b]) => both(a, b, 'bool'), gradient: null },
  Where: {
    infer: ([condition, a, b]) => [{ shape: broadcast(condition.shape, broadcast(a.shape, b.shape)), dtype: a.dtype }],
    gradient: (g, [condition, a, b], _, [dy], { needs }) => [
      undefined,
      needs[1] ? sumTo(g, g.one('Where', [condition, dy, g.scalar(0)], {}), a.shape) : undefined,
      needs[2] ? sumTo(g, g.one('Where', [condition, g.scalar(0), dy], {}), b.shape) : undefined,
    ],
  },
};
