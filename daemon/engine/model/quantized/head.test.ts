// The loss over an 8-bit projection against the exact one: its value, and the gradient that small probabilities make together.
import { expect, test } from 'vitest';
import { differentiate } from '../../graph/gradient.ts';
import { Graph } from '../../graph/graph.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import { Session, type Feed } from '../../runtime/session.ts';
import { ModelGraph } from '../model-graph.ts';
import { emptyAdapter } from '../parameters.ts';
import type { DecoderSpec } from '../spec.ts';
import { quantizedHead, quantizedLoss } from './head.ts';
import { quantiseRows } from './int8.ts';
import { int8Matrix, withUnsignedCodes, type Int8Matrix } from './matrix.ts';
import { Sites } from './outliers.ts';

const [rows, width, vocabulary] = [40, 64, 6000] as const;
const noise = (count: number, step: number): Float32Array<ArrayBuffer> =>
  new Float32Array(count).map((_, i) => Math.sin(i * step) * Math.cos(i * i * 0.0137 + step));

/** A projection whose rows all lean one way, as those of language models do: what is lost of small probabilities shows there. */
const weights = noise(vocabulary * width, 0.61).map((value, i) => value + (i % width < 8 ? 0.7 : 0));
const hidden = noise(rows * width, 0.29).map((value) => value * 1.5);
const targets = Int32Array.from({ length: rows }, (_, i) => (i * 977) % vocabulary);

function exact(): { loss: number; gradient: Float64Array } {
  let loss = 0;
  const gradient = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const logits = Float64Array.from({ length: vocabulary }, (_, token) => {
      let sum = 0;
      for (let i = 0; i < width; i++)
        sum += (hidden[row * width + i] as number) * (weights[token * width + i] as number);
      return sum;
    });
    const largest = Math.max(...logits);
    const total = logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
    const target = targets[row] as number;
    loss -= ((logits[target] as number) - largest - Math.log(total)) / rows;
    logits.forEach((z, token) => {
      const slope = (Math.exp(z - largest) / total - (token === target ? 1 : 0)) / rows;
      for (let i = 0; i < width; i++) gradient[row * width + i] = (gradient[row * width + i] as number) + slope * (weights[token * width + i] as number); // prettier-ignore
    });
  }
  return { loss, gradient };
}

const norm = (values: Iterable<number>): number =>
  Math.sqrt([...values].reduce((sum, value) => sum + value * value, 0));
const columnSums = (values: ArrayLike<number>): number[] =>
  Array.from({ length: width }, (_, i) => Array.from({ length: rows }, (_r, row) => values[row * width + i] ?? 0).reduce((sum, value) => sum + value, 0)); // prettier-ignore

test.each(['signed', 'unsigned'])('loss and gradient are close to the exact ones, codes %s', async (kind) => {
  const name = 'lm_head.weight';
  const signed = int8Matrix(name, [vocabulary, width], quantiseRows(weights, width), new Sites().of(name, width));
  const matrix = kind === 'signed' ? signed : (withUnsignedCodes([signed])[0] as Int8Matrix);
  expect(matrix.site.normed).toBe(true);
  const g = new Graph();
  const m = new ModelGraph(g, {} as DecoderSpec, { base: new Map(), adapter: emptyAdapter }, { adapter: true, dropout: false }); // prettier-ignore
  const input = g.input('hidden', [rows, width]);
  const loss = quantizedLoss(
    m,
    quantizedHead(matrix),
    input,
    g.input('targets', [rows], 'int32'),
    g.input('w', [rows]),
  );
  const gradient = differentiate(g, loss, [input]).get(input);
  if (!gradient) throw new Error('no gradient');
  g.output('loss', loss);
  g.output('gradient', gradient);
  const session = await Session.create(writeOnnx(g, 'cpu'), { device: 'cpu', threads: 1 });
  const feeds: Record<string, Feed> = {
    hidden: { dtype: 'float32', shape: [rows, width], data: hidden },
    targets: { dtype: 'int32', shape: [rows], data: targets },
    w: { dtype: 'float32', shape: [rows], data: new Float32Array(rows).fill(1 / rows) },
  };
  for (const [feedName, feed] of m.used) feeds[feedName] = feed;
  const results = await session.run(feeds);
  await session.release();
  const truth = exact();
  expect(Math.abs(Number(results['loss']?.[0]) - truth.loss)).toBeLessThan(0.01);
  const mine = Float64Array.from(results['gradient'] as Float32Array);
  expect(norm(mine.map((value, i) => value - (truth.gradient[i] ?? 0))) / norm(truth.gradient)).toBeLessThan(0.05);
  // summed over the rows nothing leans to one side: without dither a tenth of this is missing
  const [sums, wanted] = [columnSums(mine), columnSums(truth.gradient)];
  expect(norm(sums.map((value, i) => value - (wanted[i] ?? 0))) / norm(wanted)).toBeLessThan(0.03);
});
