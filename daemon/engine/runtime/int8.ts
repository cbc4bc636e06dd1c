// What 8-bit products are worth here. Processors without dot-product instructions (AVX-512 VNNI, AVX-VNNI, ARM's dot
// product) add pairs of products of unsigned and signed bytes in 16 bits, and cut off what does not fit: wrong, silently.
// So it is tried, not looked up: one product that would overflow, and the time of a large one against float32.
import { Graph } from '../graph/graph.ts';
import { writeOnnx } from '../graph/onnx/write.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Session, type Feed } from './session.ts';

export interface Int8Support {
  /** Unsigned times signed bytes is right; otherwise both operands have to be unsigned. */
  readonly signed: boolean;
  /** How many times faster than float32 a product is, rounding not counted. */
  readonly gain: number;
}

const SIZE = 512;
const RUNS = 5;

/** Below this an 8-bit product is not worth its rounding. */
export const WORTHWHILE = 1.5;

/** Tries products on the processor; about a tenth of a second. `clock` in seconds. */
export async function probeInt8(clock: () => number): Promise<Int8Support> {
  const signed = await isExact();
  const rounded: Feed = { dtype: 'uint8', shape: [SIZE, SIZE], data: new Uint8Array(SIZE * SIZE).fill(130) };
  const codes: Feed = signed
    ? { dtype: 'int8', shape: [SIZE, SIZE], data: new Int8Array(SIZE * SIZE).fill(3) }
    : { dtype: 'uint8', shape: [SIZE, SIZE], data: new Uint8Array(SIZE * SIZE).fill(131) };
  const floats: Feed = { dtype: 'float32', shape: [SIZE, SIZE], data: new Float32Array(SIZE * SIZE).fill(0.5) };
  const whole = await fastest(clock, { a: rounded, b: codes }, (g, a, b) => product(g, a, b));
  const float = await fastest(clock, { a: floats, b: floats }, (g, a, b) => g.gemm(a, b, { transB: true }));
  return { signed, gain: float / whole };
}

/** (a − 128)·bᵀ of bytes. */
function product(g: Graph, a: Tensor, b: Tensor): Tensor {
  const unsigned = b.dtype === 'uint8';
  const zero = g.constant(Uint8Array.of(unsigned ? 128 : 0), [], unsigned ? 'uint8' : 'int8');
  const middle = g.constant(Uint8Array.of(128), [], 'uint8');
  return g.one('QuantisedGemm', [a, g.scalar(1), middle, b, g.scalar(1), zero], { transB: true });
}

/** The largest bytes there are: every pair of products is beyond 16 bits. */
async function isExact(): Promise<boolean> {
  const width = 64;
  const feeds: Record<string, Feed> = {
    a: { dtype: 'uint8', shape: [2, width], data: new Uint8Array(2 * width).fill(255) },
    b: { dtype: 'int8', shape: [16, width], data: new Int8Array(16 * width).fill(127) },
  };
  const { session, output } = await sessionOf(feeds, product);
  const results = await session.run(feeds);
  await session.release();
  return (results[output] as Float32Array).every((value) => value === 127 * 127 * width);
}

async function fastest(
  clock: () => number,
  feeds: Readonly<Record<string, Feed>>,
  build: (g: Graph, a: Tensor, b: Tensor) => Tensor,
): Promise<number> {
  const { session } = await sessionOf(feeds, build);
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run <= RUNS; run++) {
    const began = clock();
    await session.run(feeds);
    // the first run sets up buffers
    if (run > 0) best = Math.min(best, clock() - began);
  }
  await session.release();
  return best;
}

async function sessionOf(
  feeds: Readonly<Record<string, Feed>>,
  build: (g: Graph, a: Tensor, b: Tensor) => Tensor,
): Promise<{ session: Session; output: string }> {
  const g = new Graph();
  const [a, b] = ['a', 'b'].map((name) => g.input(name, feeds[name]?.shape ?? [], feeds[name]?.dtype));
  if (!a || !b) throw new Error('two operands are needed');
  g.output('y', build(g, a, b));
  return { session: await Session.create(writeOnnx(g, 'cpu'), { device: 'cpu' }), output: 'y' };
}
