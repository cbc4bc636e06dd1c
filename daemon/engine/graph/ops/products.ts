// Matrix products. Gemm takes Hugging Face's [out, in] weights with transB and costs nothing for it.
import { sumTo } from './elementwise.ts';
import type { RuleTable } from './rule.ts';

const last2 = (shape: readonly number[]): [number, number] => {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined) throw new Error(`a matrix is needed, not [${shape}]`);
  return [rows, columns];
};

const product = (a: readonly number[], b: readonly number[], transA: boolean, transB: boolean): [number, number] => {
  const [aRows, aColumns] = last2(a);
  const [bRows, bColumns] = last2(b);
  const [m, k] = transA ? [aColumns, aRows] : [aRows, aColumns];
  const [k2, n] = transB ? [bColumns, bRows] : [bRows, bColumns];
  if (k !== k2) throw new Error(`cannot multiply [${a}]${transA ? 'ᵀ' : ''} by [${b}]${transB ? 'ᵀ' : ''}`);
  return [m, n];
};

export const products: RuleTable<'Gemm' | 'BatchMatMul'> = {
  Gemm: {
    infer: ([a, b], { transA, transB }) => [{ shape: product(a.shape, b.shape, transA, transB), dtype: a.dtype }],
    // y = α·a·b + c: da = α·dy·bᵀ, db = α·aᵀ·dy, dc = dy; transposed where the inputs are
    gradient: (g, [a, b, c], _, [dy], { attributes: { transA, transB, alpha }, needs }) => [
      needs[0]
        ? transA
          ? g.gemm(b, dy, { transA: transB, transB: true, alpha })
          : g.gemm(dy, b, { transB: !transB, alpha })
        : undefined,
      needs[1]
        ? transB
          ? g.gemm(dy, a, { transA: true, transB: transA, alpha })
          : g.gemm(a, dy, { transA: !transA, alpha })
        : undefined,
      needs[2] && c ? sumTo(g, dy, c.shape) : undefined,
    ],
  },
  BatchMatMul: {
    infer: ([a, b], { transA, transB }) => [
      { shape: [...a.shape.slice(0, -2), ...product(a.shape, b.shape, transA, transB)], dtype: a.dtype },
    ],
    gradient: (g, [a, b], _, [dy], { attributes: { transA, transB, alpha }, needs }) => [
      needs[0]
        ? transA
          ? g.matmul(b, dy, { transA: transB, transB: true, alpha })
          : g.matmul(dy, b, { transB: !transB, alpha })
        : undefined,
      needs[1]
        ? transB
          ? g.matmul(dy, a, { transA: true, transB: transA, alpha })
          : g.matmul(a, dy, { transA: !transA, alpha })
        : undefined,
    ],
  },
};
