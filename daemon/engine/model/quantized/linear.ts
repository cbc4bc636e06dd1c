// Products with quantised matrices in a graph: which op, and what it is fed with.
import type { Tensor } from '../../graph/tensor.ts';
import type { BlockScales } from '../../graph/ops/signatures.ts';
import type { Feed } from '../../runtime/session.ts';
import type { ModelGraph } from '../model-graph.ts';
import { quadTable } from './block4.ts';
import { isNested, type Blocks4Matrix, type Int8Matrix, type QuantizedMatrix } from './matrix.ts';
import type { OutlierSite } from './outliers.ts';

/** A product x·Wᵀ = y + input·weightsᵀ: what is left to add is narrow, and joins the adapter's own narrow product. */
export interface QuantizedProduct {
  readonly y: Tensor; // [N, out]
  readonly rest: { readonly input: Tensor; readonly weights: Tensor } | undefined; // [N, c], [out, c]
}

export function quantizedLinear(m: ModelGraph, matrix: QuantizedMatrix, x: Tensor): QuantizedProduct {
  return matrix.kind === 'int8' ? linear8(m, matrix, x) : { y: linear4(m, matrix, x), rest: undefined };
}

/** An input as 8-bit products take it. */
export interface RoundedInput {
  readonly site: OutlierSite;
  /** x without the columns that are taken out, the same in whole numbers, their scales, and the columns. */
  readonly part: Tensor; // [N, in]
  readonly rounded: Tensor; // uint8 [N, in]
  readonly scales: Tensor; // [N, 1] or []
  readonly outliers: Tensor; // [N, c]
}

/** Rounds the input of a site; matrices of the same site share the result. */
export function roundInput(m: ModelGraph, site: OutlierSite, x: Tensor): RoundedInput {
  const { g } = m;
  const { name, columns, kept } = site;
  const part = g.mul(x, m.feed(`${name}.kept`, float([kept.length], kept)));
  const [rounded, scales] = g.op('Round8', [part], { whole: site.normed });
  if (!rounded || !scales) throw new Error('Round8 has two outputs');
  const chosen = m.feed(`${name}.columns`, { dtype: 'int32', shape: [columns.length], data: columns });
  return { site, part, rounded, scales, outliers: g.one('Columns', [x, chosen], {}) };
}

/** Entries up to which rounding a matrix's input takes longer than the product of whole numbers saves (measured). */
const SMALL = 128 * 128;

function linear8(
  m: ModelGraph,
  { name, shape, codes, scales: rowScales, site, outlierWeights }: Int8Matrix,
  x: Tensor,
): QuantizedProduct {
  const dtype = codes instanceof Int8Array ? 'int8' : 'uint8';
  const weight = [
    m.feed(`${name}.codes`, { dtype, shape, data: codes }),
    m.feed(`${name}.scales`, float([shape[0]], rowScales)),
  ] as const;
  if (codes.length <= SMALL) return { y: m.g.one('Linear8Exact', [x, ...weight], {}), rest: undefined };
  const { part, rounded, scales, outliers } = m.rounded(site, x);
  const y = m.g.one('Linear8', [x, part, rounded, scales, ...weight], {});
  const weights = m.feed(`${name}.outliers`, float([shape[0], site.columns.length], outlierWeights));
  return { y, rest: { input: outliers, weights } };
}

function linear4(m: ModelGraph, matrix: Blocks4Matrix, x: Tensor): Tensor {
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
