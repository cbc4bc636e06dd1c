// What a graph is made of: tensors with a fixed shape, and nodes that make tensors from tensors.
import type { OpName, OpSignatures } from './ops/signatures.ts';

export type DType = 'float32' | 'float16' | 'int32' | 'int64' | 'int8' | 'uint8' | 'uint16' | 'bool';
export type Shape = readonly number[];

/** Shape and element type, before there is a tensor. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Values of a constant, row-major. Numbers are rounded to the tensor's element type when written. */
export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface Tensor extends Spec {
  readonly id: number;
  /** Feed name of an input; otherwise undefined. */
  readonly name: string | undefined;
  readonly data: ConstantData | undefined;
  /** The node that makes it; undefined for inputs and constants. */
  readonly node: Node | undefined;
}

export type Phase = 'forward' | 'backward';

export interface Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: OpSignatures[K]['attributes'];
  readonly phase: Phase;
  /** Where in the model it stands, e.g. 'layers.3'; recomputation works scope by scope. */
  readonly scope: string;
}

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, dimension) => product * dimension, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

/** NumPy broadcasting of two shapes. Throws where they do not fit: that is a bug in the graph. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a}] and [${b}] do not broadcast`);
    return Math.max(x, y) === 1 ? 1 : x === 1 ? y : x;
  });
}
