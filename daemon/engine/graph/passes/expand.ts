// Fused ops become the primitive ops that ONNX Runtime has.
import type { Graph } from '../graph.ts';
import type { OpRule, Target } from '../ops/rule.ts';
import type { OpName } from '../ops/signatures.ts';
import { opTable } from '../ops/table.ts';
import type { Node, Tensor } from '../tensor.ts';
import { copyNode, rewrite } from './rewrite.ts';

/** Repeated until nothing is fused any more: a fused op may be made of fused ops (attention of gates, say). */
export function expand(graph: Graph, target: Target): Graph {
  let expanded = graph;
  while (expanded.nodes.some(({ op }) => opTable[op].expand)) {
    expanded = rewrite(expanded, (copy, node, inputs) => expandNode(copy, node, inputs, target));
  }
  return expanded;
}

function expandNode<K extends OpName>(
  g: Graph,
  node: Node<K>,
  inputs: readonly Tensor[],
  target: Target,
): readonly Tensor[] {
  const rule: OpRule<K> = opTable[node.op];
  if (!rule.expand) return copyNode(g, node, inputs);
  // the node was built through the typed op(): its inputs are those of K
  return rule.expand(g, inputs, node.attributes, target);
}
