// Passes change where and when things are computed, never what.
import { describe, expect, test } from 'vitest';
import { Session, type Feed } from '../../runtime/session.ts';
import { differentiate } from '../gradient.ts';
import { splitRows } from '../sparse.ts';
import { Graph } from '../graph.ts';
import { writeOnnx } from '../onnx/write.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { expand } from './expand.ts';
import { fuseGemmAdd } from './fuse.ts';
import { keptBytes, recompute, type KeepPolicy } from './recompute.ts';
import { schedule } from './schedule.ts';
import { shareRepeated } from './share.ts';

/** Two layers of norm, projection and gate, with a loss and the gradients of all weights. */
function model(): { g: Graph; inputs: Tensor[] } {
  const g = new Graph();
  const x = g.input('x', [6, 8]);
  const inputs = [x];
  const weight = (name: string, ...shape: number[]): Tensor => {
    const tensor = g.input(name, shape);
    inputs.push(tensor);
    return tensor;
  };
  let hidden = x;
  for (let layer = 0; layer < 2; layer++) {
    hidden = g.in(`layers.${layer}`, () => {
      const normed = g.one('RmsNorm', [hidden, weight(`norm${layer}`, 8)], { epsilon: 1e-5 });
      const gate = g.gemm(normed, weight(`gate${layer}`, 12, 8), { transB: true });
      const up = g.gemm(normed, weight(`up${layer}`, 12, 8), { transB: true });
      const fed = g.one('GatedActivation', [gate, up], { kind: 'silu' });
      return g.add(hidden, g.gemm(fed, weight(`down${layer}`, 8, 12), { transB: true }));
    });
  }
  const loss = g.sum(g.square(hidden), [0, 1]);
  g.output('loss', loss);
  for (const [input, gradient] of differentiate(g, loss, inputs.slice(1))) g.output(`d.${input.name}`, gradient);
  return { g, inputs };
}

const feedsOf = (inputs: readonly Tensor[]): Record<string, Feed> =>
  Object.fromEntries(
    inputs.map(({ name, shape }, i) => [
      name,
      { dtype: 'float32', shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(k * 1.7 + i)) },
    ]),
  );

async function run(g: Graph, inputs: readonly Tensor[]): Promise<Record<string, unknown>> {
  const session = await Session.create(writeOnnx(g, 'cpu'), { device: 'cpu', threads: 1 });
  const results = await session.run(feedsOf(inputs));
  await session.release();
  return results;
}

describe('recompute', () => {
  test.each(['cheap', 'block'] as const)('%s gives the same gradients to the last bit', async (kind) => {
    const { g, inputs } = model();
    const policy: KeepPolicy = () => kind;
    const again = recompute(g, policy);
    expect(again.nodes.length).toBeGreaterThan(g.nodes.length);
    expect(await run(again, inputs)).toEqual(await run(g, inputs));
  });

  test('keeps less the more is computed again', () => {
    const { g } = model();
    const [everything, cheap, block] = (['everything', 'cheap', 'block'] as const).map((kind) =>
      keptBytes(g, () => kind),
    );
    expect(everything).toBeGreaterThan(cheap ?? 0);
    expect(cheap).toBeGreaterThan(block ?? 0);
    // each layer's input, 6 × 8 floats, is what blocks keep; the loss keeps the last output
    expect(block).toBe(3 * 6 * 8 * 4 - 6 * 8 * 4);
  });

  test('a policy may differ from layer to layer', async () => {
    const { g, inputs } = model();
    const mixed = recompute(g, (scope) => (scope === 'layers.0' ? 'block' : 'cheap'));
    expect(await run(mixed, inputs)).toEqual(await run(g, inputs));
  });
});

describe('share', () => {
  const count = (graph: Graph, op: string, phase: string): number =>
    schedule(graph).filter((node) => node.op === op && node.phase === phase).length;

  test('what recomputation and a gradient both need is made once, and never taken from the forward pass', () => {
    const { g } = model();
    const primitive = expand(recompute(g, () => 'cheap'), 'cpu'); // prettier-ignore
    const shared = shareRepeated(primitive);
    // a layer's norm and gate: made again for the weight gradients, and for their own gradients
    expect(count(primitive, 'Silu', 'backward')).toBe(4);
    expect(count(shared, 'Silu', 'backward')).toBe(2);
    expect(count(shared, 'Silu', 'forward')).toBe(2);
    expect(count(shared, 'ReduceSumSquare', 'backward')).toBe(2);
  });
});

describe('fuse', () => {
  test('a sum of products becomes one product that adds', async () => {
    const { g } = model();
    const primitive = expand(g, 'cpu');
    const fused = fuseGemmAdd(primitive);
    const adds = (graph: Graph): number => schedule(graph).filter(({ op }) => op === 'Add').length;
    expect(adds(fused)).toBeLessThan(adds(primitive));
    expect(schedule(fused).filter(({ op, inputs }) => op === 'Gemm' && inputs.length === 3).length).toBeGreaterThan(0);
  });
});

describe('splitRows', () => {
  test("a tied embedding's gradient is a whole matrix and the rows that were looked up", () => {
    const g = new Graph();
    const table = g.input('table', [4, 3]);
    const ids = g.input('ids', [2], 'int32');
    const embedded = g.one('Gather', [table, ids], {});
    const loss = g.sum(g.square(g.gemm(embedded, table, { transB: true })), [0, 1]);
    const gradient = differentiate(g, loss, [table]).get(table);
    const { dense, rows } = splitRows(gradient);
    expect(dense?.node?.op).toBe('Gemm');
    expect(rows?.indices).toBe(ids);
    expect(rows?.values.shape).toEqual([2, 3]);
    expect(splitRows(dense)).toEqual({ dense, rows: undefined });
    expect(splitRows(g.one('ScatterAdd', [g.zeros([4, 3]), ids, embedded], {}))).toEqual({ dense: undefined, rows: { indices: ids, values: embedded } }); // prettier-ignore
  });
});

describe('schedule', () => {
  test('a maker stands before what uses it', () => {
    const { g } = model();
    const order = schedule(expand(g, 'cpu'));
    const place = new Map(order.map((node, i) => [node, i]));
    for (const node of order) {
      for (const { node: maker } of node.inputs) if (maker) expect(place.get(maker)).toBeLessThan(place.get(node) ?? 0);
    }
  });

  test("a layer's weight gradients come before the layer below is begun", () => {
    const { g } = model();
    const order = schedule(g).filter(({ phase }) => phase === 'backward');
    const last = (scope: string): number => order.findLastIndex((node) => node.scope === scope);
    const first = (scope: string): number => order.findIndex((node) => node.scope === scope);
    expect(last('layers.1')).toBeLessThan(first('layers.0'));
  });
});
