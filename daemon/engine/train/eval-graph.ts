// The graph of an evaluation: the loss and the likeliest token at each trained position.
import { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { decode } from '../model/decoder.ts';
import { ModelGraph } from '../model/model-graph.ts';
import type { Weights } from '../model/parameters.ts';
import type { OutlierSite } from '../model/quantized/outliers.ts';
import type { DecoderSpec } from '../model/spec.ts';
import type { Feed } from '../runtime/session.ts';
import { decoderInputs, selectedHidden, type StepShape } from './step-graph.ts';

/** Logits of rows [N, H] → [N, V], softcap applied. */
export function logitsOf(m: ModelGraph, rows: Tensor): Tensor {
  const { g, spec } = m;
  const { hidden, weight } = m.head(rows);
  const logits = g.gemm(hidden, weight, { transB: true });
  if (spec.logitSoftcap === undefined) return logits;
  return g.mul(g.tanh(g.mul(logits, 1 / spec.logitSoftcap)), spec.logitSoftcap);
}

/** Rows of logits alive at a time. */
const CHUNK = 256;

export interface ForwardGraph {
  readonly graph: Graph;
  readonly used: ReadonlyMap<string, Feed>;
  /** Inputs of 8-bit products, in the order in which an output has them. */
  readonly roundedSites: readonly OutlierSite[];
}

/** Outputs: losses [N] and predictions int64 [N], in the order of loss.rows. */
export function buildEvaluation(
  spec: DecoderSpec,
  weights: Weights,
  rotaryHalf: Readonly<Record<'global' | 'local', number>>,
  shape: StepShape,
  attentionBlock: number,
): ForwardGraph {
  const g = new Graph();
  const m = new ModelGraph(g, spec, weights, { adapter: true, dropout: false });
  const { hidden } = decode(m, decoderInputs(g, spec, rotaryHalf, shape, attentionBlock));
  const roundedSites = m.outputLargest();
  const rows = selectedHidden(m, hidden, shape.targets);
  const targets = g.reshape(g.input('loss.targets', [shape.targets], 'int32'), [shape.targets, 1]);
  const losses: Tensor[] = [];
  const predictions: Tensor[] = [];
  let before: readonly Tensor[] = [];
  for (let start = 0; start < shape.targets; start += CHUNK) {
    const end = Math.min(start + CHUNK, shape.targets);
    const logits = logitsOf(m, g.gate(g.slice(rows, 0, start, end), before));
    const probability = g.one('GatherElements', [g.softmax(logits), g.slice(targets, 0, start, end)], {});
    const loss = g.neg(g.one('Log', [g.one('Max', [probability, g.scalar(1.1754944e-38)], {})], {}));
    losses.push(g.reshape(loss, [end - start]));
    const likeliest = g.one('ArgMax', [logits], {});
    predictions.push(likeliest);
    before = [loss, g.cast(likeliest, 'float32')];
  }
  g.output('losses', g.concat(losses, 0));
  g.output('predictions', g.concat(predictions, 0));
  return { graph: g, used: m.used, roundedSites };
}

/** The layers alone: outputs the peaks of what goes into 8-bit products, site by site. */
export function buildLook(
  spec: DecoderSpec,
  weights: Weights,
  rotaryHalf: Readonly<Record<'global' | 'local', number>>,
  shape: Omit<StepShape, 'targets'>,
  attentionBlock: number,
): ForwardGraph {
  const g = new Graph();
  const m = new ModelGraph(g, spec, weights, { adapter: true, dropout: false });
  const { hidden } = decode(m, decoderInputs(g, spec, rotaryHalf, shape, attentionBlock));
  if (weights.head) m.rounded(weights.head.matrix.site, m.norm('model.norm', hidden));
  return { graph: g, used: m.used, roundedSites: m.outputPeaks() };
}
