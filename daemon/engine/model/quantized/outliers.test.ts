// The rounded 8-bit product against the exact one, the columns that stay unrounded, and what happens when a new one appears.
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../graph/gradient.ts';
import { Graph } from '../../graph/graph.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import type { Target } from '../../graph/ops/rule.ts';
import { Session, type Feed } from '../../runtime/session.ts';
import type { DecoderSpec } from '../spec.ts';
import { ModelGraph } from '../model-graph.ts';
import { emptyAdapter } from '../parameters.ts';
import { dequantiseRows, quantiseRows, unsigned } from './int8.ts';
import { int8Matrix, outlierSites, withUnsignedCodes, type Int8Matrix } from './matrix.ts';
import {
  outlierSite,
  restorePeaks,
  runPlanned,
  savePeaks,
  sightings,
  Sites,
  type OutlierSite,
  type PlannedBatch,
} from './outliers.ts';
import { chooseInt8 } from './speed.ts';

const [rows, width, out] = [24, 256, 160] as const;
const wave = (count: number, step: number): Float32Array<ArrayBuffer> =>
  new Float32Array(count).map((_, i) => Math.sin(i * step) * Math.cos(i * i * 0.013));

const makeMatrix = (): Int8Matrix => {
  const name = 'model.layers.0.mlp.down_proj.weight';
  return int8Matrix(name, [out, width], quantiseRows(wave(out * width, 0.71), width), new Sites().of(name, width));
};

/** x·Wᵀ and the gradient of its sum with a fixed pattern, as a graph makes them. */
async function run(matrix: Int8Matrix, x: Float32Array, written: Target = 'cpu') {
  const g = new Graph();
  const weights = { base: new Map(), quantized: new Map([[matrix.name, matrix]]), adapter: emptyAdapter };
  const m = new ModelGraph(g, {} as DecoderSpec, weights, { adapter: true, dropout: false });
  const input = g.input('x', [rows, width]);
  const y = m.linear('model.layers.0.mlp.down_proj', input);
  const sites = m.outputLargest();
  m.outputPeaks();
  g.output('y', y);
  const dy = g.constant(wave(rows * out, 0.37), [rows, out], 'float32');
  const gradient = differentiate(g, g.sum(g.mul(y, dy), [0, 1]), [input]).get(input);
  if (!gradient) throw new Error('no gradient');
  g.output('dx', gradient);
  const session = await Session.create(writeOnnx(g, written), { device: 'cpu', threads: 1 });
  const feeds: Record<string, Feed> = { x: { dtype: 'float32', shape: [rows, width], data: x } };
  for (const [name, feed] of m.used) feeds[name] = feed;
  const once = async () => (await session.run(feeds)) as Record<string, Float32Array>;
  const planned: PlannedBatch<Record<string, Float32Array>> = {
    sites,
    run: async () => {
      const result = await once();
      return { result, largest: result['largest'] as Float32Array };
    },
    look: async () => sightings(sites, (await once())['peaks']),
    undo: () => undefined,
  };
  return { once, planned, release: () => session.release() };
}

function exact(matrix: Int8Matrix, x: Float32Array): { y: Float64Array; dx: Float64Array } {
  const w = dequantiseRows(matrix, width);
  const dy = wave(rows * out, 0.37);
  const y = new Float64Array(rows * out);
  const dx = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < out; o++) {
      for (let i = 0; i < width; i++) {
        const weight = w[o * width + i] as number;
        y[row * out + o] = (y[row * out + o] as number) + (x[row * width + i] as number) * weight;
        dx[row * width + i] = (dx[row * width + i] as number) + (dy[row * out + o] as number) * weight;
      }
    }
  }
  return { y, dx };
}

/** ‖mine − truth‖ / ‖truth‖. */
function error(mine: ArrayLike<number> | undefined, truth: Float64Array): number {
  let difference = 0;
  truth.forEach((value, i) => (difference += ((mine?.[i] ?? Number.NaN) - value) ** 2));
  return Math.sqrt(difference / truth.reduce((sum, value) => sum + value * value, 0));
}

/** Columns 200 to 203 are forty times the others. */
const withOutliers = (): Float32Array =>
  wave(rows * width, 0.29).map((value, i) => (i % width >= 200 && i % width < 204 ? value * 40 : value));

const sitesOf = (matrix: Int8Matrix): Set<OutlierSite> => outlierSites({ quantized: new Map([[matrix.name, matrix]]) });

describe('the rounded product', () => {
  test.each(['signed', 'unsigned'] as const)('is close to the exact one in both directions, codes %s', async (kind) => {
    const matrix = kind === 'signed' ? makeMatrix() : (withUnsignedCodes([makeMatrix()])[0] as Int8Matrix);
    const x = withOutliers();
    const graph = await run(matrix, x);
    const { y, dx } = exact(matrix, x);
    const result = await graph.once();
    await graph.release();
    expect(error(result['dx'], dx)).toBeLessThan(0.02);
    // no column is known yet: the large ones cost the rest their precision
    const blind = error(result['y'], y);
    const again = await run(matrix, x);
    const planned = await runPlanned(again.planned);
    await again.release();
    expect([...matrix.site.columns]).toEqual(expect.arrayContaining([200, 201, 202, 203]));
    expect(error(planned['y'], y)).toBeLessThan(0.002);
    expect(error(planned['y'], y)).toBeLessThan(blind / 5);
  });

  test('is exact where the provider has no 8-bit product', async () => {
    const matrix = makeMatrix();
    const x = withOutliers();
    const graph = await run(matrix, x, 'webgpu');
    const result = await graph.once();
    await graph.release();
    const { y, dx } = exact(matrix, x);
    expect(error(result['y'], y)).toBeLessThan(1e-6);
    expect(error(result['dx'], dx)).toBeLessThan(1e-6);
  });

  test('unsigned codes stand for the same values', () => {
    const { codes, scales } = quantiseRows(wave(512, 0.3), 64);
    expect(dequantiseRows({ codes: unsigned(codes), scales }, 64)).toEqual(dequantiseRows({ codes, scales }, 64));
  });
});

describe('the columns that stay unrounded', () => {
  /** A batch that always shows the same peaks; counts its runs, looks and what is taken back. */
  const seeing = async (site: OutlierSite, peaks: Float32Array): Promise<{ runs: number; looks: number; undone: number }> => {
    const counts = { runs: 0, looks: 0, undone: 0 };
    await runPlanned({
      sites: [site],
      run: async () => {
        counts.runs += 1;
        return { result: undefined, largest: [Math.max(...peaks.map((peak, i) => peak * (site.kept[i] ?? 0)))] };
      },
      look: async () => {
        counts.looks += 1;
        return [{ site, peaks }];
      },
      undo: () => void (counts.undone += 1),
    });
    return counts;
  }; // prettier-ignore
  const peaksWith = (column: number, value: number): Float32Array => new Float32Array(64).fill(1).fill(value, column, column + 1); // prettier-ignore

  test('are looked for before the first batch runs', async () => {
    const site = outlierSite('site', 64);
    expect(await seeing(site, peaksWith(40, 30))).toEqual({ runs: 1, looks: 2, undone: 0 });
    expect(site.columns).toContain(40);
    // a known column may grow as it likes
    expect(await seeing(site, peaksWith(40, 3000))).toEqual({ runs: 1, looks: 0, undone: 0 });
  });

  test('a new one has the batch taken back and run again', async () => {
    const site = outlierSite('site', 64);
    await seeing(site, peaksWith(40, 30));
    expect(await seeing(site, peaksWith(50, 30))).toEqual({ runs: 2, looks: 1, undone: 1 });
    expect([...site.columns]).toEqual(expect.arrayContaining([40, 50]));
    expect(site.kept.reduce((sum, value) => sum + value, 0)).toBe(64 - site.columns.length);
  });

  test('twice to four times as large: the next batch has the new column, this one is kept', async () => {
    const site = outlierSite('site', 64);
    await seeing(site, peaksWith(40, 30));
    expect(await seeing(site, peaksWith(50, 3))).toEqual({ runs: 1, looks: 1, undone: 0 });
    expect(site.columns).toContain(50);
  });

  test('a little growth is let pass', async () => {
    const site = outlierSite('site', 64);
    await seeing(site, peaksWith(40, 30));
    expect(await seeing(site, new Float32Array(64).fill(1.9))).toEqual({ runs: 1, looks: 0, undone: 0 });
  });

  test('come back from a checkpoint, and are refused from another model', () => {
    const matrix = makeMatrix();
    matrix.site.peaks.set(wave(width, 0.9).map(Math.abs));
    const stored = new Map(savePeaks(sitesOf(matrix)).map(({ name, data }) => [name, { data: data.slice() }]));
    const other = makeMatrix();
    restorePeaks(sitesOf(other), stored);
    restorePeaks(sitesOf(matrix), stored);
    expect(other.site.columns).toEqual(matrix.site.columns);
    expect(other.outlierWeights).toEqual(matrix.outlierWeights);
    expect(() => restorePeaks(sitesOf(other), new Map())).toThrow('overwrite_output_dir');
  });
});

describe('what a run is told', () => {
  const told = (signed: boolean, gain: number, device: 'cpu' | 'webgpu' = 'cpu') =>
    chooseInt8({ bits: 8 }, device, () => 0, async () => ({ signed, gain })); // prettier-ignore

  test('nothing where 8 bits are fast, and that they are slow where they are not', async () => {
    expect(await told(true, 3)).toEqual({ signed: true, head: true, warning: undefined });
    expect(await told(false, 0.9)).toEqual({ signed: false, head: false, warning: expect.stringContaining('no time') });
    expect((await told(true, 3, 'webgpu')).warning).toContain('webgpu');
    expect((await chooseInt8(undefined, 'cpu', () => 0)).warning).toBeUndefined();
  });
});
