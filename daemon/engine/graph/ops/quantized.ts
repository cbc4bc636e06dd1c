// Products with frozen weights in 8 and 4 bits. Eight: both operands as whole numbers, in both directions. Four: a matrix is
// dequantised for one product at a time; nothing of it is kept.
import type { Graph } from '../graph.ts';
import { sizeOf, type DType, type Tensor } from '../tensor.ts';
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

/** Smallest scale of a row: a row of zeros rounds to zeros. */
const TINY = 1e-30;

/** 128 in the middle of uint8, 0 in the middle of int8. */
const zeroOf = (dtype: DType): number => (dtype === 'uint8' ? 128 : 0);

export const scalarOf = (g: Graph, value: number, dtype: 'uint8' | 'int8'): Tensor =>
  g.sharedConstant(`${dtype} ${value}`, () => Uint8Array.of(value), [], dtype);

/** Whole numbers that stand for (x − zero) · scale, one scale for all or one for each row. */
export interface Rounded {
  readonly values: Tensor; // uint8 [M, K]
  readonly scales: Tensor; // [] or [M, 1]
  readonly zero: number;
}

/** x·(b ∘ scales) as one product of whole numbers; b [N, K] with transB, else [K, N]. */
export function product8(
  g: Graph,
  { values, scales: xScales, zero: middle }: Rounded,
  codes: Tensor,
  scales: Tensor,
  transB: boolean,
): Tensor {
  const dtype = codes.dtype === 'uint8' ? 'uint8' : 'int8';
  const zero = zeroOf(dtype);
  const count = scales.shape[0];
  const zeros =
    count === undefined
      ? scalarOf(g, zero, dtype)
      : g.sharedConstant(`${dtype} ${zero} ${count}`, () => new Uint8Array(count).fill(zero), [count], dtype);
  const whole = xScales.shape.length === 0;
  const scale = whole ? xScales : g.scalar(1);
  const product = g.one('QuantisedGemm', [values, scale, scalarOf(g, middle, 'uint8'), codes, scales, zeros], { transB }); // prettier-ignore
  return whole ? product : g.mul(product, xScales);
}

export const quantized: RuleTable<
  | 'Columns'
  | 'QuantiseRows'
  | 'QuantisedGemm'
  | 'Round8'
  | 'Dequantise8'
  | 'Linear8Exact'
  | 'Linear8'
  | 'Linear8Grad'
  | 'MatMulBnb4'
  | 'Dequantise4'
  | 'Linear4'
> = {
  Columns: {
    infer: ([x, columns]) => [{ shape: [x.shape[0] ?? 0, columns.shape[0] ?? 0], dtype: x.dtype }],
    gradient: () => [],
  },
  QuantiseRows: { infer: ([x]) => [{ shape: x.shape, dtype: 'uint8' }], gradient: null },
  QuantisedGemm: {
    infer: ([a, , , b], { transB }) => [{ shape: [a.shape[0] ?? 0, b.shape[transB ? 0 : 1] ?? 0], dtype: 'float32' }],
    gradient: null,
  },
  Round8: {
    infer: ([x], { whole }) => [
      { shape: x.shape, dtype: 'uint8' },
      { shape: whole ? [] : [x.shape[0] ?? 0, 1], dtype: 'float32' },
    ],
    gradient: null,
    expand: (g, [x], { whole }) => {
      const rows = x.shape[0] ?? 0;
      const axes = whole ? [0, 1] : [1];
      const most = g.one('ReduceMax', [x], { axes, keepDims: !whole });
      const least = g.one('ReduceMin', [x], { axes, keepDims: !whole });
      const size = g.one('Max', [g.one('Max', [most, g.neg(least)], {}), g.scalar(TINY)], {});
      const scales = g.mul(size, 1 / 127);
      if (whole) return [g.one('QuantiseRows', [x, scales, scalarOf(g, 128, 'uint8')], {}), scales];
      const zeros = g.sharedConstant(`uint8 128 ${rows}`, () => new Uint8Array(rows).fill(128), [rows], 'uint8');
      return [g.one('QuantiseRows', [x, g.reshape(scales, [rows]), zeros], {}), scales];
    },
  },
  Dequantise8: {
    infer: ([codes]) => [{ shape: codes.shape, dtype: 'float32' }],
    gradient: null,
    expand: (g, [codes, scales]) => {
      const values = g.cast(codes, 'float32');
      const centred = codes.dtype === 'uint8' ? g.sub(values, g.scalar(128)) : values;
      return [g.mul(centred, g.reshape(scales, [scales.shape[0] ?? 0, 1]))];
    },
  },
  Linear8Exact: {
    infer: ([x, codes]) => [{ shape: [x.shape[0] ?? 0, codes.shape[0] ?? 0], dtype: x.dtype }],
    // dx = dy·W
    gradient: (g, [, codes, scales], _, [dy]) => [g.gemm(dy, g.one('Dequantise8', [codes, scales], {}))],
    expand: (g, [x, codes, scales]) => [g.gemm(x, g.one('Dequantise8', [codes, scales], {}), { transB: true })],
  },
  Linear8: {
    infer: ([x, , , , codes]) => [{ shape: [x.shape[0] ?? 0, codes.shape[0] ?? 0], dtype: x.dtype }],
    gradient: (g, [, , , , codes, scales], _, [dy]) => [g.one('Linear8Grad', [dy, codes, scales], {})],
    expand: (g, [, part, rounded, xScales, codes, scales], _, target) =>
      target === 'cpu'
        ? [product8(g, { values: rounded, scales: xScales, zero: 128 }, codes, scales, true)]
        : [g.gemm(part, g.one('Dequantise8', [codes, scales], {}), { transB: true })],
  },
  Linear8Grad: {
    infer: ([dy, codes]) => [{ shape: [dy.shape[0] ?? 0, codes.shape[1] ?? 0], dtype: dy.dtype }],
    gradient: null,
    // dx = dy·(codes ∘ scales) = (dy ∘ scales)·codes: the scales of W's rows go to dy's columns
    expand: (g, [dy, codes, scales], _, target) => {
      if (target !== 'cpu') return [g.gemm(dy, g.one('Dequantise8', [codes, scales], {}))];
      const [values, dyScales] = g.op('Round8', [g.mul(dy, scales)], { whole: false });
      if (!values || !dyScales) throw new Error('Round8 has two outputs');
      return [product8(g, { values, scales: dyScales, zero: 128 }, codes, g.scalar(1), false)];
    },
  },
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
