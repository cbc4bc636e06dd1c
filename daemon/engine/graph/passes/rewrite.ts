// Copying a graph node by node with some nodes replaced: the common part of all passes.
import { Graph } from '../graph.ts';
import type { Node, Tensor } from '../tensor.ts';

/** Adds what stands in place of `node` to the copy; `inputs` are the copies of its inputs. */
export type Replace = (copy: Graph, node: Node, inputs: readonly Tensor[]) => readonly Tensor[];

export const copyNode: Replace = (copy, node, inputs) => copy.op(node.op, inputs, node.attributes);

/** A new graph with the same inputs and outputs, in which `replace` has its say about every node that an output needs. */
export function rewrite(graph: Graph, replace: Replace): Graph {
  const copy = new Graph();
  const copies = new Map<Tensor, Tensor>();
  for (const input of graph.inputs) copies.set(input, copy.input(input.name ?? '', input.shape, input.dtype));
  const copyOf = (tensor: Tensor): Tensor => {
    let known = copies.get(tensor);
    if (!known) {
      // only constants are met before the node that makes them
      if (!tensor.data) throw new Error('a node stands before the node that makes its input');
      known =
        tensor.shape.length === 0 && tensor.dtype === 'float32'
          ? copy.scalar(tensor.data[0] as number)
          : copy.constant(tensor.data, tensor.shape, tensor.dtype);
      copies.set(tensor, known);
    }
    return known;
  };
  const needed = ancestors(graph);
  for (const node of graph.nodes) {
    if (!needed.has(node)) continue;
    copy.phase = node.phase;
    const outputs = copy.in(node.scope, () => replace(copy, node, node.inputs.map(copyOf)));
    node.outputs.forEach((output, i) => {
      const replacement = outputs[i];
      if (replacement) copies.set(output, replacement);
    });
  }
  for (const { name, tensor } of graph.outputs) copy.output(name, copyOf(tensor));
  return copy;
}

/** The nodes that some output needs. */
export function ancestors(graph: Graph): Set<Node> {
  const found = new Set<Node>();
  const pending = graph.outputs.flatMap(({ tensor }) => tensor.node ?? []);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (input.node) pending.push(input.node);
  }
  return found;
}

/** How often each tensor is used, as an input or as an output of the graph. */
export function uses(graph: Graph): Map<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const count = (tensor: Tensor): void => void counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(count);
  for (const { tensor } of graph.outputs) count(tensor);
  return counts;
}
