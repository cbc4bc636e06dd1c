// How much memory a graph's values take at their worst: the order of execution played through, without running anything.
// Follows ONNX Runtime's planner: a value is freed after its last use, reshaping shares, elementwise ops write over an input
// that ends with them.
import type { Graph } from '../graph.ts';
import type { OpName } from '../ops/signatures.ts';
import { sizeOf, type DType, type Tensor } from '../tensor.ts';
import { schedule } from './schedule.ts';

const width: Record<DType, number> = {
  float32: 4,
  int32: 4,
  int64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  int8: 1,
  bool: 1,
};

export const bytesOf = ({ shape, dtype }: Tensor): number => sizeOf(shape) * width[dtype];

/** Ops that may write their result over an input of the same size. */
const inPlace: ReadonlySet<OpName> = new Set<OpName>([
  'Add', 'Sub', 'Mul', 'Div', 'Neg', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'ScatterElements', 'ScatterRows',
]); // prettier-ignore

interface Buffer {
  readonly bytes: number;
  /** Reads that are still to come. */
  uses: number;
}

/**
 * Highest sum of bytes of a primitive graph's values that are alive together, constants included; inputs are the caller's,
 * and so are outputs it has arrays for (`given`, by name).
 */
export function peakBytes(graph: Graph, given: (output: string) => boolean): number {
  const order = schedule(graph);
  const mine = new Set(graph.outputs.filter(({ name }) => given(name)).map(({ tensor }) => tensor));
  const results = new Set(graph.outputs.map(({ tensor }) => tensor));
  const uses = new Map<Tensor, number>();
  let held = 0;
  for (const node of order) {
    for (const input of node.inputs) {
      if (input.data && !uses.has(input)) held += bytesOf(input);
      uses.set(input, (uses.get(input) ?? 0) + 1);
    }
  }
  const buffers = new Map<Tensor, Buffer>();
  let peak = held;
  for (const { op, inputs, outputs } of order) {
    for (const output of outputs) {
      const own = (uses.get(output) ?? 0) + (results.has(output) ? 1 : 0);
      const shared = inputs.find((input) => reusable(op, input, output, buffers));
      const buffer = shared ? buffers.get(shared) : undefined;
      if (buffer) buffer.uses += own;
      else if (!mine.has(output)) held += bytesOf(output);
      if (!mine.has(output)) buffers.set(output, buffer ?? { bytes: bytesOf(output), uses: own });
    }
    peak = Math.max(peak, held);
    for (const tensor of [...inputs, ...outputs.filter((output) => !uses.has(output) && !results.has(output))]) {
      const buffer = buffers.get(tensor);
      if (!buffer) continue;
      buffer.uses -= 1;
      if (buffer.uses <= 0) {
        held -= buffer.bytes;
        buffers.delete(tensor);
      }
    }
  }
  return peak;
}

function reusable(op: OpName, input: Tensor, output: Tensor, buffers: ReadonlyMap<Tensor, Buffer>): boolean {
  const buffer = buffers.get(input);
  if (!buffer) return false;
  if (op === 'Reshape') return true;
  return inPlace.has(op) && buffer.uses === 1 && buffer.bytes === bytesOf(output);
}

/** Floating-point operations of a primitive graph's matrix products: 2·M·K·N each. */
export function productFlops(graph: Graph): number {
  let flops = 0;
  for (const { op, inputs, outputs, attributes } of schedule(graph)) {
    if (op !== 'Gemm' && op !== 'BatchMatMul') continue;
    const [a] = inputs;
    const { transA } = attributes as { transA: boolean };
    const inner = a?.shape.at(transA ? -2 : -1) ?? 0;
    flops += 2 * inner * sizeOf(outputs[0]?.shape ?? []);
  }
  return flops;
}
