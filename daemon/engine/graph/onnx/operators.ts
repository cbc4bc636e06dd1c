// How each primitive op is written in ONNX (opset 21 and ONNX Runtime's contrib operators).
import type { Target } from '../ops/rule.ts';
import type { Attributes, OpName } from '../ops/signatures.ts';
import type { Tensor } from '../tensor.ts';
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
  nodes.push({ opType: 'MatMul', inputs: operands, outputs: [product] });
  return [...nodes, { opType: 'Mul', inputs: [product, emitScale(nodes, emit, alpha)], outputs }];
}

function emitScale(nodes: NodeProto[], emit: Emit, alpha: number): string {
  const name = emit.fresh();
  nodes.push({ opType: 'Constant', inputs: [], outputs: [name], attributes: { value_float: { float: alpha } } });
  return name;
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
  Tanh: plain('Tanh'),
  Erf: plain('Erf'),
  Softplus: plain('Softplus'),
  Equal: plain('Equal'),
  Greater: plain('Greater'),
  Where: plain('Where'),
  Cast: ({ inputs, outputs }, { to }) => [{ opType: 'Cast', inputs, outputs, attributes: { to: elementType[to] } }],
  Reshape: (emit, { shape }) => [
    { opType: 'Reshape', inputs: [...emit.inputs, emit.ints(shape)], outputs: emit.outputs },
  ],
  Expand: (emit, { shape }) => [
    { opType: 'Expand', inputs: [...emit.inputs, emit.ints(shape)], outputs: emit.outputs },
  ],
  Transpose: ({ inputs, outputs }, { permutation }) => [
    { opType: 'Transpose', inputs, outputs, attributes: { perm: permutation } },
  ],
  Slice: (emit, { axis, start, end }) => [
    {
      opType: 'Slice',
      inputs: [...emit.inputs, emit.ints([start]), emit.ints([end]), emit.ints([axis])],
      outputs: emit.outputs,
    },
  ],
  Concat: ({ inputs, outputs }, { axis }) => [{ opType: 'Concat', inputs, outputs, attributes: { axis } }],
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean'),
  ReduceSumSquare: reduction('ReduceSumSquare'),
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
  ScatterAdd: (emit) => {
    // ScatterND takes int64 index tuples: [N] → [N, 1]
    const [base = '', indices = '', updates = ''] = emit.inputs;
    const wide = emit.fresh();
    const column = emit.fresh();
    const count = emit.tensors[1]?.shape[0] ?? 0;
    return [
      { opType: 'Cast', inputs: [indices], outputs: [wide], attributes: { to: elementType.int64 } },
      { opType: 'Reshape', inputs: [wide, emit.ints([count, 1])], outputs: [column] },
      { opType: 'ScatterND', inputs: [base, column, updates], outputs: emit.outputs, attributes: { reduction: 'add' } },
    ];
  },
  GatherElements: plain('GatherElements', { axis: 1 }),
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
};
