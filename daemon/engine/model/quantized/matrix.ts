// A frozen matrix in few bits: what a quantised base holds in place of a float32 weight.
import type { Table4 } from '../../graph/ops/codes4.ts';
import { unnestScales, type NestedScales } from './absmax.ts';
import { dequantiseBlocks, type Block4 } from './block4.ts';

interface Common {
  /** Name of the weight as transformers has it, e.g. model.layers.0.self_attn.q_proj.weight. */
  readonly name: string;
  /** [out, in]. */
  readonly shape: readonly [number, number];
}

/** NF4 or FP4 in blocks of the flattened matrix; the scales as they are, or coded in 8 bits (double quantisation). */
export interface Blocks4Matrix extends Common {
  readonly kind: 'blocks4';
  readonly table: Table4;
  readonly blockSize: number;
  readonly codes: Block4['codes'];
  readonly scales: Block4['absmax'] | NestedScales;
}

export type QuantizedMatrix = Blocks4Matrix;

export const isNested = (scales: Blocks4Matrix['scales']): scales is NestedScales => !(scales instanceof Float32Array);

/** Bytes that a matrix takes in memory. */
export function matrixBytes({ codes, scales }: QuantizedMatrix): number {
  return codes.byteLength + (isNested(scales) ? scales.codes.byteLength + scales.absmax.byteLength : scales.byteLength);
}

/** The matrix as float32, flat: for merging, and to start a trained copy from. */
export function dequantise({ codes, scales, table, blockSize, shape }: QuantizedMatrix): Float32Array {
  const absmax = isNested(scales) ? unnestScales(scales) : scales;
  return dequantiseBlocks({ codes, absmax }, table, shape[0] * shape[1], blockSize);
}
