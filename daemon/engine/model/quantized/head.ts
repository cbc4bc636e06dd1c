// The frozen output projection in 8 bits. It is the largest matrix of a small model, and the loss alone reads it: where 8-bit
// products are fast that is worth two copies of its codes, one for each direction (bitsandbytes leaves it as it is).
import type { Tensor } from '../../graph/tensor.ts';
import { DITHER_ROWS } from '../../graph/ops/cross-entropy8.ts';
import type { Feed } from '../../runtime/session.ts';
import type { ModelGraph } from '../model-graph.ts';
import type { Int8Matrix } from './matrix.ts';

export interface QuantizedHead {
  readonly matrix: Int8Matrix;
  /** The same codes as [H, V]. */
  readonly transposed: Int8Matrix['codes'];
  readonly dither: Feed;
}

/** Weights below which rounding takes longer than the product of whole numbers saves. */
export const LARGE_HEAD = 4e6;

/** Rows of logits alive at a time: 25 MB. */
export const headChunk = (vocabulary: number): number => Math.max(16, Math.floor(6_291_456 / vocabulary / 8) * 8);

/** What the loss needs beside the codes of an output projection [V, H]. */
export function quantizedHead(matrix: Int8Matrix): QuantizedHead {
  const [vocabulary, width] = matrix.shape;
  const dither = new Float32Array(DITHER_ROWS * vocabulary);
  // the golden ratio spreads neighbours evenly; its square root shifts the rows against each other
  for (let i = 0; i < dither.length; i++) {
    const at = (i % vocabulary) * 0.618033988749895 + Math.floor(i / vocabulary) * 0.7861513777574233;
    dither[i] = at - Math.floor(at) - 0.5;
  }
  const transposed = transpose(matrix.codes, vocabulary, width);
  return { matrix, transposed, dither: { dtype: 'float32', shape: [DITHER_ROWS, vocabulary], data: dither } };
}

const TILE = 64;

function transpose(codes: Int8Matrix['codes'], rows: number, columns: number): Int8Matrix['codes'] {
  const turned = codes instanceof Int8Array ? new Int8Array(codes.length) : new Uint8Array(codes.length);
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let column = 0; column < columns; column++) {
      for (let row = top; row < bottom; row++) turned[column * rows + row] = codes[row * columns + column] as number;
    }
  }
  return turned;
}

/** Σ weightᵢ · −log softmax(hiddenᵢ·Wᵀ)[targetᵢ]: hidden [N, H], targets int32 [N], weights [N] → []. */
export function quantizedLoss(
  m: ModelGraph,
  { matrix, transposed, dither }: QuantizedHead,
  hidden: Tensor,
  targets: Tensor,
  weights: Tensor,
): Tensor {
  const { shape, codes, scales, site, outlierWeights } = matrix;
  const name = 'head';
  const [vocabulary, width] = shape;
  const dtype = codes instanceof Int8Array ? 'int8' : 'uint8';
  const input = m.rounded(site, hidden);
  const [loss] = m.g.op(
    'LinearCrossEntropy8',
    [
      hidden,
      input.rounded,
      input.scales,
      input.outliers,
      m.feed(`${name}.transposed`, { dtype, shape: [width, vocabulary], data: transposed }),
      m.feed(`${name}.codes`, { dtype, shape, data: codes }),
      m.feed(`${name}.scales`, { dtype: 'float32', shape: [vocabulary], data: scales }),
      m.feed(`${name}.outliers`, { dtype: 'float32', shape: [vocabulary, site.columns.length], data: outlierWeights }),
      targets,
      weights,
      m.feed(`${name}.dither`, dither),
    ],
    { chunk: headChunk(vocabulary) },
  );
  if (!loss) throw new Error('no loss');
  return loss;
}
