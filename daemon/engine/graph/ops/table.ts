// The total table of ops: what the union in signatures.ts names and no table here knows does not compile.
import { activation } from './activation.ts';
import { attention } from './attention.ts';
import { crossEntropy } from './cross-entropy.ts';
import { crossEntropy8 } from './cross-entropy8.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { lowRank } from './low-rank.ts';
import { norm } from './norm.ts';
import { products } from './products.ts';
import { quantized } from './quantized.ts';
import { reduce } from './reduce.ts';
import { rope } from './rope.ts';
import type { RuleTable } from './rule.ts';
import { shape } from './shape.ts';
import type { OpName } from './signatures.ts';

export const opTable: RuleTable<OpName> = {
  ...elementwise,
  ...shape,
  ...reduce,
  ...products,
  ...indexing,
  ...norm,
  ...rope,
  ...activation,
  ...attention,
  ...crossEntropy,
  ...crossEntropy8,
  ...lowRank,
  ...quantized,
};
