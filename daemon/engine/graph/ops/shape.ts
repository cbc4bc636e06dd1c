// Ops that move values without computing: their gradients move them back.
import { sizeOf, type Tensor } from '../tensor.ts';
import { sumTo } from './elementwise.ts';
import type { RuleTable } from './rule.ts';

const replaced = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((old, i) => (i === axis ? size : old));

const inverse = (permutation: readonly number[]): number[] => {
  const result: number[] = [];
  permutation.forEach((axis, i) => (result[axis] = i));
  return result;
};

const at = (shape: readonly number[], axis: number): number => {
  const size = shape[axis];
  if (size === undefined) throw new Error(`axis ${axis} is outside shape [${shape}]`);
  return size;
};

export const shape: RuleTable<'Reshape' | 'Transpose' | 'Expand' | 'Slice' | 'Concat'> = {
  Reshape: {
    infer: ([x], attributes) => {
      if (sizeOf(x.shape) !== sizeOf(attributes.shape))
        throw new Error(`cannot reshape [${x.shape}] to [${attributes.shape}]`);
      return [{ shape: attributes.shape, dtype: x.dtype }];
    },
    gradient: (g, [x], _, [dy]) => [g.reshape(dy, x.shape)],
  },
  Transpose: {
    infer: ([x], { permutation }) => [{ shape: permutation.map((axis) => at(x.shape, axis)), dtype: x.dtype }],
    gradient: (g, _x, _y, [dy], { attributes }) => [g.transpose(dy, inverse(attributes.permutation))],
  },
  Expand: {
    infer: ([x], attributes) => [{ shape: attributes.shape, dtype: x.dtype }],
    gradient: (g, [x], _, [dy]) => [sumTo(g, dy, x.shape)],
  },
  Slice: {
    infer: ([x], { axis, start, end }) => {
      if (start < 0 || end > at(x.shape, axis) || start >= end)
        throw new Error(`slice ${start}:${end} of [${x.shape}] axis ${axis}`);
      return [{ shape: replaced(x.shape, axis, end - start), dtype: x.dtype }];
    },
    // zeros before and after
    gradient: (g, [x], _, [dy], { attributes: { axis, start, end } }) => {
      const size = at(x.shape, axis);
      const parts: Tensor[] = [];
      if (start > 0) parts.push(g.zeros(replaced(x.shape, axis, start)));
      parts.push(dy);
      if (end < size) parts.push(g.zeros(replaced(x.shape, axis, size - end)));
      return [g.concat(parts, axis)];
    },
  },
  Concat: {
    infer: (parts, { axis }) => {
      const [first] = parts;
      if (!first) throw new Error('concat of nothing');
      const total = parts.reduce((sum, part) => sum + at(part.shape, axis), 0);
      return [{ shape: replaced(first.shape, axis, total), dtype: first.dtype }];
    },
    gradient: (g, parts, _, [dy], { attributes: { axis }, needs }) => {
      let start = 0;
      return parts.map((part, i) => {
        const end = start + at(part.shape, axis);
        const gradient = needs[i] ? g.slice(dy, axis, start, end) : undefined;
        start = end;
        return gradient;
      });
    },
  },
};
