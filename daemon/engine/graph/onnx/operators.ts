// How each primitive op is written in ONNX (opset 21 and ONNX Runtime's contrib operators).
import type { Target } from '../ops/rule.ts';
import type { Attributes, OpName } from '../ops/signatures.ts';
import type { DType, Tensor } from '../tensor.ts';
import { elementType, type AttributeValue, type NodeProto } from './encode.ts';

export interface Emit {
  readonly target: Target;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: readonly Tensor[];
  /** Name of an int64 vector constant. */
  ints(values: readonly number[]): string;
  /** A fresh name for a value between two ONNX nodes. */
  fresh(): string;
}

type Emitter<K extends OpName> = (emit: Emit, attributes: Attributes<K>) => NodeProto[];

const plain =
  (opType: string, attributes: Record<string, AttributeValue> = {}) =>
  ({ inputs, outputs }: Emit): NodeProto[] => [{ opType, inputs, outputs, attributes }];

const reduction =
  (opType: string) =>
  (emit: Emit, { axes, keepDims }: { axes: readonly number[]; keepDims: boolean }): NodeProto[] => [
    {
      opType,
      inputs: [...emit.inputs, emit.ints(axes)],
      outputs: emit.outputs,
      attributes: { keepdims: keepDims ? 1 : 0 },
    },
  ];

const fused = (op: string) => (): never => {
  throw new Error(`${op} must be expanded before it is written`);
};

/**
 * Moving whole numbers about. ONNX Runtime keeps small integer work on the processor even where WebGPU could do it, and every
 * visit there is a copy out and back; as float32 (exact below 2²⁴, and these are indices) it stays on the device.
 */
function moved(emit: Emit, node: (input: string, output: string) => NodeProto): NodeProto[] {
  const [input = ''] = emit.inputs;
  const [output = ''] = emit.outputs;
  const dtype = emit.tensors[0]?.dtype ?? 'float32';
  if (emit.target !== 'webgpu' || dtype === 'float32') return [node(input, output)];
  const [before, after] = [emit.fresh(), emit.fresh()];
  return [cast(input, before, 'float32'), node(before, after), cast(after, output, dtype)];
}

const cast = (input: string, output: string, to: DType): NodeProto => ({
  opType: 'Cast',
  inputs: [input],
  outputs: [output],
  attributes: { to: elementType[to] },
});

/** Permutation that swaps the last two of `rank` dimensions. */
const swapped = (rank: number): number[] => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
};

/** FusedMatMul where it is fast, Transpose + MatMul where it would fall back to another device. */
function batchMatMul(emit: Emit, { transA, transB, alpha }: Attributes<'BatchMatMul'>): NodeProto[] {
  const { inputs, outputs, tensors, target } = emit;
  if (!transA && !transB && alpha === 1) return [{ opType: 'MatMul', inputs, outputs }];
  if (target === 'cpu' || target === 'cuda') {
    const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } };
    return [{ opType: 'FusedMatMul', domain: 'com.microsoft', inputs, outputs, attributes }];
  }
  const nodes: NodeProto[] = [];
  const operands = inputs.map((input, i) => {
    if (!(i === 0 ? transA : transB)) return input;
    const name = emit.fresh();
    const perm = swapped(tensors[i]?.shape.length ?? 2);
    nodes.push({ opType: 'Transpose', inputs: [input], outputs: [name], attributes: { perm } });
    return name;
  });
  if (alpha === 1) return [...nodes, { opType: 'MatMul', inputs: operands, outputs }];
  const product = emit.fresh();
  const scale = emit.fresh();
  return [
    ...nodes,
    { opType: 'MatMul', inputs: operands, outputs: [product] },
    { opType: 'Constant', inputs: [], outputs: [scale], attributes: { value_float: { float: alpha } } },
    { opType: 'Mul', inputs: [product, scale], outputs },
  ];
}

/** One pass over x where the provider has it in one. */
function silu({ inputs, outputs, target, fresh }: Emit): NodeProto[] {
  if (target !== 'webgpu')
    return [{ opType: 'QuickGelu', domain: 'com.microsoft', inputs, outputs, attributes: { alpha: { float: 1 } } }];
  const sigmoid = fresh();
  return [
    { opType: 'Sigmoid', inputs, outputs: [sigmoid] },
    { opType: 'Mul', inputs: [...inputs, sigmoid], outputs },
  ];
}

export const operators: { readonly [K in OpName]: Emitter<K> } = {
  Add: plain('Add'),
  Sub: plain('Sub'),
  Mul: plain('Mul'),
  Div: plain('Div'),
  Max: plain('Max'),
  Neg: plain('Neg'),
  Exp: plain('Exp'),
  Log: plain('Log'),
  Sqrt: plain('Sqrt'),
  Reciprocal: plain('Reciprocal'),
  Sigmoid: plain('Sigmoid'),
  Silu: silu,
  Tanh: plain('Tanh'),
  Erf: plain('Erf'),
  Softplus: plain('Softplus'),
  Equal: plain('Equal'),
  Greater: plain('Greater'),
  Where: plain('Where'),
  Cast: ({ inputs, outputs }, { to }) => [{ opType: 'Cast', inputs, outputs, attributes: { to: elementType[to] } }],
  Reshape: (emit, { shape }) => {
    const sizes = emit.ints(shape);
    return moved(emit, (input, output) => ({ opType: 'Reshape', inputs: [input, sizes], outputs: [output] }));
  },
  Expand: (emit, { shape }) => [
    { opType: 'Expand', inputs: [...emit.inputs, emit.ints(shape)], outputs: emit.outputs },
  ],
  Transpose: ({ inputs, outputs }, { permutation }) => [
    { opType: 'Transpose', inputs, outputs, attributes: { perm: permutation } },
  ],
  Slice: (emit, { axis, start, end }) => {
    const range = [emit.ints([start]), emit.ints([end]), emit.ints([axis])];
    return moved(emit, (input, output) => ({ opType: 'Slice', inputs: [input, ...range], outputs: [output] }));
  },
  Concat: ({ inputs, outputs }, { axis }) => [{ opType: 'Concat', inputs, outputs, attributes: { axis } }],
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean'),
  ReduceSumSquare: reduction('ReduceSumSquare'),
  ReduceMax: reduction('ReduceMax'),
  ReduceMin: reduction('ReduceMin'),
  ArgMax: plain('ArgMax', { axis: -1, keepdims: 0 }),
  Softmax: plain('Softmax', { axis: -1 }),
  Gemm: ({ inputs, outputs }, { transA, transB, alpha }) => [
    {
      opType: 'Gemm',
      inputs,
      outputs,
      attributes: { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } },
    },
  ],
  BatchMatMul: batchMatMul,
  Gather: plain('Gather', { axis: 0 }),
  ScatterRows: (emit) => {
    // ScatterND takes int64 index tuples: [N] → [N, 1]
    const [base = '', indices = '', rows = ''] = emit.inputs;
    const [plainIndices, tuples, wide] = [emit.fresh(), emit.fresh(), emit.fresh()];
    const count = emit.tensors[1]?.shape[0] ?? 0;
    return [
      cast(indices, plainIndices, emit.target === 'webgpu' ? 'float32' : 'int64'),
      { opType: 'Reshape', inputs: [plainIndices, emit.ints([count, 1])], outputs: [tuples] },
      cast(tuples, wide, 'int64'),
      { opType: 'ScatterND', inputs: [base, wide, rows], outputs: emit.outputs },
    ];
  },
  ScatterElements: plain('ScatterElements', { axis: 1 }),
  ScatterAdd: fused('ScatterAdd'),
  GatherElements: plain('GatherElements', { axis: 1 }),
  MatMulBnb4: ({ inputs, outputs }, { shape: [N, K], blockSize, table }) => [
    {
      opType: 'MatMulBnb4',
      domain: 'com.microsoft',
      inputs,
      outputs,
      attributes: { K, N, block_size: blockSize, quant_type: table === 'nf4' ? 1 : 0, transB: 1 },
    },
  ],
  Columns: plain('Gather', { axis: 1 }),
  QuantiseRows: plain('QuantizeLinear', { axis: 0 }),
  QuantisedGemm: ({ inputs, outputs }, { transB }) => [
    { opType: 'QGemm', domain: 'com.microsoft', inputs, outputs, attributes: { transB: transB ? 1 : 0 } },
  ],
  Round8: fused('Round8'),
  Dequantise8: fused('Dequantise8'),
  Linear8Exact: fused('Linear8Exact'),
  Linear8: fused('Linear8'),
  Linear8Grad: fused('Linear8Grad'),
  Dequantise4: fused('Dequantise4'),
  Linear4: fused('Linear4'),
  LowRankDown: fused('LowRankDown'),
  LowRankUp: fused('LowRankUp'),
  SelectRows: fused('SelectRows'),
  Gate: fused('Gate'),
  RmsNorm: fused('RmsNorm'),
  RmsNormGrad: fused('RmsNormGrad'),
  Rope: fused('Rope'),
  GatedActivation: fused('GatedActivation'),
  GatedActivationGrad: fused('GatedActivationGrad'),
  Attention: fused('Attention'),
  AttentionGrad: fused('AttentionGrad'),
  LinearCrossEntropy: fused('LinearCrossEntropy'),
  LinearCrossEntropy8: fused('LinearCrossEntropy8'),
};
