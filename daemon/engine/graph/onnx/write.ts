// From a graph to the bytes of an ONNX model.
import type { Graph } from '../graph.ts';
import type { Target } from '../ops/rule.ts';
import { expand } from '../passes/expand.ts';
import { fuseGemmAdd } from '../passes/fuse.ts';
import { shareRepeated } from '../passes/share.ts';
import { schedule } from '../passes/schedule.ts';
import { ancestors } from '../passes/rewrite.ts';
import type { Node, Tensor } from '../tensor.ts';
import { encodeModel, type NodeProto, type TensorProto } from './encode.ts';
import { operators, type Emit } from './operators.ts';

const rawBytes = (tensor: Tensor): Uint8Array => {
  const { data, dtype } = tensor;
  if (!data) throw new Error('only constants have data');
  if (dtype === 'bool' || dtype === 'uint8') return Uint8Array.from(data as Uint8Array);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/** The model of a graph for one execution provider; feeds and results have the names of the graph's inputs and outputs. */
export function writeOnnx(graph: Graph, target: Target): Uint8Array {
  return new Writer(primitiveGraph(graph, target), target).model();
}

/** What of a graph is written: fused ops in the primitive ops that ONNX Runtime has. */
export const primitiveGraph = (graph: Graph, target: Target): Graph =>
  fuseGemmAdd(shareRepeated(expand(graph, target)));

class Writer {
  readonly graph: Graph;
  readonly target: Target;
  readonly #names = new Map<Tensor, string>();
  readonly #initializers: TensorProto[] = [];
  readonly #ints = new Map<string, string>();
  #fresh = 0;

  constructor(graph: Graph, target: Target) {
    this.graph = graph;
    this.target = target;
  }

  model(): Uint8Array {
    const { graph } = this;
    const needed = ancestors(graph);
    const used = new Set([...needed].flatMap((node) => node.inputs));
    const inputs = graph.inputs.filter((input) => used.has(input));
    for (const input of inputs) this.#names.set(input, input.name ?? '');
    // an output that is an input, a constant, or a second name of a tensor gets a node of its own
    const extra: NodeProto[] = [];
    for (const { name, tensor } of graph.outputs) {
      if (tensor.node && !this.#names.has(tensor)) this.#names.set(tensor, name);
      else extra.push({ opType: 'Identity', inputs: [this.#name(tensor)], outputs: [name] });
    }
    const nodes = [...schedule(graph).flatMap((node) => this.#emit(node)), ...extra];
    return encodeModel({
      nodes: nodes.reverse(),
      initializers: this.#initializers,
      inputs: inputs.map((input) => ({ name: input.name ?? '', dtype: input.dtype, dims: input.shape })),
      outputs: graph.outputs.map(({ name, tensor }) => ({ name, dtype: tensor.dtype, dims: tensor.shape })),
    });
  }

  #emit(node: Node): NodeProto[] {
    const emit: Emit = {
      target: this.target,
      inputs: node.inputs.map((input) => this.#name(input)),
      outputs: node.outputs.map((output) => this.#name(output)),
      tensors: node.inputs,
      ints: (values) => this.#intVector(values),
      fresh: () => `m${this.#fresh++}`,
    };
    return operators[node.op](emit, node.attributes as never);
  }

  #name(tensor: Tensor): string {
    let name = this.#names.get(tensor);
    if (name === undefined) {
      name = `t${tensor.id}`;
      this.#names.set(tensor, name);
      if (tensor.data)
        this.#initializers.push({ name, dtype: tensor.dtype, dims: tensor.shape, raw: rawBytes(tensor) });
    }
    return name;
  }

  #intVector(values: readonly number[]): string {
    const key = `i${values.join('_')}`;
    if (!this.#ints.has(key)) {
      const data = BigInt64Array.from(values, BigInt);
      this.#initializers.push({ name: key, dtype: 'int64', dims: [values.length], raw: new Uint8Array(data.buffer) });
      this.#ints.set(key, key);
    }
    return key;
  }
}
