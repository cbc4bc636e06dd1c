// Rows by index: embedding lookups, the choice of trained rows, and their gradients.
import type { RuleTable } from './rule.ts';

const rows = (table: readonly number[], indices: readonly number[]): number[] => [...indices, ...table.slice(1)];

export const indexing: RuleTable<'Gather' | 'SelectRows' | 'ScatterAdd' | 'GatherElements' | 'Gate'> = {
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
  },
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
