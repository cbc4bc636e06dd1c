// One check for any op: forward in ONNX Runtime against the float64 interpreter, gradients against its central differences.
import { expect } from 'vitest';
import { Session, type Feed } from '../../runtime/session.ts';
import { differentiate } from '../gradient.ts';
import { Graph } from '../graph.ts';
import { writeOnnx } from '../onnx/write.ts';
import { expand } from '../passes/expand.ts';
import { copyNode, rewrite } from '../passes/rewrite.ts';
import { sizeOf, type DType, type Shape, type Tensor } from '../tensor.ts';
import { interpret } from './interpreter.ts';

export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: DType;
  /** Values; by default spread over [−1, 1]. */
  readonly values?: readonly number[];
  /** Added to the default values, to stay clear of poles. */
  readonly shift?: number;
  /** No gradient is asked for. */
  readonly fixed?: boolean;
}

export type Build = (g: Graph, inputs: readonly Tensor[]) => Tensor | readonly Tensor[];

/** Single precision over short sums. */
const FORWARD = 2e-5;
const GRADIENT = 2e-4;
const STEP = 1e-5;

/** Numbers in [−1, 1) that look random and are the same every time. */
const spread = (count: number, salt: number): number[] =>
  Array.from({ length: count }, (_, i) => ((((i + 1) * 7919 + salt * 104_729) % 10_007) / 10_007) * 2 - 1);

const worst = (mine: ArrayLike<number>, reference: ArrayLike<number>): number => {
  let difference = 0;
  let scale = 1e-3;
  for (let i = 0; i < reference.length; i++) {
    difference = Math.max(difference, Math.abs(Number(mine[i]) - Number(reference[i])));
    scale = Math.max(scale, Math.abs(Number(reference[i])));
  }
  return difference / scale;
};

/** Builds a graph whose loss is a fixed projection of the op's outputs, so that every output entry matters differently. */
function project(g: Graph, outputs: readonly Tensor[]): Tensor {
  const parts = outputs
    .filter(({ dtype }) => dtype === 'float32')
    .map((output, i) => {
      const weights = g.constant(Float32Array.from(spread(sizeOf(output.shape), 17 + i)), output.shape, 'float32');
      return g.reshape(g.sum(g.mul(output, weights), output.shape.map((_, axis) => axis)), [1]); // prettier-ignore
    });
  return g.sum(g.concat(parts, 0), [0]);
}

/** Checks values, and gradients of every input that is not fixed. */
export async function checkOp(
  specs: readonly InputSpec[],
  build: Build,
  options: { gradient?: boolean } = {},
): Promise<void> {
  const { gradient = true } = options;
  const g = new Graph();
  const inputs = specs.map(({ shape, dtype = 'float32' }, i) => g.input(`x${i}`, shape, dtype));
  const built = build(g, inputs);
  const outputs = Array.isArray(built) ? (built as readonly Tensor[]) : [built as Tensor];
  outputs.forEach((output, i) => g.output(`y${i}`, output));
  const wanted = inputs.filter((_, i) => gradient && !specs[i]?.fixed && (specs[i]?.dtype ?? 'float32') === 'float32');
  const loss = gradient ? project(g, outputs) : undefined;
  if (loss) g.output('loss', loss);
  // a copy: the backward nodes are added to the graph itself
  const forward = rewrite(expand(g, 'cpu'), copyNode);
  const made = loss ? differentiate(g, loss, wanted) : new Map<Tensor, Tensor>();
  for (const input of wanted) {
    const tensor = made.get(input);
    if (!tensor) throw new Error(`${input.name} has no gradient`);
    g.output(`d.${input.name}`, tensor);
  }

  const values = specs.map(({ shape, values: given, shift = 0 }, i) =>
    Float64Array.from(given ?? spread(sizeOf(shape), i).map((value) => value + shift)),
  );
  const feeds: Record<string, Feed> = {};
  specs.forEach(
    ({ shape, dtype = 'float32' }, i) =>
      (feeds[`x${i}`] = { dtype, shape, data: typed(values[i] ?? new Float64Array(), dtype) }),
  );
  // the interpreter sees what single precision holds
  const reference = Object.fromEntries(
    specs.map((_, i) => [`x${i}`, Float64Array.from(feeds[`x${i}`]?.data as Float32Array)]),
  );
  const session = await Session.create(writeOnnx(g, 'cpu'), { device: 'cpu', threads: 1 });
  const results = await session.run(feeds);
  const truth = interpret(forward, reference);
  outputs.forEach((_, i) => {
    const expected = truth.get(`y${i}`)?.data ?? new Float64Array();
    expect(worst(results[`y${i}`] as Float32Array, expected), `output ${i}`).toBeLessThan(FORWARD);
  });
  const lossAt = (): number => interpret(forward, reference).get('loss')?.data[0] ?? Number.NaN;
  for (const input of wanted) {
    const name = input.name ?? '';
    const point = reference[name] ?? new Float64Array();
    const numeric = Float64Array.from(point, (held, i) => {
      point[i] = held + STEP;
      const above = lossAt();
      point[i] = held - STEP;
      const below = lossAt();
      point[i] = held;
      return (above - below) / (2 * STEP);
    });
    expect(worst(results[`d.${name}`] as Float32Array, numeric), `gradient of ${name}`).toBeLessThan(GRADIENT);
  }
  await session.release();
}

function typed(values: Float64Array, dtype: DType): Feed['data'] {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    case 'uint16':
      return Uint16Array.from(values);
    case 'int8':
      return Int8Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, (value) => BigInt(value));
    case 'float16':
      throw new Error('float16 feeds are not made here');
  }
}
