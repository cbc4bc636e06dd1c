// Activation checkpointing (Chen et al. 2016) as a pass: what the backward nodes need of the forward ones is either kept
// or computed again from what is kept. Nothing forces the order: the scheduler runs a node when its result is first needed.
import { Graph } from '../graph.ts';
import type { OpName } from '../ops/signatures.ts';
import type { Node, Tensor } from '../tensor.ts';
import { sizeOf } from '../tensor.ts';
import { ancestors } from './rewrite.ts';

/**
 * 'everything': keep all; 'cheap': make norms, activations and moves again; 'block': keep only what enters a layer.
 * Asked per scope, so that some layers may be kept and others recomputed.
 */
export type KeepPolicy = (scope: string) => 'everything' | 'cheap' | 'block';

/** Ops that cost little beside a matrix product. */
const cheap: ReadonlySet<OpName> = new Set<OpName>([
  'RmsNorm', 'GatedActivation', 'Rope', 'Reshape', 'Transpose', 'Expand', 'Slice', 'Cast', 'Mul', 'Sub', 'Neg', 'Tanh', 'Sigmoid', 'Silu',
]); // prettier-ignore

/** Forward tensors that backward nodes use although they are not kept: these are computed again. */
function recomputed(graph: Graph, policy: KeepPolicy): Set<Tensor> {
  const crossing = new Set<Tensor>();
  const scores = new Set<Tensor>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input.node && input.node.phase === 'forward' && input.node.scope !== node.scope) crossing.add(input);
      // attention's inputs are kept as it takes them, in place of the projections they come from
      if (node.op === 'AttentionGrad') scores.add(input);
    }
  }
  const again = new Set<Tensor>();
  for (const node of graph.nodes) {
    if (node.phase !== 'forward' || node.op === 'LinearCrossEntropy' || node.op === 'LinearCrossEntropy8') continue;
    const kind = policy(node.scope);
    for (const output of node.outputs) {
      if (kind === 'block' ? !crossing.has(output) : kind === 'cheap' && cheap.has(node.op) && !scores.has(output))
        again.add(output);
    }
  }
  return again;
}

/** The graph with recomputation in it. */
export function recompute(graph: Graph, policy: KeepPolicy): Graph {
  const again = recomputed(graph, policy);
  const needed = ancestors(graph);
  const copy = new Graph();
  const first = new Map<Tensor, Tensor>();
  const second = new Map<Tensor, Tensor>();
  for (const input of graph.inputs) first.set(input, copy.input(input.name ?? '', input.shape, input.dtype));

  const add = (node: Node, inputs: readonly Tensor[], into: Map<Tensor, Tensor>): void => {
    const outputs = copy.in(node.scope, () => copy.op(node.op, inputs as never, node.attributes as never));
    node.outputs.forEach((output, i) => {
      const made = outputs[i];
      if (made) into.set(output, made);
    });
  };
  const original = (tensor: Tensor): Tensor => {
    let known = first.get(tensor);
    if (!known) {
      if (!tensor.data) throw new Error('a node stands before the node that makes its input');
      known = copy.constant(tensor.data, tensor.shape, tensor.dtype);
      first.set(tensor, known);
    }
    return known;
  };
  const later = (tensor: Tensor): Tensor => {
    const { node } = tensor;
    if (!node || node.phase === 'backward' || !again.has(tensor)) return original(tensor);
    if (!second.has(tensor)) add(node, node.inputs.map(later), second);
    return second.get(tensor) ?? original(tensor);
  };

  for (const node of graph.nodes) {
    if (!needed.has(node)) continue;
    copy.phase = node.phase;
    add(node, node.inputs.map(node.phase === 'backward' ? later : original), first);
  }
  for (const { name, tensor } of graph.outputs) copy.output(name, original(tensor));
  return copy;
}

/** Bytes of forward tensors that stay alive until the backward pass, by scope: what a policy costs. */
export function keptBytes(graph: Graph, policy: KeepPolicy): number {
  const again = recomputed(graph, policy);
  const kept = new Set<Tensor>();
  const needed = ancestors(graph);
  const visit = (tensor: Tensor): void => {
    const { node } = tensor;
    if (!node || node.phase === 'backward' || kept.has(tensor)) return;
    if (!again.has(tensor)) kept.add(tensor);
    else node.inputs.forEach(visit);
  };
  for (const node of graph.nodes) if (node.phase === 'backward' && needed.has(node)) node.inputs.forEach(visit);
  let bytes = 0;
  for (const { shape } of kept) bytes += sizeOf(shape) * 4;
  return bytes;
}
