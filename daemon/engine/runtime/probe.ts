// How fast a device multiplies: what a choice between devices goes by, and the proof that a named one answers.
import { Graph } from '../graph/graph.ts';
import { writeOnnx } from '../graph/onnx/write.ts';
import type { Device, Probe } from './devices.ts';
import { Session, type Feed } from './session.ts';

const SIZE = 1024;
const RUNS = 3;

/** Floating-point operations of the probe's product. */
export const PROBE_FLOPS = 2 * SIZE ** 3;

/** Seconds of the fastest of a few products of two float32 matrices of 1024 × 1024. `clock` in seconds. */
export const matrixProbe =
  (clock: () => number): Probe =>
  async (device: Device) => {
    const g = new Graph();
    const shape = [SIZE, SIZE];
    const product = g.gemm(g.input('a', shape), g.input('b', shape));
    // one number comes back: the product stays where it was made
    g.output('sum', g.sum(product, [0, 1]));
    const session = await Session.create(writeOnnx(g, device), { device });
    const matrix: Feed = { dtype: 'float32', shape, data: new Float32Array(SIZE * SIZE).fill(1 / SIZE) };
    let best = Number.POSITIVE_INFINITY;
    // the first run compiles kernels and is not counted
    for (let run = 0; run <= RUNS; run++) {
      const began = clock();
      await session.run({ a: matrix, b: matrix });
      if (run > 0) best = Math.min(best, clock() - began);
    }
    await session.release();
    return best;
  };
