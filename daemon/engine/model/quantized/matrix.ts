// A frozen matrix in few bits: what a quantised base holds in place of a float32 weight.
import type { Table4 } from '../../graph/ops/codes4.ts';
import type { Weights } from '../parameters.ts';
import { unnestScales, type NestedScales } from './absmax.ts';
import { dequantiseBlocks, type Block4 } from './block4.ts';
import { dequantiseRows, unsigned } from './int8.ts';
import { addReader, Sites, type OutlierSite } from './outliers.ts';

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

/** LLM.int8: a scale for each output row; beside the product, a few input columns in float32. */
export interface Int8Matrix extends Common {
  readonly kind: 'int8';
  /** [out, in]: signed; or unsigned with zero at 128, for processors whose product of unsigned and signed bytes overflows. */
  readonly codes: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
  readonly site: OutlierSite;
  /** The site's columns: [out, columns]. */
  readonly outlierWeights: Float32Array<ArrayBuffer>;
}

export type QuantizedMatrix = Blocks4Matrix | Int8Matrix;

export const isNested = (scales: Blocks4Matrix['scales']): scales is NestedScales => !(scales instanceof Float32Array);

/** Makes a matrix of codes a reader of its site. */
export function int8Matrix(
  name: string,
  shape: readonly [number, number],
  { codes, scales }: Pick<Int8Matrix, 'codes' | 'scales'>,
  site: OutlierSite,
): Int8Matrix {
  const outlierWeights = new Float32Array(shape[0] * site.columns.length);
  const matrix: Int8Matrix = { kind: 'int8', name, shape, codes, scales, site, outlierWeights };
  addReader(site, matrix);
  return matrix;
}

/** The same matrices with 8-bit codes around 128, on sites of their own. */
export function withUnsignedCodes(matrices: readonly QuantizedMatrix[]): QuantizedMatrix[] {
  const sites = new Sites();
  return matrices.map((matrix) => {
    if (matrix.kind !== 'int8' || matrix.codes instanceof Uint8Array) return matrix;
    const { name, shape, codes, scales } = matrix;
    return int8Matrix(name, shape, { codes: unsigned(codes), scales }, sites.of(name, shape[1]));
  });
}

/** Bytes that a matrix takes in memory. */
export function matrixBytes(matrix: QuantizedMatrix): number {
  const { codes, scales } = matrix;
  const rest = matrix.kind === 'int8' ? matrix.outlierWeights.byteLength : 0;
  const scaleBytes =
    scales instanceof Float32Array ? scales.byteLength : scales.codes.byteLength + scales.absmax.byteLength;
  return codes.byteLength + scaleBytes + rest;
}

/** The matrix as float32, flat: for merging, and to start a trained copy from. */
export function dequantise(matrix: QuantizedMatrix): Float32Array {
  const { shape } = matrix;
  if (matrix.kind === 'int8') return dequantiseRows(matrix, shape[1]);
  const { codes, scales, table, blockSize } = matrix;
  const absmax = isNested(scales) ? unnestScales(scales) : scales;
  return dequantiseBlocks({ codes, absmax }, table, shape[0] * shape[1], blockSize);
}

/** The inputs of all 8-bit matrices. */
export function outlierSites({ quantized, head }: Pick<Weights, 'quantized' | 'head'>): Set<OutlierSite> {
  const sites = new Set<OutlierSite>();
  for (const matrix of [...(quantized?.values() ?? []), ...(head ? [head.matrix] : [])])
    if (matrix.kind === 'int8') sites.add(matrix.site);
  return sites;
}
