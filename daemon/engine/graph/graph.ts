// The builder: typed ops are added one after another; every tensor knows its shape at once.
import { opTable } from './ops/table.ts';
import type { Attributes, Inputs, OpName } from './ops/signatures.ts';
import type { ConstantData, DType, Node, Phase, Shape, Spec, Tensor } from './tensor.ts';
import { sameShape, sizeOf } from './tensor.ts';

export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Tensor[] = [];
  readonly outputs: { name: string; tensor: Tensor }[] = [];
  phase: Phase = 'forward';
  scope = '';
  #nextTensor = 0;
  readonly #shared = new Map<string, Tensor>();

  /** A tensor that is fed under this name. */
  input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
    const tensor: Tensor = { id: this.#nextTensor++, shape, dtype, name, data: undefined, node: undefined };
    this.inputs.push(tensor);
    return tensor;
  }

  /** A small constant that is stored in the graph. */
  constant(data: ConstantData, shape: Shape, dtype: DType): Tensor {
    if (data.length !== sizeOf(shape)) throw new Error(`constant has ${data.length} values for shape [${shape}]`);
    return { id: this.#nextTensor++, shape, dtype, name: undefined, data, node: undefined };
  }

  /** A constant that is stored once, however often it is asked for under this key. */
  sharedConstant(key: string, fill: () => ConstantData, shape: Shape, dtype: DType): Tensor {
    let tensor = this.#shared.get(key);
    if (!tensor) {
      tensor = this.constant(fill(), shape, dtype);
      this.#shared.set(key, tensor);
    }
    return tensor;
  }

  scalar(value: number): Tensor {
    const key = Object.is(value, -0) ? '-0' : String(value);
    return this.sharedConstant(key, () => Float32Array.of(value), [], 'float32');
  }

  zeros(shape: Shape): Tensor {
    return this.expand(this.scalar(0), shape);
  }

  output(name: string, tensor: Tensor): void {
    this.outputs.push({ name, tensor });
  }

  /** Adds a node; its outputs have the shapes the op's rule infers. */
  op<K extends OpName>(op: K, inputs: Inputs<K>, attributes: Attributes<K>): readonly Tensor[] {
    const specs = opTable[op].infer(inputs, attributes);
    return this.add_(op, inputs, attributes, specs).outputs;
  }

  /** As op, for ops with one output. */
  one<K extends OpName>(op: K, inputs: Inputs<K>, attributes: Attributes<K>): Tensor {
    const [output] = this.op(op, inputs, attributes);
    if (!output) throw new Error(`${op} has no output`);
    return output;
  }

  private add_<K extends OpName>(op: K, inputs: Inputs<K>, attributes: Attributes<K>, specs: readonly Spec[]): Node<K> {
    const outputs: Tensor[] = [];
    const node: Node<K> = {
      id: this.nodes.length,
      op,
      inputs,
      outputs,
      attributes,
      phase: this.phase,
      scope: this.scope,
    };
    for (const { shape, dtype } of specs) {
      // a node is a Node of some op; TypeScript cannot see that Node<K> is one of the union
      outputs.push({
        id: this.#nextTensor++,
        shape,
        dtype,
        name: undefined,
        data: undefined,
        node: node,
      });
    }
    this.nodes.push(node);
    return node;
  }

  /** Runs `build` with nodes marked as belonging to `scope`. */
  in<T>(scope: string, build: () => T): T {
    const before = this.scope;
    this.scope = scope;
    try {
      return build();
    } finally {
      this.scope = before;
    }
  }

  // Shorthands. Broadcasting as in NumPy; numbers become scalar constants.

  add(a: Tensor, b: Tensor | number): Tensor {
    if (b === 0) return a;
    return this.one('Add', [a, this.#tensor(b)], {});
  }
  sub(a: Tensor, b: Tensor | number): Tensor {
    return this.one('Sub', [a, this.#tensor(b)], {});
  }
  mul(a: Tensor, b: Tensor | number): Tensor {
    if (b === 1 || (typeof b !== 'number' && isOne(b))) return a;
    if (isOne(a) && typeof b !== 'number') return b;
    return this.one('Mul', [a, this.#tensor(b)], {});
  }
  div(a: Tensor, b: Tensor | number): Tensor {
    return this.one('Div', [a, this.#tensor(b)], {});
  }
  neg(x: Tensor): Tensor {
    return this.one('Neg', [x], {});
  }
  square(x: Tensor): Tensor {
    return this.one('Mul', [x, x], {});
  }
  sqrt(x: Tensor): Tensor {
    return this.one('Sqrt', [x], {});
  }
  sigmoid(x: Tensor): Tensor {
    return this.one('Sigmoid', [x], {});
  }
  silu(x: Tensor): Tensor {
    return this.one('Silu', [x], {});
  }
  tanh(x: Tensor): Tensor {
    return this.one('Tanh', [x], {});
  }
  cast(x: Tensor, to: DType): Tensor {
    return x.dtype === to ? x : this.one('Cast', [x], { to });
  }
  reshape(x: Tensor, shape: Shape): Tensor {
    return sameShape(x.shape, shape) ? x : this.one('Reshape', [x], { shape });
  }
  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return permutation.every((axis, i) => axis === i) ? x : this.one('Transpose', [x], { permutation });
  }
  expand(x: Tensor, shape: Shape): Tensor {
    return sameShape(x.shape, shape) ? x : this.one('Expand', [x], { shape });
  }
  slice(x: Tensor, axis: number, start: number, end: number): Tensor {
    return start === 0 && end === x.shape[axis] ? x : this.one('Slice', [x], { axis, start, end });
  }
  concat(parts: readonly Tensor[], axis: number): Tensor {
    const [first] = parts;
    return parts.length === 1 && first ? first : this.one('Concat', parts, { axis });
  }
  sum(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    return axes.length === 0 ? x : this.one('ReduceSum', [x], { axes, keepDims });
  }
  mean(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    return this.one('ReduceMean', [x], { axes, keepDims });
  }
  softmax(x: Tensor): Tensor {
    return this.one('Softmax', [x], {});
  }
  /** alpha · a·b (+ c), two dimensions each. */
  gemm(a: Tensor, b: Tensor, options: { transA?: boolean; transB?: boolean; alpha?: number; c?: Tensor } = {}): Tensor {
    const { transA = false, transB = false, alpha = 1, c } = options;
    return this.one('Gemm', c ? [a, b, c] : [a, b], { transA, transB, alpha });
  }
  /** alpha · a·b over the last two dimensions. */
  matmul(a: Tensor, b: Tensor, options: { transA?: boolean; transB?: boolean; alpha?: number } = {}): Tensor {
    const { transA = false, transB = false, alpha = 1 } = options;
    return this.one('BatchMatMul', [a, b], { transA, transB, alpha });
  }
  gate(x: Tensor, after: readonly Tensor[]): Tensor {
    return after.length === 0 ? x : this.one('Gate', [x, ...after], {});
  }

  #tensor(value: Tensor | number): Tensor {
    return typeof value === 'number' ? this.scalar(value) : value;
  }
}

const isOne = (tensor: Tensor): boolean =>
  tensor.data !== undefined && tensor.shape.length === 0 && tensor.data[0] === 1;
