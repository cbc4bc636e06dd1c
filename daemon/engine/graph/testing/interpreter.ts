// A reference interpreter of the primitive ops in float64, plain and slow: what ONNX Runtime's results and our gradients
// are checked against.
import { tables4 } from '../ops/codes4.ts';
import type { Attributes, OpName } from '../ops/signatures.ts';
import { sizeOf, type Node, type Shape, type Tensor } from '../tensor.ts';
import type { Graph } from '../graph.ts';

export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
}

const strides = (shape: Shape): number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

/** Coordinates of a flat index. */
const coordinates = (index: number, shape: Shape): number[] =>
  strides(shape).map((stride, i) => Math.floor(index / stride) % (shape[i] ?? 1));

const flat = (at: readonly number[], shape: Shape): number =>
  strides(shape).reduce((sum, stride, i) => sum + stride * (at[i] ?? 0), 0);

function make(shape: Shape, value: (at: number[], index: number) => number): Value {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(coordinates(i, shape), i);
  return { shape, data };
}

/** A value at coordinates of a broader shape. */
function read({ shape, data }: Value, at: readonly number[]): number {
  const own = at.slice(at.length - shape.length).map((position, i) => (shape[i] === 1 ? 0 : position));
  return data[flat(own, shape)] as number;
}

const elementwise =
  (f: (...values: number[]) => number) =>
  (inputs: readonly Value[], output: Shape): Value =>
    make(output, (at) => f(...inputs.map((input) => read(input, at))));

/** Error function by its Taylor series; for the small arguments of tests. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function reduce(
  [x]: readonly Value[],
  output: Shape,
  axes: readonly number[],
  keepDims: boolean,
  f: (values: number[]) => number,
): Value {
  if (!x) throw new Error('nothing to reduce');
  const groups: number[][] = Array.from({ length: sizeOf(output) }, () => []);
  x.data.forEach((value, i) => {
    const at = coordinates(i, x.shape);
    const kept = keepDims
      ? at.map((position, axis) => (axes.includes(axis) ? 0 : position))
      : at.filter((_, axis) => !axes.includes(axis));
    groups[flat(kept, output)]?.push(value);
  });
  return { shape: output, data: Float64Array.from(groups, f) };
}

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);

function matmul(
  [a, b, c]: readonly Value[],
  output: Shape,
  { transA, transB, alpha }: { transA: boolean; transB: boolean; alpha: number },
): Value {
  if (!a || !b) throw new Error('two operands are needed');
  const inner = a.shape.at(transA ? -2 : -1) ?? 0;
  return make(output, (at) => {
    const lead = at.slice(0, -2);
    const [row = 0, column = 0] = at.slice(-2);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      const left = transA ? [...lead, k, row] : [...lead, row, k];
      const right = transB ? [...lead, column, k] : [...lead, k, column];
      sum += (a.data[flat(left, a.shape)] as number) * (b.data[flat(right, b.shape)] as number);
    }
    return alpha * sum + (c ? read(c, at) : 0);
  });
}

/** To the nearest whole number, from the middle to the even one. */
function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

type Rules = { readonly [K in OpName]?: (inputs: readonly Value[], output: Shape, attributes: Attributes<K>) => Value };

const first = (inputs: readonly Value[]): Value => {
  const [x] = inputs;
  if (!x) throw new Error('an input is missing');
  return x;
};

const rules: Rules = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Max: elementwise((a, b) => Math.max(a, b)),
  Neg: elementwise((x) => -x),
  Exp: elementwise((x) => Math.exp(x)),
  Log: elementwise((x) => Math.log(x)),
  Sqrt: elementwise((x) => Math.sqrt(x)),
  Reciprocal: elementwise((x) => 1 / x),
  Sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  Silu: elementwise((x) => x / (1 + Math.exp(-x))),
  Tanh: elementwise((x) => Math.tanh(x)),
  Erf: elementwise((x) => erf(x)),
  Softplus: elementwise((x) => Math.log1p(Math.exp(x))),
  Cast: elementwise((x) => x),
  Equal: elementwise((a, b) => Number(a === b)),
  Greater: elementwise((a, b) => Number(a > b)),
  Where: elementwise((condition, a, b) => (condition ? a : b)),
  Reshape: (inputs, output) => ({ shape: output, data: first(inputs).data }),
  Transpose: (inputs, output, { permutation }) => {
    const x = first(inputs);
    return make(output, (at) => {
      const source: number[] = [];
      permutation.forEach((axis, i) => (source[axis] = at[i] ?? 0));
      return x.data[flat(source, x.shape)] as number;
    });
  },
  Expand: (inputs, output) => make(output, (at) => read(first(inputs), at)),
  Slice: (inputs, output, { axis, start }) => {
    const x = first(inputs);
    return make(
      output,
      (at) =>
        x.data[
          flat(
            at.map((position, i) => (i === axis ? position + start : position)),
            x.shape,
          )
        ] as number,
    );
  },
  Concat: (inputs, output, { axis }) =>
    make(output, (at) => {
      let place = at[axis] ?? 0;
      const part = inputs.find(({ shape }) => {
        const size = shape[axis] ?? 0;
        if (place < size) return true;
        place -= size;
        return false;
      });
      if (!part) throw new Error('outside of all parts');
      return part.data[
        flat(
          at.map((position, i) => (i === axis ? place : position)),
          part.shape,
        )
      ] as number;
    }),
  ReduceSum: (inputs, output, { axes, keepDims }) => reduce(inputs, output, axes, keepDims, total),
  ReduceMean: (inputs, output, { axes, keepDims }) =>
    reduce(inputs, output, axes, keepDims, (values) => total(values) / values.length),
  ReduceSumSquare: (inputs, output, { axes, keepDims }) =>
    reduce(inputs, output, axes, keepDims, (values) => total(values.map((value) => value * value))),
  ReduceMax: (inputs, output, { axes, keepDims }) => reduce(inputs, output, axes, keepDims, (all) => Math.max(...all)),
  ReduceMin: (inputs, output, { axes, keepDims }) => reduce(inputs, output, axes, keepDims, (all) => Math.min(...all)),
  ArgMax: (inputs, output) => {
    const axis = first(inputs).shape.length - 1;
    return reduce(inputs, output, [axis], false, (values) => values.indexOf(Math.max(...values)));
  },
  Softmax: (inputs) => {
    const x = first(inputs);
    const width = x.shape.at(-1) ?? 1;
    return make(x.shape, (_, index) => {
      const row = x.data.subarray(index - (index % width), index - (index % width) + width);
      const most = Math.max(...row);
      return Math.exp((x.data[index] as number) - most) / row.reduce((sum, value) => sum + Math.exp(value - most), 0);
    });
  },
  Gemm: matmul,
  BatchMatMul: matmul,
  Gather: ([table, indices], output) => {
    if (!table || !indices) throw new Error('table and indices are needed');
    const width = sizeOf(table.shape.slice(1));
    return make(
      output,
      (_, index) => table.data[(indices.data[Math.floor(index / width)] as number) * width + (index % width)] as number,
    );
  },
  ScatterRows: ([base, indices, rows]) => {
    if (!base || !indices || !rows) throw new Error('base, indices and rows are needed');
    const data = base.data.slice();
    const width = sizeOf(base.shape.slice(1));
    rows.data.forEach((value, i) => {
      data[(indices.data[Math.floor(i / width)] as number) * width + (i % width)] = value;
    });
    return { shape: base.shape, data };
  },
  ScatterElements: ([x, indices, values]) => {
    if (!x || !indices || !values) throw new Error('x, indices and values are needed');
    const data = x.data.slice();
    values.data.forEach((value, row) => {
      data[flat([row, indices.data[row] as number], x.shape)] = value;
    });
    return { shape: x.shape, data };
  },
  GatherElements: ([x, indices], output) => {
    if (!x || !indices) throw new Error('x and indices are needed');
    return make(output, (at, index) => x.data[flat([at[0] ?? 0, indices.data[index] as number], x.shape)] as number);
  },
  Columns: ([x, columns], output) => {
    if (!x || !columns) throw new Error('x and columns are needed');
    return make(
      output,
      ([row = 0, column = 0]) => x.data[flat([row, columns.data[column] as number], x.shape)] as number,
    );
  },
  QuantiseRows: ([x, scales, zeros], output) => {
    if (!x || !scales || !zeros) throw new Error('x, scales and zeros are needed');
    return make(output, ([row = 0], i) => {
      const rounded = roundEven((x.data[i] as number) / read(scales, [row])) + read(zeros, [row]);
      return Math.max(0, Math.min(255, rounded));
    });
  },
  QuantisedGemm: ([a, aScale, aZero, b, bScale, bZero], output, { transB }) => {
    if (!a || !aScale || !aZero || !b || !bScale || !bZero) throw new Error('six inputs are needed');
    const left = make(a.shape, (at, i) => ((a.data[i] as number) - read(aZero, at)) * read(aScale, at));
    const right = make(b.shape, ([row = 0, column = 0], i) => {
      const channel = [transB ? row : column];
      return ((b.data[i] as number) - read(bZero, channel)) * read(bScale, channel);
    });
    return matmul([left, right], output, { transA: false, transB, alpha: 1 });
  },
  MatMulBnb4: ([a, codes, absmax], output, { shape, blockSize, table }) => {
    if (!a || !codes || !absmax) throw new Error('an operand, codes and scales are needed');
    const weight = make(shape, (_, i) => {
      const byte = codes.data[i >> 1] as number;
      const value = tables4[table][i % 2 === 0 ? byte >> 4 : byte & 15] as number;
      return value * (absmax.data[Math.floor(i / blockSize)] as number);
    });
    return matmul([a, weight], output, { transA: false, transB: true, alpha: 1 });
  },
};

/** Outputs of a primitive graph by name. */
export function interpret(graph: Graph, feeds: Readonly<Record<string, Float64Array>>): Map<string, Value> {
  const values = new Map<Tensor, Value>();
  const valueOf = (tensor: Tensor): Value => {
    const known = values.get(tensor);
    if (known) return known;
    const data = tensor.data ? Float64Array.from(tensor.data as Float32Array) : feeds[tensor.name ?? ''];
    if (!data) throw new Error(`nothing is fed for ${tensor.name}`);
    const value = { shape: tensor.shape, data };
    values.set(tensor, value);
    return value;
  };
  for (const node of graph.nodes) run(node, node.inputs.map(valueOf), values);
  return new Map(graph.outputs.map(({ name, tensor }) => [name, valueOf(tensor)]));
}

function run<K extends OpName>(node: Node<K>, inputs: readonly Value[], values: Map<Tensor, Value>): void {
  const rule = rules[node.op];
  const [output] = node.outputs;
  if (!rule || !output) throw new Error(`${node.op} is not primitive`);
  values.set(output, rule(inputs, output.shape, node.attributes));
}
