// Products with quantised matrices in a graph: which op, and what it is fed with.
import type { Tensor } from '../../graph/tensor.ts';
import type { BlockScales } from '../../graph/ops/signatures.ts';
import type { Feed } from '../../runtime/session.ts';
import { quadTable } from './block4.ts';
import { isNested, type Blocks4Matrix, type QuantizedMatrix } from './matrix.ts';
import type { ModelGraph } from '../model-graph.ts';

/** x [N, in] → x·Wᵀ [N, out]. */
export function quantizedLinear(m: ModelGraph, matrix: QuantizedMatrix, x: Tensor): Tensor {
  const { name, shape, table, blockSize, codes } = matrix;
  const bytes = codes.subarray(0, Math.ceil((shape[0] * shape[1]) / 2));
  const words = new Uint16Array(codes.buffer, codes.byteOffset, codes.length / 2);
  return m.g.one(
    'Linear4',
    [
      x,
      m.feed(`${name}.codes`, { dtype: 'uint8', shape: [bytes.length], data: bytes }),
      m.feed(`${name}.words`, { dtype: 'uint16', shape: [words.length], data: words }),
      m.feed(`table.${table}`, quads(table)),
      ...blockScales(m, matrix),
    ],
    { shape, blockSize, table },
  );
}

const float = (shape: readonly number[], data: Float32Array): Feed => ({ dtype: 'float32', shape, data });

function blockScales(m: ModelGraph, { name, scales }: Blocks4Matrix): BlockScales {
  if (!isNested(scales)) return [m.feed(`${name}.absmax`, float([scales.length], scales))];
  const { codes, table, absmax, offset } = scales;
  return [
    m.feed(`${name}.absmax`, { dtype: 'uint8', shape: [codes.length], data: codes }),
    m.feed('table.absmax', float([table.length], table)),
    m.feed(`${name}.absmax.absmax`, float([absmax.length], absmax)),
    m.g.scalar(offset),
  ];
}

const tables = new Map<Blocks4Matrix['table'], Feed>();

/** A megabyte that all matrices and graphs share; it follows from the table alone. */
function quads(table: Blocks4Matrix['table']): Feed {
  const known = tables.get(table) ?? float([65536, 4], quadTable(table));
  tables.set(table, known);
  return known;
}
