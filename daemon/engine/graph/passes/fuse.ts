// Small peepholes on primitive graphs: a sum of products becomes one Gemm that adds to what is there.
import type { Graph } from '../graph.ts';
import type { Attributes } from '../ops/signatures.ts';
import { sameShape, type Node, type Tensor } from '../tensor.ts';
import { copyNode, rewrite, uses } from './rewrite.ts';

/** Add(x, Gemm(a, b)) → Gemm(a, b, x), where the product has no other use. The old product is left without a use. */
export function fuseGemmAdd(graph: Graph): Graph {
  const counts = uses(graph);
  const isProduct = (tensor: Tensor | undefined, phase: Node['phase']): boolean => {
    const maker = tensor?.node;
    return (
      maker?.op === 'Gemm' && maker.inputs.length === 2 && maker.phase === phase && counts.get(tensor as Tensor) === 1
    );
  };
  return rewrite(graph, (copy, node, inputs) => {
    const [a, b] = node.inputs;
    if (node.op !== 'Add' || !a || !b || !sameShape(a.shape, b.shape)) return copyNode(copy, node, inputs);
    const place = isProduct(b, node.phase) ? 1 : isProduct(a, node.phase) ? 0 : undefined;
    const product = place === undefined ? undefined : inputs[place]?.node;
    const other = inputs[1 - (place ?? 0)];
    const [left, right] = product?.inputs ?? [];
    if (!product || !left || !right || !other) return copyNode(copy, node, inputs);
    return copy.op('Gemm', [left, right, other], product.attributes as Attributes<'Gemm'>);
  });
}
