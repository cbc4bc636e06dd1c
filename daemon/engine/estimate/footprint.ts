// What one training step takes: the step's own graph is built from the model's config alone, no weights, and played through.
// Layers are alike, so a few of them tell about all.
import { primitiveGraph } from '../graph/onnx/write.ts';
import { peakBytes, productFlops } from '../graph/passes/peak.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { type LoadedModel } from '../model/load.ts';
import { newAdapter, savedSources, trainAll, trainSome, type FreezeOptions } from '../model/trained-part.ts';
import { savedName, type LoraSettings } from '../model/adapters/peft-files.ts';

import type { Parameter, Weights } from '../model/parameters.ts';
import { layerLinears, weightSpecs, type DecoderSpec } from '../model/spec.ts';
import { buildStep, trainsHead, type StepShape } from '../train/step-graph.ts';
import { attentionBlock, lossChunk, rotaryHalf } from '../train/step-shape.ts';

export type Tuning =
  | { readonly type: 'full' }
  | { readonly type: 'freeze'; readonly freeze: FreezeOptions }
  | { readonly type: 'lora'; readonly lora: LoraSettings };

export interface ModelSize {
  /** Weights of the model, and how many of the run's are trained. */
  readonly parameters: number;
  readonly trainable: number;
  /** Weights in the layers' linears: what quantisation codes. */
  readonly linears: number;
}

export interface Footprint {
  /** Bytes of a step's values at their worst, without the weights, their gradients and the optimizer's moments. */
  readonly activations: number;
  /** How much of that is the logits of one chunk and their gradient. */
  readonly logits: number;
  /** Floating-point operations of a step's matrix products. */
  readonly flops: number;
}

/** Layers that tell about a deep model: two whole periods of any pattern of windows there is. */
const FEW = 6;
const MORE = 12;

interface Measured {
  readonly peak: number;
  readonly flops: number;
}

/** A model of which nothing but names and shapes is there. */
function withoutWeights(config: ModelConfig, spec: DecoderSpec): LoadedModel {
  const empty = new Float32Array(0);
  const base = new Map(
    weightSpecs(spec).map(({ name, shape }): [string, Parameter] => [
      name,
      { name, shape, dtype: 'float32', data: empty },
    ]),
  );
  return { config, spec, base };
}

/** The part that is trained; adapters have their own shapes and no values. */
function chosenPart(model: LoadedModel, tuning: Tuning): { weights: Weights; trainable: readonly Parameter[] } {
  if (tuning.type === 'full') return trainAll(model);
  if (tuning.type === 'freeze') return trainSome(model, tuning.freeze);
  const silent = { normal: (): void => undefined, uniform: (): void => undefined };
  const { weights, trainable } = newAdapter(model, { ...tuning.lora, modulesToSave: [] }, silent);
  const copies = savedSources(model, tuning.lora.modulesToSave).map(
    ([name, { shape, data }]): readonly [string, Parameter] => [
      name,
      { name: savedName(name), shape, dtype: 'float32', data },
    ],
  );
  return {
    weights: { ...weights, adapter: { ...weights.adapter, saved: new Map(copies) } },
    trainable: [...trainable, ...copies.map(([, copy]) => copy)],
  };
}

const count = (parameters: Iterable<Parameter>): number =>
  [...parameters].reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** By names and shapes alone. */
export function modelSize(config: ModelConfig, spec: DecoderSpec, tuning: Tuning): ModelSize {
  const model = withoutWeights(config, spec);
  return {
    parameters: count(model.base.values()),
    trainable: count(chosenPart(model, tuning).trainable),
    linears: spec.layers * layerLinears(spec).reduce((sum, linear) => sum + linear.out * linear.in, 0),
  };
}

/**
 * The footprint of a step over batches of `shape`. Beyond `budget` bytes of kept activations whole layers are computed again,
 * as the run itself does.
 */
export function stepFootprint(
  config: ModelConfig,
  spec: DecoderSpec,
  tuning: Tuning,
  shape: StepShape,
  options: { readonly accumulate: boolean; readonly dropout: boolean; readonly budget: number },
): Footprint {
  const measure = (layers: number, budget: number): Measured => {
    const model = withoutWeights(config, { ...spec, layers });
    const part = chosenPart(model, sizedTo(tuning, layers, spec.layers));
    const chunk = lossChunk(model.spec, trainsHead(model.spec, part.weights, part.trainable));
    const { graph } = buildStep(model.spec, part.weights, part.trainable, rotaryHalf(config), shape, {
      ...options,
      embeddingNoise: false,
      attentionBlock: attentionBlock(shape.length),
      lossChunk: chunk,
      activationBudget: budget,
    });
    const primitive = primitiveGraph(graph, 'cpu');
    return { peak: peakBytes(primitive, (name) => name.startsWith('grad.')), flops: productFlops(primitive) };
  };
  const kept = overLayers(spec.layers, (layers) => measure(layers, Number.POSITIVE_INFINITY));
  const { weights, trainable } = chosenPart(withoutWeights(config, spec), tuning);
  const chunk = Math.min(shape.targets, lossChunk(spec, trainsHead(spec, weights, trainable)));
  const logits = 2 * chunk * spec.vocabSize * 4;
  const excess = kept.slope * spec.layers - options.budget;
  if (excess <= 0) return { logits, activations: kept.peak, flops: kept.flops };
  const again = overLayers(spec.layers, (layers) => measure(layers, 0));
  const share = Math.min(1, excess / Math.max(1, (kept.slope - again.slope) * spec.layers));
  const between = (from: number, to: number): number => from + (to - from) * share;
  return { logits, activations: between(kept.peak, again.peak), flops: between(kept.flops, again.flops) };
}

/** freeze counts layers: as large a share of a few as of all. */
function sizedTo(tuning: Tuning, layers: number, all: number): Tuning {
  if (tuning.type !== 'freeze' || layers === all) return tuning;
  const { layers: wanted } = tuning.freeze;
  const share = Math.max(1, Math.round((Math.min(Math.abs(wanted), all) * layers) / all));
  return { type: 'freeze', freeze: { ...tuning.freeze, layers: Math.sign(wanted) * share, llamaPro: false } };
}

/** Measured as a whole, or on a few layers and drawn out; the slope is what a layer adds to the peak. */
function overLayers(layers: number, measure: (layers: number) => Measured): Measured & { readonly slope: number } {
  const few = Math.min(FEW, Math.max(1, layers - 1));
  const more = layers > MORE + FEW ? MORE : layers;
  const [a, b] = [measure(few), measure(more)];
  const steps = Math.max(1, more - few);
  const slope = (b.peak - a.peak) / steps;
  const work = (b.flops - a.flops) / steps;
  return { slope, peak: b.peak + slope * (layers - more), flops: b.flops + work * (layers - more) };
}
