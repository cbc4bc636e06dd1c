// Every op of the table: values against float64, gradients against central differences.
import { describe, expect, test } from 'vitest';
import { Graph } from '../graph.ts';
import type { DType } from '../tensor.ts';
import { differentiate } from '../gradient.ts';
import { checkOp, type Build, type InputSpec } from '../testing/check-op.ts';
import { tables4, type Table4 } from './codes4.ts';
import type { ActivationKind, Inputs, OpName } from './signatures.ts';
import { opTable } from './table.ts';

interface Case {
  readonly op: OpName;
  readonly what?: string;
  readonly inputs: readonly InputSpec[];
  readonly build: Build;
  readonly gradient?: boolean;
}

const x = (...shape: number[]): InputSpec => ({ shape });
const positive = (...shape: number[]): InputSpec => ({ shape, shift: 2 });
const ints = (shape: number[], values: number[]): InputSpec => ({ shape, values, dtype: 'int32' });

const unary = (
  op: 'Neg' | 'Exp' | 'Log' | 'Sqrt' | 'Reciprocal' | 'Sigmoid' | 'Silu' | 'Tanh' | 'Erf' | 'Softplus' | 'Softmax',
  input: InputSpec,
): Case => ({
  op,
  inputs: [input],
  build: (g, [a]) => g.one(op, [a!], {}), // eslint-disable-line typescript/no-non-null-assertion
});

const binary = (op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max', a: InputSpec, b: InputSpec): Case => ({
  op,
  what: `[${a.shape}] and [${b.shape}]`,
  inputs: [a, b],
  build: (g, [left, right]) => g.one(op, [left!, right!], {}), // eslint-disable-line typescript/no-non-null-assertion
});

const gemm = (transA: boolean, transB: boolean, alpha: number, c?: number[]): Case => ({
  op: 'Gemm',
  what: `transA ${transA} transB ${transB} alpha ${alpha}${c ? ` + [${c}]` : ''}`,
  inputs: [x(...(transA ? [4, 3] : [3, 4])), x(...(transB ? [5, 4] : [4, 5])), ...(c ? [x(...c)] : [])],
  build: (g, [a, b, added]) => g.gemm(a!, b!, { transA, transB, alpha, ...(added ? { c: added } : {}) }), // eslint-disable-line typescript/no-non-null-assertion
});

const batched = (transA: boolean, transB: boolean, alpha: number): Case => ({
  op: 'BatchMatMul',
  what: `transA ${transA} transB ${transB} alpha ${alpha}`,
  inputs: [x(2, 2, ...(transA ? [4, 3] : [3, 4])), x(2, 2, ...(transB ? [5, 4] : [4, 5]))],
  build: (g, [a, b]) => g.matmul(a!, b!, { transA, transB, alpha }), // eslint-disable-line typescript/no-non-null-assertion
});

interface AttentionCase {
  readonly block: number;
  readonly window?: number;
  readonly softcap?: number;
  readonly segments?: number[];
}

const attention = ({ block, window, softcap, segments }: AttentionCase): Case => ({
  op: 'Attention',
  what: `block ${block}, window ${window}, softcap ${softcap}, segments ${segments !== undefined}`,
  inputs: [x(1, 2, 2, 7, 3), x(1, 2, 7, 3), x(1, 2, 7, 3), ...(segments ? [ints([1, 7], segments)] : [])],
  build: (g, [q, k, v, s]) =>
    g.one('Attention', s ? [q!, k!, v!, s] : [q!, k!, v!], { scale: 0.6, window, softcap, block }), // eslint-disable-line typescript/no-non-null-assertion
});

/** Loss of rows [5, 3] over 6 tokens, one row with weight 0. */
const crossEntropy = (chunk: number, softcap?: number): Case => ({
  op: 'LinearCrossEntropy',
  what: `chunk ${chunk}, softcap ${softcap}`,
  inputs: [x(5, 3), x(6, 3), ints([5], [1, 4, 4, 0, 2]), { shape: [5], values: [0.5, 0.25, 1, 0, 0.75], fixed: true }],
  build: (g, [h, w, targets, weights]) => {
    const attributes = { chunk, softcap, hiddenGradient: true, weightGradient: true };
    return g.op('LinearCrossEntropy', [h!, w!, targets!, weights!], attributes)[0]!; // eslint-disable-line typescript/no-non-null-assertion
  },
});

const gated = (kind: ActivationKind): Case => ({
  op: 'GatedActivation',
  what: kind,
  inputs: [x(3, 4), x(3, 4)],
  build: (g, [gate, up]) => g.one('GatedActivation', [gate!, up!], { kind }), // eslint-disable-line typescript/no-non-null-assertion
});

/** A matrix of 4-bit codes: bytes, the same by twos, the values of all fours; scales as they are, or coded themselves. */
const blocks4 = (shape: [number, number], blockSize: number, table: Table4, nested: boolean) => {
  const size = shape[0] * shape[1];
  const blocks = Math.ceil(size / blockSize);
  const bytes = Array.from({ length: (blocks * blockSize) / 2 }, (_, i) => (i * 97 + 31) % 256);
  const words = Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i] ?? 0) + 256 * (bytes[2 * i + 1] ?? 0));
  const value = (code: number): number => tables4[table][code] ?? 0;
  const quads = Array.from({ length: 65536 }, (_, word) => [(word >> 4) & 15, word & 15, word >> 12, (word >> 8) & 15].map(value)).flat(); // prettier-ignore
  const fixed = (shape: number[], values: number[], dtype: DType = 'float32'): InputSpec => ({ shape, values, dtype, fixed: true }); // prettier-ignore
  const steps = (count: number): number[] => Array.from({ length: count }, (_, i) => 0.25 + (i % 7) / 8);
  const scales = nested
    ? [
        fixed(
          [blocks],
          Array.from({ length: blocks }, (_, i) => (i * 11) % 256),
          'uint8',
        ),
        fixed([256], steps(256)),
        fixed([Math.ceil(blocks / 256)], steps(Math.ceil(blocks / 256))),
        fixed([], [0.125]),
      ]
    : [fixed([blocks], steps(blocks))];
  return {
    codes: fixed([Math.ceil(size / 2)], bytes.slice(0, Math.ceil(size / 2)), 'uint8'),
    quads: fixed([words.length], words, 'uint16'),
    table: fixed([65536, 4], quads),
    scales,
    attributes: { shape, blockSize, table },
  };
};

const linear4 = (shape: [number, number], blockSize: number, table: Table4, nested: boolean): Case => {
  const { codes, quads, table: values, scales, attributes } = blocks4(shape, blockSize, table, nested);
  return {
    op: 'Linear4',
    what: `${table} [${shape}] by ${blockSize}${nested ? ', scales coded' : ''}`,
    inputs: [x(1, shape[1]), codes, quads, values, ...scales],
    build: (g, inputs) => g.one('Linear4', inputs as unknown as Inputs<'Linear4'>, attributes),
  };
};

const dequantise4 = (nested: boolean): Case => {
  const { quads, table, scales, attributes } = blocks4([3, 10], 16, 'nf4', nested);
  return {
    op: 'Dequantise4',
    what: nested ? 'scales coded' : '',
    inputs: [quads, table, ...scales],
    build: (g, inputs) => g.one('Dequantise4', inputs as unknown as Inputs<'Dequantise4'>, attributes),
    gradient: false,
  };
};

const matMulBnb4 = (): Case => {
  const { codes, scales, attributes } = blocks4([5, 12], 16, 'fp4', false);
  return {
    op: 'MatMulBnb4',
    inputs: [x(3, 12), codes, ...scales],
    build: (g, [a, b, c]) => g.one('MatMulBnb4', [a!, b!, c!], attributes), // eslint-disable-line typescript/no-non-null-assertion
    gradient: false,
  };
};

const given = (shape: number[], values: number[], dtype: DType = 'float32'): InputSpec => ({ shape, values, dtype, fixed: true }); // prettier-ignore

/** Rows of whole multiples of 1/128, the largest 127/128: they round to themselves, in any precision. */
const exactRows = (rows: number, width: number): InputSpec =>
  given([rows, width], Array.from({ length: rows * width }, (_, i) => (i % width === 1 ? 127 : ((i * 53) % 255) - 127) / 128)); // prettier-ignore

/** An 8-bit matrix [out, in]; unsigned codes have their zero at 128. Scales are powers of two, so that nothing else rounds. */
const codes8 = (out: number, width: number, dtype: 'int8' | 'uint8'): InputSpec[] => {
  const codes = Array.from({ length: out * width }, (_, i) => ((i * 89) % 255) - 127 + (dtype === 'uint8' ? 128 : 0));
  return [
    given([out, width], codes, dtype),
    given(
      [out],
      Array.from({ length: out }, (_, i) => 2 ** -(5 + (i % 3))),
    ),
  ];
};

/** The loss over an 8-bit projection [11, 8]: chunks of eight rows take all rows of the dither in turn, others its first. */
function crossEntropy8(dtype: 'int8' | 'uint8', chunk: number): Case {
  const [rows, width, vocabulary, narrow] = [8, 8, 11, 2];
  const [codes, scales] = codes8(vocabulary, width, dtype) as [InputSpec, InputSpec];
  const transposed = Array.from({ length: width * vocabulary }, (_, i) => codes.values?.[(i % vocabulary) * width + Math.floor(i / vocabulary)] ?? 0); // prettier-ignore
  const dither = Array.from({ length: 8 * vocabulary }, (_, i) => ((i * 37) % 89) / 89 - 0.5);
  return {
    op: 'LinearCrossEntropy8',
    what: `${dtype}, ${chunk} rows a chunk`,
    inputs: [
      exactRows(rows, width), { ...x(rows, narrow), fixed: true }, given([width, vocabulary], transposed, dtype), codes, scales,
      { ...x(vocabulary, narrow), fixed: true }, given([rows], [0, 10, 3, 3, 7, 1, 9, 5], 'int32'),
      given([rows], [0.5, 0.1, 0.2, 0, 0.1, 0.3, 0.2, 0.1]), given([8, vocabulary], dither),
    ], // prettier-ignore
    build: (g, [h, c, turned, w, s, weights, targets, rowWeights, d]) => {
      /* eslint-disable typescript/no-non-null-assertion */
      const [rounded, scale] = g.op('Round8', [h!], { whole: true });
      return g.op('LinearCrossEntropy8', [h!, rounded!, scale!, c!, turned!, w!, s!, weights!, targets!, rowWeights!, d!], { chunk }); // prettier-ignore
      /* eslint-enable typescript/no-non-null-assertion */
    },
    gradient: false,
  };
}

/* eslint-disable typescript/no-non-null-assertion */
const cases: readonly Case[] = [
  binary('Add', x(2, 3), x(2, 3)), binary('Add', x(2, 3), x(3)), binary('Add', x(4, 1), x(2, 1, 3)),
  binary('Sub', x(2, 3), x(2, 1)), binary('Mul', x(2, 3), x(3)), binary('Mul', x(), x(2, 3)),
  binary('Div', x(2, 3), positive(2, 3)), binary('Div', x(3), positive(2, 3)), binary('Max', x(3, 4), x(4)),
  unary('Neg', x(5)), unary('Exp', x(5)), unary('Log', positive(5)), unary('Sqrt', positive(5)), unary('Reciprocal', positive(5)),
  unary('Sigmoid', x(5)), unary('Silu', x(5)), unary('Tanh', x(5)), unary('Erf', x(5)), unary('Softplus', x(5)), unary('Softmax', x(2, 3, 4)),
  { op: 'Cast', inputs: [{ shape: [4], values: [0, 1, 1, 0], dtype: 'uint8' }], build: (g, [a]) => g.cast(a!, 'float32'), gradient: false },
  { op: 'Equal', inputs: [ints([3], [1, 2, 3]), ints([3], [1, 5, 3])], build: (g, [a, b]) => g.cast(g.one('Equal', [a!, b!], {}), 'float32'), gradient: false },
  { op: 'Greater', inputs: [x(3), x(3)], build: (g, [a, b]) => g.cast(g.one('Greater', [a!, b!], {}), 'float32'), gradient: false },
  { op: 'Where', inputs: [x(2, 3), x(2, 3), x(3)], build: (g, [c, a, b]) => g.one('Where', [g.one('Greater', [c!, g.scalar(0)], {}), g.add(a!, g.mul(c!, 0)), b!], {}) },
  { op: 'Reshape', inputs: [x(2, 6)], build: (g, [a]) => g.reshape(a!, [3, 4]) },
  { op: 'Transpose', inputs: [x(2, 3, 4)], build: (g, [a]) => g.transpose(a!, [2, 0, 1]) },
  { op: 'Expand', inputs: [x(3, 1)], build: (g, [a]) => g.expand(a!, [2, 3, 4]) },
  { op: 'Slice', inputs: [x(5, 3)], build: (g, [a]) => g.slice(a!, 0, 1, 4) },
  { op: 'Slice', what: 'to the end', inputs: [x(2, 5)], build: (g, [a]) => g.slice(a!, 1, 3, 5) },
  { op: 'Concat', inputs: [x(2, 3), x(2, 1)], build: (g, [a, b]) => g.concat([a!, b!], 1) },
  { op: 'ReduceSum', inputs: [x(2, 3, 4)], build: (g, [a]) => g.sum(a!, [0, 2]) },
  { op: 'ReduceMean', inputs: [x(2, 3, 4)], build: (g, [a]) => g.mean(a!, [1], true) },
  { op: 'ReduceSumSquare', inputs: [x(2, 3)], build: (g, [a]) => g.one('ReduceSumSquare', [a!], { axes: [1], keepDims: true }) },
  { op: 'ArgMax', inputs: [x(3, 5)], build: (g, [a]) => g.cast(g.one('ArgMax', [a!], {}), 'float32'), gradient: false },
  ...[false, true].flatMap((a) => [false, true].flatMap((b) => [gemm(a, b, 1), gemm(a, b, 0.5), batched(a, b, 1), batched(a, b, 0.3)])),
  gemm(false, true, 1, [5]), gemm(false, true, 2, [3, 5]), gemm(false, false, 1, [3, 1]),
  { op: 'Gather', inputs: [x(4, 3), ints([5], [0, 2, 2, 3, 0])], build: (g, [a, i]) => g.one('Gather', [a!, i!], {}) },
  {
    op: 'SelectRows', what: 'padded with a row that counts nowhere',
    inputs: [x(5, 2), ints([3], [1, 4, 0]), ints([5], [3, 0, 3, 3, 1])],
    build: (g, [a, i, inverse]) => g.mul(g.one('SelectRows', [a!, i!, inverse!], {}), g.constant(Float32Array.of(1, 1, 0), [3, 1], 'float32')),
  },
  { op: 'ScatterAdd', inputs: [x(4, 2), ints([3], [1, 3, 1]), x(3, 2)], build: (g, [base, i, updates]) => g.one('ScatterAdd', [base!, i!, updates!], {}) },
  { op: 'ScatterAdd', what: 'more rows than are summed at a time', inputs: [x(3, 1), ints([1030], Array.from({ length: 1030 }, (_, i) => (i * 7) % 3)), x(1030, 1)], build: (g, [base, i, updates]) => g.one('ScatterAdd', [base!, i!, updates!], {}), gradient: false },
  { op: 'ScatterRows', inputs: [x(4, 2), ints([2], [3, 1]), x(2, 2)], build: (g, [base, i, r]) => g.one('ScatterRows', [base!, i!, r!], {}), gradient: false },
  { op: 'ScatterElements', inputs: [x(3, 4), ints([3, 1], [2, 0, 3]), x(3, 1)], build: (g, [a, i, v]) => g.one('ScatterElements', [a!, i!, v!], {}), gradient: false },
  { op: 'GatherElements', inputs: [x(3, 4), ints([3, 1], [2, 0, 3])], build: (g, [a, i]) => g.one('GatherElements', [a!, i!], {}), gradient: false },
  { op: 'Gate', inputs: [x(3), x(2, 2)], build: (g, [a, after]) => [g.gate(a!, [after!]), g.mul(after!, 1.5)] },
  { op: 'RmsNorm', inputs: [x(3, 4), x(4)], build: (g, [a, w]) => g.one('RmsNorm', [a!, w!], { epsilon: 1e-5 }) },
  { op: 'RmsNorm', what: 'over heads', inputs: [x(2, 3, 2, 4), x(4)], build: (g, [a, w]) => g.one('RmsNorm', [a!, w!], { epsilon: 1e-6 }) },
  { op: 'RmsNormGrad', inputs: [x(2, 4), x(4), x(2, 4)], build: (g, [a, w, d]) => g.op('RmsNormGrad', [a!, w!, d!], { epsilon: 1e-5, weight: true }), gradient: false },
  { op: 'Rope', inputs: [x(2, 3, 2, 4), x(1, 3, 1, 2), x(1, 3, 1, 2)].map((each, i) => ({ ...each, fixed: i > 0 })), build: (g, [a, c, s]) => g.one('Rope', [a!, c!, s!], {}) },
  { op: 'Rope', what: 'of a part', inputs: [x(2, 3, 2, 6), x(2, 3, 1, 2), x(2, 3, 1, 2)].map((each, i) => ({ ...each, fixed: i > 0 })), build: (g, [a, c, s]) => g.one('Rope', [a!, c!, s!], {}) },
  gated('silu'), gated('gelu'), gated('gelu_tanh'),
  { op: 'GatedActivationGrad', inputs: [x(2, 3), x(2, 3), x(2, 3)], build: (g, [a, b, d]) => g.op('GatedActivationGrad', [a!, b!, d!], { kind: 'silu' }), gradient: false },
  attention({ block: 16 }), attention({ block: 3 }), attention({ block: 2, window: 3 }), attention({ block: 4, softcap: 0.8 }),
  attention({ block: 3, segments: [1, 1, 1, 2, 2, 3, 0] }), attention({ block: 3, window: 2, softcap: 1.2, segments: [1, 1, 1, 1, 2, 2, 2] }),
  {
    op: 'AttentionGrad',
    inputs: [x(1, 1, 2, 4, 2), x(1, 1, 4, 2), x(1, 1, 4, 2), x(1, 1, 2, 4, 2), x(1, 1, 2, 4, 2)],
    build: (g, [q, k, v, o, d]) => g.op('AttentionGrad', [q!, k!, v!, o!, d!], { scale: 0.5, window: undefined, softcap: undefined, block: 3 }),
    gradient: false,
  },
  crossEntropy(8), crossEntropy(2), crossEntropy(3, 1.5),
  linear4([6, 10], 16, 'nf4', false), linear4([4, 32], 32, 'fp4', false), linear4([5, 12], 16, 'nf4', true), linear4([260, 16], 16, 'fp4', true),
  dequantise4(false), dequantise4(true), matMulBnb4(),
  { op: 'ReduceMax', inputs: [x(3, 4)], build: (g, [a]) => g.one('ReduceMax', [a!], { axes: [1], keepDims: true }), gradient: false },
  { op: 'ReduceMin', inputs: [x(3, 4)], build: (g, [a]) => g.one('ReduceMin', [a!], { axes: [0], keepDims: false }), gradient: false },
  { op: 'Columns', inputs: [x(3, 5), ints([2], [4, 1])], build: (g, [a, i]) => g.one('Columns', [a!, i!], {}), gradient: false },
  { op: 'QuantiseRows', inputs: [exactRows(3, 8), given([3], [1 / 128, 1 / 64, 1 / 128]), given([3], [128, 128, 128], 'uint8')], build: (g, [a, s, z]) => g.cast(g.one('QuantiseRows', [a!, s!, z!], {}), 'float32'), gradient: false },
  ...(['int8', 'uint8'] as const).flatMap((dtype): Case[] => [
    {
      op: 'QuantisedGemm', what: dtype,
      inputs: [given([2, 4], [0, 255, 128, 130, 7, 99, 200, 128], 'uint8'), given([], [1]), given([], [128], 'uint8'), ...codes8(3, 4, dtype), given([3], dtype === 'uint8' ? [128, 128, 128] : [0, 0, 0], dtype)],
      build: (g, [a, one, zero, b, scales, zeros]) => g.one('QuantisedGemm', [a!, one!, zero!, b!, scales!, zeros!], { transB: true }), gradient: false,
    },
    { op: 'Dequantise8', what: dtype, inputs: codes8(3, 4, dtype), build: (g, [c, s]) => g.one('Dequantise8', [c!, s!], {}), gradient: false },
    { op: 'Linear8Exact', what: dtype, inputs: [x(2, 6), ...codes8(4, 6, dtype)], build: (g, [a, c, s]) => g.one('Linear8Exact', [a!, c!, s!], {}) },
    {
      op: 'Linear8', what: dtype, inputs: [exactRows(3, 8), ...codes8(5, 8, dtype)], gradient: false,
      build: (g, [a, c, s]) => {
        const [rounded, scales] = g.op('Round8', [a!], { whole: false });
        return g.one('Linear8', [a!, a!, rounded!, scales!, c!, s!], {});
      },
    },
    { op: 'Linear8Grad', what: dtype, inputs: [exactRows(3, 5), given([5, 6], Array.from({ length: 30 }, (_, i) => ((i * 89) % 255) - 127 + (dtype === 'uint8' ? 128 : 0)), dtype), given([5], [1, 1, 1, 1, 1])], build: (g, [d, c, s]) => g.one('Linear8Grad', [d!, c!, s!], {}), gradient: false },
  ]),
  crossEntropy8('int8', 8), crossEntropy8('uint8', 8), crossEntropy8('int8', 3),
  ...[false, true].map((whole): Case => ({ op: 'Round8', what: whole ? 'whole' : 'by rows', inputs: [exactRows(3, 8)], build: (g, [a]) => { const [rounded, scales] = g.op('Round8', [a!], { whole }); return [g.cast(rounded!, 'float32'), scales!]; }, gradient: false })),
  { op: 'LowRankDown', inputs: [x(5, 6), x(2, 6), x(3, 6)], build: (g, inputs) => g.op('LowRankDown', inputs, { alpha: 1.5 }) },
  { op: 'LowRankDown', what: 'alone', inputs: [x(5, 6), x(2, 6)], build: (g, inputs) => g.op('LowRankDown', inputs, { alpha: 0.5 }) },
  { op: 'LowRankUp', inputs: [x(5, 4), x(5, 2), x(4, 2)], build: (g, [y, low, b]) => g.one('LowRankUp', [y!, low!, b!], {}) },
  { op: 'LowRankUp', what: 'with a narrow product', inputs: [x(5, 4), x(5, 2), x(4, 2), { ...x(5, 3), fixed: true }, { ...x(4, 3), fixed: true }], build: (g, [y, low, b, narrow, weights]) => g.one('LowRankUp', [y!, low!, b!, narrow!, weights!], {}) },
]; // prettier-ignore
/* eslint-enable typescript/no-non-null-assertion */

describe('ops', () => {
  test.each(cases.map((each) => ({ ...each, title: `${each.op} ${each.what ?? ''}` })))(
    '$title',
    async ({ inputs, build, gradient }) => {
      await checkOp(inputs, build, gradient === undefined ? {} : { gradient });
    },
  );

  test('every op of the table has a case', () => {
    const tested = new Set(cases.map(({ op }) => op));
    expect(Object.keys(opTable).filter((op) => !tested.has(op as OpName))).toEqual([]);
  });

  test('an op without a gradient says so by name', () => {
    const g = new Graph();
    const input = g.input('x', [2, 3]);
    const indices = g.input('i', [2, 1], 'int32');
    const loss = g.sum(g.one('GatherElements', [input, indices], {}), [0, 1]);
    expect(() => differentiate(g, loss, [input])).toThrow('GatherElements is not differentiable');
  });

  test('shapes that do not fit are refused', () => {
    const g = new Graph();
    expect(() => g.add(g.input('a', [2, 3]), g.input('b', [4]))).toThrow('do not broadcast');
    expect(() => g.gemm(g.input('c', [2, 3]), g.input('d', [4, 5]))).toThrow('cannot multiply');
    expect(() => g.reshape(g.input('e', [2, 3]), [4])).toThrow('cannot reshape');
    expect(() => g.slice(g.input('f', [2]), 0, 1, 5)).toThrow('slice');
  });
});
