// Common subexpressions: where a fused op's gradient and a recomputed op are made of the same primitive nodes, one is enough.
// Only within a scope and phase: merging across them would keep activations alive that recomputation has just freed.
import type { Graph } from '../graph.ts';
import type { Tensor } from '../tensor.ts';
import { copyNode, rewrite } from './rewrite.ts';

/** The same graph in which a backward node equal to an earlier one of its scope gives way to it. Of primitive ops. */
export function shareRepeated(graph: Graph): Graph {
  const known = new Map<string, readonly Tensor[]>();
  return rewrite(graph, (copy, node, inputs) => {
    if (node.phase !== 'backward') return copyNode(copy, node, inputs);
    const key = `${node.scope} ${node.op} ${inputs.map(({ id }) => id).join()} ${JSON.stringify(node.attributes)}`;
    let outputs = known.get(key);
    if (!outputs) {
      outputs = copyNode(copy, node, inputs);
      known.set(key, outputs);
    }
    return outputs;
  });
}
