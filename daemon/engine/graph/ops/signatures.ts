// Every op with its inputs, outputs and attributes. The tables of shapes, gradients and ONNX forms are typed by this one,
// so an op that misses one of them does not compile.
import type { DType, Shape, Tensor } from '../tensor.ts';
import type { Table4 } from './codes4.ts';

type None = Readonly<Record<string, never>>;
type One = readonly [Tensor];
type Unary = { inputs: readonly [Tensor]; outputs: One; attributes: None };
type Binary = { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: None };

export type ActivationKind = 'silu' | 'gelu' | 'gelu_tanh';

export interface AttentionAttributes {
  readonly scale: number;
  /** Keys further back than this are masked; undefined: all earlier keys. */
  readonly window: number | undefined;
  /** softcap · tanh(scores / softcap) (Gemma 2); undefined: none. */
  readonly softcap: number | undefined;
  /** Queries per block; the scores of one block are alive at a time. */
  readonly block: number;
}

export interface CrossEntropyAttributes {
  /** Rows whose logits are alive at a time. */
  readonly chunk: number;
  readonly softcap: number | undefined;
  /** Which gradients are made together with the loss. */
  readonly hiddenGradient: boolean;
  readonly weightGradient: boolean;
}

/** A matrix [out, in] in 4-bit codes: blocks of `blockSize` values of the flattened matrix have one scale each. */
export interface Blocks4Attributes {
  readonly shape: readonly [number, number];
  readonly blockSize: number;
  readonly table: Table4;
}

/** Scales of 4-bit blocks: float32 [blocks]; or uint8 codes [blocks], the 256 values, float32 [blocks / 256] and an offset []. */
export type BlockScales = readonly [Tensor] | readonly [Tensor, Tensor, Tensor, Tensor];

export interface OpSignatures {
  // elementwise, with NumPy broadcasting
  Add: Binary;
  Sub: Binary;
  Mul: Binary;
  Div: Binary;
  Max: Binary;
  Neg: Unary;
  Exp: Unary;
  Log: Unary;
  Sqrt: Unary;
  Reciprocal: Unary;
  Sigmoid: Unary;
  /** x·σ(x). */
  Silu: Unary;
  Tanh: Unary;
  Erf: Unary;
  Softplus: Unary;
  Cast: { inputs: readonly [Tensor]; outputs: One; attributes: { to: DType } };
  Equal: Binary;
  Greater: Binary;
  Where: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };

  // shape
  Reshape: { inputs: readonly [Tensor]; outputs: One; attributes: { shape: Shape } };
  Transpose: { inputs: readonly [Tensor]; outputs: One; attributes: { permutation: readonly number[] } };
  Expand: { inputs: readonly [Tensor]; outputs: One; attributes: { shape: Shape } };
  Slice: { inputs: readonly [Tensor]; outputs: One; attributes: { axis: number; start: number; end: number } };
  Concat: { inputs: readonly Tensor[]; outputs: One; attributes: { axis: number } };

  // reductions
  ReduceSum: { inputs: readonly [Tensor]; outputs: One; attributes: { axes: readonly number[]; keepDims: boolean } };
  ReduceMean: { inputs: readonly [Tensor]; outputs: One; attributes: { axes: readonly number[]; keepDims: boolean } };
  ReduceSumSquare: {
    inputs: readonly [Tensor];
    outputs: One;
    attributes: { axes: readonly number[]; keepDims: boolean };
  };
  ReduceMax: { inputs: readonly [Tensor]; outputs: One; attributes: { axes: readonly number[]; keepDims: boolean } };
  ReduceMin: { inputs: readonly [Tensor]; outputs: One; attributes: { axes: readonly number[]; keepDims: boolean } };
  ArgMax: { inputs: readonly [Tensor]; outputs: One; attributes: None };
  Softmax: Unary;

  // products
  /** alpha · a·b (+ c); a [M, K] (or [K, M] with transA), b [K, N] (or [N, K] with transB), c broadcast to [M, N]. */
  Gemm: {
    inputs: readonly [Tensor, Tensor] | readonly [Tensor, Tensor, Tensor];
    outputs: One;
    attributes: { transA: boolean; transB: boolean; alpha: number };
  };
  /** alpha · a·b over the last two dimensions, equal leading dimensions. */
  BatchMatMul: {
    inputs: readonly [Tensor, Tensor];
    outputs: One;
    attributes: { transA: boolean; transB: boolean; alpha: number };
  };

  // indexing
  /** table [V, …], indices int32 [N] → [N, …]. */
  Gather: { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: None };
  /** As Gather with distinct indices; `inverse` int32 [V] names for each table row its place among the indices, or N for none. */
  SelectRows: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** Adds updates [N, …] to rows `indices` [N] of base [V, …]. */
  ScatterAdd: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** Puts rows [N, …] at rows `indices` [N] of base [V, …]; where an index recurs, its rows must be equal. */
  ScatterRows: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** Puts values [N, 1] at column `indices` int32 [N, 1] of each row of x [N, V]. */
  ScatterElements: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** x [N, V], indices int32 [N, 1] → [N, 1]. */
  GatherElements: { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: None };

  // quantised weights
  /** x [M, K], columns int32 [C] → [M, C]. Takes part in forward only: nothing flows back. */
  Columns: { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: None };
  /** x [M, K], scales [M], zeros uint8 [M] → round(x / scale) + zero as uint8 [M, K]. */
  QuantiseRows: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** (a − zero)·(b ∘ scale): a uint8 [M, K], scale 1, zero; b int8 or uint8 [K, N] (or [N, K] with transB), scales [N] or [], zeros alike. */
  QuantisedGemm: {
    inputs: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    outputs: One;
    attributes: { transB: boolean };
  };
  /** x [M, K] → uint8 [M, K] with zero at 128, and the largest magnitude / 127: of each row [M, 1], or of the whole []. */
  Round8: { inputs: readonly [Tensor]; outputs: readonly [Tensor, Tensor]; attributes: { whole: boolean } };
  /**
   * x·Wᵀ with W = codes ∘ scales: x [M, in], its part that is rounded, that part rounded and its scales, codes [out, in],
   * scales [out] → [M, out], the product of the rounded part. Its gradient is that of the product of all of x.
   */
  Linear8: { inputs: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** codes [out, in], scales [out] → float32 [out, in]. */
  Dequantise8: { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: None };
  /** x [M, in], codes [out, in], scales [out] → x·Wᵀ [M, out] in float32. */
  Linear8Exact: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** dy [M, out], codes [out, in], scales [out] → dy·W [M, in], with dy ∘ scales rounded row by row. */
  Linear8Grad: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  /** a [M, in] · Wᵀ; W in packed codes uint8 [⌈n/2⌉] and scales [blocks]. ONNX Runtime's own operator. */
  MatMulBnb4: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: Blocks4Attributes };
  /** codes uint16 (four a value), the values of each four [65536, 4], scales → float32 of `shape`. */
  Dequantise4: { inputs: readonly [Tensor, Tensor, ...BlockScales]; outputs: One; attributes: Blocks4Attributes };
  /** x [M, in] · Wᵀ → [M, out]; W in codes as uint8 and the same as uint16, the values of each four codes, scales. */
  Linear4: {
    inputs: readonly [Tensor, Tensor, Tensor, Tensor, ...BlockScales];
    outputs: One;
    attributes: Blocks4Attributes;
  };

  // adapters
  /** x [N, in], A [r, in] of adapters that read it → alpha · x·Aᵀ [N, r] for each, made as one product. */
  LowRankDown: { inputs: readonly Tensor[]; outputs: readonly Tensor[]; attributes: { alpha: number } };
  /**
   * y [N, out], low [N, r], B [out, r] → y + low·Bᵀ; with narrow [N, c] and its weights [out, c] that product is added too.
   * Nothing flows back through the latter: it is part of what y is a product of.
   */
  LowRankUp: {
    inputs: readonly [Tensor, Tensor, Tensor] | readonly [Tensor, Tensor, Tensor, Tensor, Tensor];
    outputs: One;
    attributes: None;
  };

  // order
  /** x, unchanged, but not before the other inputs are there. */
  Gate: { inputs: readonly Tensor[]; outputs: One; attributes: None };

  // fused
  RmsNorm: { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: { epsilon: number } };
  RmsNormGrad: {
    inputs: readonly [Tensor, Tensor, Tensor];
    outputs: readonly [Tensor, Tensor] | readonly [Tensor];
    attributes: { epsilon: number; weight: boolean };
  };
  Rope: { inputs: readonly [Tensor, Tensor, Tensor]; outputs: One; attributes: None };
  GatedActivation: { inputs: readonly [Tensor, Tensor]; outputs: One; attributes: { kind: ActivationKind } };
  GatedActivationGrad: {
    inputs: readonly [Tensor, Tensor, Tensor];
    outputs: readonly [Tensor, Tensor];
    attributes: { kind: ActivationKind };
  };
  Attention: {
    inputs: readonly [Tensor, Tensor, Tensor] | readonly [Tensor, Tensor, Tensor, Tensor];
    outputs: One;
    attributes: AttentionAttributes;
  };
  AttentionGrad: {
    inputs:
      readonly [Tensor, Tensor, Tensor, Tensor, Tensor] | readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    outputs: readonly [Tensor, Tensor, Tensor];
    attributes: AttentionAttributes;
  };
  /** Outputs: loss [], then d loss/d hidden and d loss/d weight as asked for. */
  LinearCrossEntropy: {
    inputs: readonly [Tensor, Tensor, Tensor, Tensor];
    outputs: readonly Tensor[];
    attributes: CrossEntropyAttributes;
  };
  /**
   * The same with a frozen projection in 8 bits: hidden [N, H], rounded uint8 [N, H], its scale [], the columns taken out
   * [N, c]; codes transposed [H, V] and as they are [V, H], scales [V], the columns' weights [V, c]; targets int32 [N],
   * weights [N], dither [8, V] → loss [] and d loss/d hidden [N, H].
   */
  LinearCrossEntropy8: {
    inputs: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    outputs: readonly [Tensor, Tensor];
    attributes: { readonly chunk: number };
  };
}

export type OpName = keyof OpSignatures;
export type Inputs<K extends OpName> = OpSignatures[K]['inputs'];
export type Outputs<K extends OpName> = OpSignatures[K]['outputs'];
export type Attributes<K extends OpName> = OpSignatures[K]['attributes'];
