// The order of execution. ONNX Runtime runs nodes depth-first from the last leaf back and, of a node's inputs, the one with
// the highest index first; it takes nodes in any order from the file. So a file in reverse order of execution runs as planned.
import type { Graph } from '../graph.ts';
import type { Node } from '../tensor.ts';

/**
 * Order of execution: for each leaf in the order it was built, what it needs, each input's makers in the order they were
 * built. So the weight gradients of a layer are made, and its activations freed, before the layer below is begun.
 */
export function schedule(graph: Graph): Node[] {
  const consumed = new Set(graph.nodes.flatMap(({ inputs }) => inputs.flatMap(({ node }) => node ?? [])));
  const wanted = new Set(graph.outputs.flatMap(({ tensor }) => tensor.node ?? []));
  const order: Node[] = [];
  const done = new Set<Node>();
  for (const leaf of [...wanted].filter((node) => !consumed.has(node)).sort((a, b) => a.id - b.id))
    visit(leaf, done, order);
  for (const node of wanted) visit(node, done, order);
  return order;
}

/** Depth-first without recursion: graphs are thousands of nodes deep. */
function visit(leaf: Node, done: Set<Node>, order: Node[]): void {
  const stack: { node: Node; leave: boolean }[] = [{ node: leaf, leave: false }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, leave } = top;
    if (leave) {
      order.push(node);
      continue;
    }
    if (done.has(node)) continue;
    done.add(node);
    stack.push({ node, leave: true });
    const makers = node.inputs.flatMap((input) => input.node ?? []).sort((a, b) => b.id - a.id);
    for (const maker of makers) if (!done.has(maker)) stack.push({ node: maker, leave: false });
  }
}
