// The graph of one training step: forward, loss, backward. One per shape; weights come in as feeds, gradients go out.
import { differentiate } from '../graph/gradient.ts';
import { Graph } from '../graph/graph.ts';
import { splitRows } from '../graph/sparse.ts';
import { keptBytes, recompute, type KeepPolicy } from '../graph/passes/recompute.ts';
import type { Tensor } from '../graph/tensor.ts';
import { decode, type DecoderInputs, type RopeTensors } from '../model/decoder.ts';
import { ModelGraph, type DropoutSite } from '../model/model-graph.ts';
import type { Parameter, Weights } from '../model/parameters.ts';
import { quantizedLoss } from '../model/quantized/head.ts';
import type { OutlierSite } from '../model/quantized/outliers.ts';
import type { DecoderSpec } from '../model/spec.ts';
import type { Feed } from '../runtime/session.ts';

export interface StepShape {
  readonly rows: number; // B
  readonly length: number; // T
  /** Trained tokens with padding: rows of the output projection. */
  readonly targets: number; // N
  /** Position tables differ from row to row (packing). */
  readonly ownPositions: boolean;
  /** Tokens attend within segments (neat_packing). */
  readonly segments: boolean;
}

export interface StepOptions {
  readonly dropout: boolean;
  /** NEFTune noise is fed and added to the embeddings. */
  readonly embeddingNoise: boolean;
  /** Gradients are added to what their arrays hold. */
  readonly accumulate: boolean;
  readonly attentionBlock: number;
  readonly lossChunk: number;
  /** Bytes of activations that may be kept for the backward pass; beyond them whole layers are computed again. */
  readonly activationBudget: number;
}

export interface StepGraph {
  readonly graph: Graph;
  readonly used: ReadonlyMap<string, Feed>;
  readonly dropoutSites: readonly DropoutSite[];
  /** Output names of gradients by parameter. */
  readonly gradients: ReadonlyMap<Parameter, string>;
  /** Output names of rows [B·T, H] that belong to a parameter's gradient at the batch's ids. */
  readonly rowGradients: ReadonlyMap<Parameter, string>;
  /** Inputs of 8-bit products in the order in which the output `largest` has them. */
  readonly roundedSites: readonly OutlierSite[];
  /** Layers that are computed again as a whole. */
  readonly recomputedLayers: number;
}

export const gradientName = (parameter: Parameter): string => `grad.${parameter.name}`;

/** Inputs of the decoder, as every graph over whole rows declares them. */
export function decoderInputs(
  g: Graph,
  spec: DecoderSpec,
  rotaryHalf: Readonly<Record<'global' | 'local', number>>,
  shape: Omit<StepShape, 'targets'>,
  attentionBlock: number,
): DecoderInputs {
  const { rows, length } = shape;
  const tableRows = shape.ownPositions ? rows : 1;
  const table = (kind: 'global' | 'local'): RopeTensors | undefined => {
    const needed = Array.from({ length: spec.layers }, (_, layer) => spec.rope(layer)).includes(kind);
    if (!needed) return undefined;
    const size = [tableRows, length, 1, rotaryHalf[kind]];
    return { cos: g.input(`rope.${kind}.cos`, size), sin: g.input(`rope.${kind}.sin`, size) };
  };
  return {
    rows,
    length,
    ids: g.input('ids', [rows * length], 'int32'),
    rope: { global: table('global'), local: table('local') },
    segments: shape.segments ? g.input('segments', [rows, length], 'int32') : undefined,
    attentionBlock,
  };
}

/** The rows of hidden [B·T, H] that are trained, normed: [N, H]. */
export function selectedHidden(m: ModelGraph, hidden: Tensor, targets: number): Tensor {
  const { g } = m;
  const positions = hidden.shape[0] ?? 0;
  const rows = g.input('loss.rows', [targets], 'int32');
  const inverse = g.input('loss.inverse', [positions], 'int32');
  return m.norm('model.norm', g.one('SelectRows', [hidden, rows, inverse], {}));
}

/**
 * Causal language modelling: loss = Σ weightᵢ · −log p(targetᵢ) over the trained positions and its gradients for
 * `trainable`. The weights carry the normalisation, so gradients of micro batches simply add up.
 */
export function buildStep(
  spec: DecoderSpec,
  weights: Weights,
  trainable: readonly Parameter[],
  rotaryHalf: Readonly<Record<'global' | 'local', number>>,
  shape: StepShape,
  options: StepOptions,
): StepGraph {
  const g = new Graph();
  const m = new ModelGraph(g, spec, weights, { adapter: true, dropout: options.dropout });
  const inputs = decoderInputs(g, spec, rotaryHalf, shape, options.attentionBlock);
  const embeddingNoise = options.embeddingNoise
    ? g.input('embedding.noise', [shape.rows * shape.length, spec.hiddenSize])
    : undefined;
  const { hidden } = decode(m, { ...inputs, embeddingNoise });
  const loss = g.in('head', () => headLoss(m, hidden, shape, options, trainsHead(spec, weights, trainable)));
  const roundedSites = m.outputLargest();
  g.output('loss', loss);

  const gradients = new Map<Parameter, string>();
  const rowGradients = new Map<Parameter, string>();
  const wanted = trainable.map((parameter) => ({ parameter, tensor: m.input(parameter) }));
  const made = differentiate(g, loss, wanted.map(({ tensor }) => tensor)); // prettier-ignore
  for (const { parameter, tensor } of wanted) {
    const { dense, rows } = looksUp(made.get(tensor), inputs.ids);
    if (rows) {
      g.output(`rows.${parameter.name}`, rows);
      rowGradients.set(parameter, `rows.${parameter.name}`);
      if (!dense) continue;
    }
    const gradient = dense ?? g.zeros(tensor.shape);
    const name = gradientName(parameter);
    g.output(name, options.accumulate ? g.add(g.input(`sum.${parameter.name}`, parameter.shape), gradient) : gradient);
    gradients.set(parameter, name);
  }
  const { policy, recomputedLayers } = choosePolicy(g, spec.layers, options.activationBudget);
  const { used, dropoutSites } = m;
  return { graph: recompute(g, policy), used, dropoutSites, gradients, rowGradients, roundedSites, recomputedLayers };
}

/** The loss over the trained rows of hidden [B·T, H]. */
function headLoss(
  m: ModelGraph,
  hidden: Tensor,
  { targets }: StepShape,
  { lossChunk: chunk }: StepOptions,
  weightGradient: boolean,
): Tensor {
  const { g, spec, weights } = m;
  const rows = selectedHidden(m, hidden, targets);
  const wanted = [g.input('loss.targets', [targets], 'int32'), g.input('loss.weights', [targets])] as const;
  if (weights.head) return quantizedLoss(m, weights.head, rows, ...wanted);
  const projection = m.head(rows);
  const [loss] = g.op('LinearCrossEntropy', [projection.hidden, projection.weight, ...wanted], {
    chunk,
    softcap: spec.logitSoftcap,
    hiddenGradient: true,
    weightGradient,
  });
  if (!loss) throw new Error('no loss');
  return loss;
}

/** A gradient with the rows at the batch's own ids taken out. */
function looksUp(gradient: Tensor | undefined, ids: Tensor): { dense: Tensor | undefined; rows: Tensor | undefined } {
  const { dense, rows } = splitRows(gradient);
  return rows?.indices === ids ? { dense, rows: rows.values } : { dense: gradient, rows: undefined };
}

/** Whether the matrix of the output projection takes a gradient: trained itself, or grown by a LoRA pair. */
export function trainsHead(spec: DecoderSpec, { base, adapter }: Weights, trainable: readonly Parameter[]): boolean {
  if (adapter.lora.has('lm_head')) return true;
  const name = spec.tied ? 'model.embed_tokens.weight' : 'lm_head.weight';
  const parameter = adapter.saved.get('lm_head.weight') ?? base.get(name);
  return parameter !== undefined && trainable.includes(parameter);
}

/** Cheap recomputation everywhere; from the last layer down, whole layers as many as the budget asks for. */
function choosePolicy(graph: Graph, layers: number, budget: number): { policy: KeepPolicy; recomputedLayers: number } {
  const policyFor =
    (count: number): KeepPolicy =>
    (scope) => {
      const [, layer] = /^layers\.(\d+)$/.exec(scope) ?? [];
      return layer !== undefined && Number(layer) < count ? 'block' : 'cheap';
    };
  const none = keptBytes(graph, policyFor(0));
  if (none <= budget) return { policy: policyFor(0), recomputedLayers: 0 };
  const all = keptBytes(graph, policyFor(layers));
  // layers of one model cost the same: interpolate
  const count = none === all ? layers : Math.min(layers, Math.ceil(((none - budget) * layers) / (none - all)));
  return { policy: policyFor(count), recomputedLayers: count };
}
