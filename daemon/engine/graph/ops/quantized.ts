// Products with frozen weights in 4 bits. A matrix is dequantised for one product at a time; nothing of it is kept.
import type { Graph } from '../graph.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';
import type { BlockScales } from './signatures.ts';

/** Scales that share a scale of their own where they are coded themselves. */
const NESTED_BLOCK = 256;

/** Scales [blocks], decoded where they are codes: table[code] · absmax + offset. */
function blockScales(g: Graph, scales: BlockScales): Tensor {
  if (scales.length === 1) return scales[0];
  const [codes, table, absmax, offset] = scales;
  const count = sizeOf(codes.shape);
  const whole = Math.ceil(count / NESTED_BLOCK) * NESTED_BLOCK;
  const values = g.one('Gather', [table, g.cast(codes, 'int32')], {});
  const padded = whole === count ? values : g.concat([values, g.zeros([whole - count])], 0);
  const scaled = g.mul(g.reshape(padded, [whole / NESTED_BLOCK, NESTED_BLOCK]), g.reshape(absmax, [sizeOf(absmax.shape), 1])); // prettier-ignore
  return g.add(g.slice(g.reshape(scaled, [whole]), 0, 0, count), offset);
}

export const quantized: RuleTable<'MatMulBnb4' | 'Dequantise4' | 'Linear4'> = {
  MatMulBnb4: {
    infer: ([a], { shape: [out] }) => [{ shape: [a.shape[0] ?? 0, out], dtype: a.dtype }],
    gradient: null,
  },
  Dequantise4: {
    infer: (_, { shape }) => [{ shape, dtype: 'float32' }],
    gradient: null,
    expand: (g, [quads, table, ...scales], { shape, blockSize }) => {
      const size = sizeOf(shape);
      const values = g.one('Gather', [table, g.cast(quads, 'int32')], {}); // [codes / 4, 4]
      const blocks = sizeOf(values.shape) / blockSize;
      const scaled = g.mul(g.reshape(values, [blocks, blockSize]), g.reshape(blockScales(g, scales), [blocks, 1]));
      return [g.reshape(g.slice(g.reshape(scaled, [blocks * blockSize]), 0, 0, size), shape)];
    },
  },
  Linear4: {
    infer: ([x], { shape: [out] }) => [{ shape: [x.shape[0] ?? 0, out], dtype: x.dtype }],
    // dx = dy·W; the operator has no product with W as it stands, so W is decoded for it
    gradient: (g, [, , quads, table, ...scales], _, [dy], { attributes }) => [
      g.gemm(dy, g.one('Dequantise4', [quads, table, ...scales], attributes)),
    ],
    expand: (g, [x, codes, quads, table, ...scales], attributes, target) =>
      target === 'webgpu'
        ? [g.gemm(x, g.one('Dequantise4', [quads, table, ...scales], attributes), { transB: true })]
        : [g.one('MatMulBnb4', [x, codes, blockScales(g, scales)], attributes)],
  },
};
