// Reverse-mode differentiation: one pass over the nodes from last to first, adding up what flows back into each tensor.
import type { Graph } from './graph.ts';
import type { GradientContext, OpRule, OutputGradients } from './ops/rule.ts';
import type { OpName, Outputs } from './ops/signatures.ts';
import { opTable } from './ops/table.ts';
import type { Node, Tensor } from './tensor.ts';

/**
 * Adds the nodes that compute d loss / d t for each tensor of `wrt` and returns those gradients by tensor.
 * A tensor the loss does not depend on is left out. `seed` is d loss / d loss, 1 when absent.
 */
export function differentiate(g: Graph, loss: Tensor, wrt: readonly Tensor[], seed?: Tensor): Map<Tensor, Tensor> {
  const active = dependents(g.nodes, wrt);
  const gradients = new Map<Tensor, Tensor>([[loss, seed ?? g.expand(g.scalar(1), loss.shape)]]);
  const forward = [...g.nodes];
  g.phase = 'backward';
  for (const node of forward.reverse()) {
    if (!node.outputs.some((output) => gradients.has(output) && active.has(output))) continue;
    g.in(node.scope, () => {
      backpropagate(g, node, gradients, active);
    });
  }
  g.phase = 'forward';
  return new Map(wrt.flatMap((tensor) => {
    const gradient = gradients.get(tensor);
    return gradient ? [[tensor, gradient] as const] : [];
  })); // prettier-ignore
}

/** The tensors that depend on any of `roots`, roots included. */
function dependents(nodes: readonly Node[], roots: readonly Tensor[]): Set<Tensor> {
  const active = new Set<Tensor>(roots);
  for (const { inputs, outputs } of nodes) {
    if (inputs.some((input) => active.has(input))) for (const output of outputs) active.add(output);
  }
  return active;
}

function backpropagate(g: Graph, node: Node, gradients: Map<Tensor, Tensor>, active: ReadonlySet<Tensor>): void {
  const needs = node.inputs.map((input) => active.has(input));
  const contributions = gradientOf(g, node, node.outputs.map((output) => gradients.get(output)), needs); // prettier-ignore
  node.inputs.forEach((input, i) => {
    const contribution = contributions[i];
    if (!needs[i] || !contribution) return;
    const sum = gradients.get(input);
    gradients.set(input, sum ? g.add(sum, contribution) : contribution);
  });
}

function gradientOf<K extends OpName>(
  g: Graph,
  node: Node<K>,
  dOutputs: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const { gradient }: OpRule<K> = opTable[node.op];
  if (!gradient) throw new Error(`${node.op} is not differentiable (in ${node.scope || 'the graph'})`);
  const context: GradientContext<K> = { attributes: node.attributes, needs };
  // the node was built through the typed op(): its inputs and outputs are those of K
  return gradient(g, node.inputs, node.outputs, dOutputs as unknown as OutputGradients<Outputs<K>>, context);
}
