// How fast a device multiplies: what a choice between devices goes by, and the proof that a named one answers.
import { Graph } from '../graph/graph.ts';
import { writeOnnx } from '../graph/onnx/write.ts';
import type { Device, Probe } from './devices.ts';
import { Session, type Feed } from './session.ts';

const SIZE = 1024;
const RUNS = 3;

/** Floating-point operations of the probe's product. */
export const PROBE_FLOPS = 2 * SIZE ** 3;

/** `clock` in seconds. */
export const matrixProbe = (clock: () => number): Probe => ({
  answers: async (device) => void (await fastestProduct(device, 8, 0, clock)),
  seconds: (device) => fastestProduct(device, SIZE, RUNS, clock),
});

/** Seconds of the fastest of some products of two float32 matrices [size, size]; the first compiles kernels and is not counted. */
async function fastestProduct(device: Device, size: number, runs: number, clock: () => number): Promise<number> {
  const g = new Graph();
  const shape = [size, size];
  const product = g.gemm(g.input('a', shape), g.input('b', shape));
  // one number comes back: the product stays where it was made
  g.output('sum', g.sum(product, [0, 1]));
  const session = await Session.create(writeOnnx(g, device), { device });
  const matrix: Feed = { dtype: 'float32', shape, data: new Float32Array(size * size).fill(1 / size) };
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run <= runs; run++) {
    const began = clock();
    await session.run({ a: matrix, b: matrix });
    if (run > 0) best = Math.min(best, clock() - began);
  }
  await session.release();
  return best;
}
