// Rows by index: embedding lookups, the choice of trained rows, and their gradients.
import { sizeOf } from '../tensor.ts';
import type { RuleTable } from './rule.ts';

const rows = (table: readonly number[], indices: readonly number[]): number[] => [...indices, ...table.slice(1)];

type Indexing = 'Gather' | 'SelectRows' | 'ScatterAdd' | 'ScatterRows' | 'ScatterElements' | 'GatherElements' | 'Gate';

/** Rows that are summed against each other at a time: a matrix of this many squared. */
const SCATTERED = 1024;

export const indexing: RuleTable<Indexing> = {
  Gather: {
    infer: ([table, indices]) => [{ shape: rows(table.shape, indices.shape), dtype: table.dtype }],
    // d table[i] = Σ dy over the places where i was looked up
    gradient: (g, [table, indices], _, [dy]) => [
      g.one('ScatterAdd', [g.zeros(table.shape), indices, dy], {}),
      undefined,
    ],
  },
  SelectRows: {
    infer: ([table, indices]) => [{ shape: rows(table.shape, indices.shape), dtype: table.dtype }],
    // each table row looks up its gradient; rows that were not selected find a row of zeros behind the last
    gradient: (g, [table, , inverse], _, [dy]) => {
      const zero = g.zeros([1, ...table.shape.slice(1)]);
      return [g.one('Gather', [g.concat([dy, zero], 0), inverse], {}), undefined, undefined];
    },
    expand: (g, [table, indices]) => [g.one('Gather', [table, indices], {})],
  },
  ScatterAdd: {
    infer: ([base]) => [{ shape: base.shape, dtype: base.dtype }],
    gradient: (g, [, indices], _, [dy], { needs }) => [
      needs[0] ? dy : undefined,
      undefined,
      needs[2] ? g.one('Gather', [dy, indices], {}) : undefined,
    ],
    // ONNX Runtime adds scattered numbers one by one, a thousand times slower than it moves rows. So rows of one index are
    // summed by a product with the matrix of equal indices, and each puts that same sum in its place.
    expand: (g, [base, indices, updates]) => {
      const [count = 0, ...row] = updates.shape;
      let result = base;
      for (let start = 0; start < count; start += SCATTERED) {
        const end = Math.min(start + SCATTERED, count);
        const places = g.slice(indices, 0, start, end);
        const equal = g.one('Equal', [g.reshape(places, [end - start, 1]), g.reshape(places, [1, end - start])], {});
        const flat = g.reshape(g.slice(updates, 0, start, end), [end - start, sizeOf(row)]);
        const sums = g.reshape(g.gemm(g.cast(equal, 'float32'), flat), [end - start, ...row]);
        result = g.one('ScatterRows', [result, places, g.add(g.one('Gather', [result, places], {}), sums)], {});
      }
      return [result];
    },
  },
  ScatterRows: { infer: ([base]) => [{ shape: base.shape, dtype: base.dtype }], gradient: null },
  ScatterElements: { infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }], gradient: null },
  GatherElements: {
    infer: ([x, indices]) => [{ shape: indices.shape, dtype: x.dtype }],
    gradient: null,
  },
  Gate: {
    infer: ([x]) => {
      if (!x) throw new Error('gate of nothing');
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    gradient: (_g, inputs, _y, [dy]) => inputs.map((_, i) => (i === 0 ? dy : undefined)),
    // x + 0 · (one element of each): ONNX has no control edges, so the order is made of data
    expand: (g, [x, ...after]) => {
      if (!x) throw new Error('gate of nothing');
      const elements = after.map((tensor) => {
        const corner = tensor.shape.reduce((part, _, axis) => g.slice(part, axis, 0, 1), tensor);
        return g.reshape(corner, [1]);
      });
      const zero = g.mul(g.sum(g.concat(elements, 0), [0], false), 0);
      return [g.add(x, zero)];
    },
  },
};
