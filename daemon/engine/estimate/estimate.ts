// What a run will take: memory by part, disk, steps, tokens, time; each from the run's own graph, its data's figures and
// what this machine was seen to do. A range where it cannot be one number.
import { isDeepStrictEqual } from 'node:util';
import type { TrainOptions } from '../train/options.ts';
import { planSteps } from '../train/options.ts';
import { stepShape } from '../train/step-shape.ts';
import type { Batch } from '../../data/example.ts';
import { readModelConfig } from '../model/config.ts';
import { quantizationSettings, type QuantizationSettings } from '../model/quantized/settings.ts';
import { decoderSpec } from '../model/architectures/registry.ts';
import { activationBudgetOf } from '../train/prepare-model.ts';
import { freezeOptions, loraSettings } from '../train/tuning.ts';
import { modelSize, stepFootprint, type Tuning } from './footprint.ts';

/** What is known of the data: lengths in tokens as a run would cut them. */
export interface DataFigures {
  /** Examples an epoch goes through (rows, or packed blocks). */
  readonly examples: number;
  readonly meanTokens: number;
  /** Longest example after cutting. */
  readonly longest: number;
  /** Share of the tokens that are trained. */
  readonly trainedShare: number;
}

export interface MachineFigures {
  readonly totalMemory: number; // bytes
  readonly freeMemory: number; // bytes
  /** Floating-point operations a second of one large matrix product. */
  readonly flopsPerSecond: number;
  /** Of earlier runs here: what they reached of that, and how their peaks were to the estimate. */
  readonly calibration?: { readonly efficiency: number; readonly memory: number } | undefined;
}

export interface Between {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  readonly parameters: number;
  readonly trainable: number;
  /** Bytes. */
  readonly memory: {
    readonly program: number;
    readonly weights: number;
    readonly gradients: number;
    readonly optimizer: number;
    readonly activations: number;
    /** Part of the activations. */
    readonly logits: number;
    readonly total: number;
    readonly range: Between;
    readonly machine: number;
    readonly fits: boolean;
  };
  /** Bytes of one checkpoint, of all that are kept, and of what the run leaves at its end. */
  readonly disk: {
    readonly checkpoint: number;
    readonly checkpoints: number;
    readonly kept: number;
    readonly result: number;
  };
  readonly steps: number;
  readonly epochs: number;
  readonly rowsPerStep: number;
  readonly tokens: { readonly perEpoch: number; readonly total: number; readonly trainedShare: number };
  readonly seconds: Between;
  readonly tokensPerSecond: Between;
  /** Share of a large product's speed that the time is reckoned with. */
  readonly efficiency: number;
}

/** Node, ONNX Runtime, the tokenizer and the sessions' graphs. Measured. */
const PROGRAM = 185e6;

/** Share of a large product's speed that a whole step reaches. Measured over shapes from 4 × 128 to 1 × 4096. */
const EFFICIENCY = 0.65;

/** How far from the reckoned time a run may end, as a share of it; less once earlier runs have told. */
export const SPREAD = 0.35;
const CALIBRATED_SPREAD = 0.15;

/**
 * What the heap holds beyond the values that are alive: values of many sizes come and go, and leave holes. Measured from
 * 128 to 4,096 tokens a row: it grows with the number of attention blocks.
 */
const holes = (length: number): number => 0.14 + 0.045 * Math.log2(Math.max(128, length) / 128);

/** Throws UserError where the model's config cannot be read. */
export async function estimateRun(
  options: TrainOptions,
  data: DataFigures,
  machine: MachineFigures,
): Promise<Estimate> {
  const { recipe, batchSize } = options;
  const config = await readModelConfig(options.modelFolder);
  const spec = decoderSpec(config);
  const tuning = tuningOf(options);
  const longest = stepShape(batchOf(batchSize, data.longest, data.trainedShare));
  const size = modelSize(config, spec, tuning);
  const adapter = tuning.type === 'lora' ? size.trainable * 4 : 0;
  const coded = quantizationSettings(recipe);
  const weights = size.parameters * 4 + adapter - (coded ? size.linears * (4 - bytesPerCode(coded)) : 0);
  const budget = activationBudgetOf(recipe, weights, {
    total: machine.totalMemory,
    free: machine.freeMemory - weights,
  });
  const step = { accumulate: options.gradientAccumulationSteps > 1, dropout: recipe.lora_dropout > 0, budget };
  const footprint = stepFootprint(config, spec, tuning, longest, step);
  const activations = footprint.activations * (1 + holes(longest.length)) * (machine.calibration?.memory ?? 1);
  const trained = size.trainable * 4;
  const total = PROGRAM + weights + 3 * trained + activations;

  const plan = planSteps(data.examples, options);
  const usual = stepShape(batchOf(batchSize, data.meanTokens, data.trainedShare));
  const { flops } = isDeepStrictEqual(usual, longest) ? footprint : stepFootprint(config, spec, tuning, usual, step);
  const efficiency = machine.calibration?.efficiency ?? EFFICIENCY;
  const spread = machine.calibration ? CALIBRATED_SPREAD : SPREAD;
  const perStep = (flops * options.gradientAccumulationSteps) / (machine.flopsPerSecond * efficiency);
  const tokensPerStep = batchSize * options.gradientAccumulationSteps * data.meanTokens;
  const tokensTotal = Math.round(data.examples * data.meanTokens * plan.epochs);
  const seconds = perStep * plan.totalSteps;
  return {
    parameters: size.parameters,
    trainable: size.trainable,
    memory: {
      program: PROGRAM,
      weights,
      gradients: trained,
      optimizer: 2 * trained,
      activations,
      logits: footprint.logits,
      total,
      range: { low: total * 0.9, high: total * 1.15 },
      machine: machine.totalMemory,
      fits: total * 1.15 < machine.totalMemory,
    },
    disk: diskOf(options, plan.totalSteps, plan.stepsPerEpoch, tuning.type === 'lora' ? trained : weights, trained),
    steps: plan.totalSteps,
    epochs: plan.epochs,
    rowsPerStep: batchSize * options.gradientAccumulationSteps,
    tokens: {
      perEpoch: Math.round(data.examples * data.meanTokens),
      total: tokensTotal,
      trainedShare: data.trainedShare,
    },
    efficiency,
    seconds: { low: seconds * (1 - spread), high: seconds * (1 + spread) },
    tokensPerSecond: { low: tokensPerStep / perStep / (1 + spread), high: tokensPerStep / perStep / (1 - spread) },
  };
}

/** Bytes that a quantised weight takes, its share of the scales included. */
function bytesPerCode(settings: QuantizationSettings): number {
  if (settings.bits === 8) return 1.01;
  return settings.double ? 0.5 + 1 / 64 : 0.5 + 4 / 64;
}

function tuningOf({ recipe, finetuningType }: TrainOptions): Tuning {
  switch (finetuningType) {
    case 'full':
      return { type: 'full' };
    case 'freeze':
      return { type: 'freeze', freeze: freezeOptions(recipe) };
    case 'lora':
      return { type: 'lora', lora: loraSettings(recipe) };
  }
}

/** A batch that stands for those of a run: rows of one length, the last part of each trained. */
function batchOf(rows: number, tokens: number, trainedShare: number): Batch {
  const length = Math.max(8, Math.ceil(tokens / 8) * 8);
  const labels = new Int32Array(rows * length).fill(-100);
  const trained = Math.max(1, Math.round(length * trainedShare));
  for (let row = 0; row < rows; row++) labels.fill(0, (row + 1) * length - trained, (row + 1) * length);
  return {
    rows,
    length,
    ids: new Int32Array(rows * length),
    labels,
    attended: new Uint8Array(rows * length).fill(1),
    positions: undefined,
    segments: undefined,
    origins: [],
  };
}

/** A checkpoint holds the trained weights (a whole model where it is not an adapter) and two moments of what is trained. */
function diskOf(
  { recipe }: TrainOptions,
  steps: number,
  stepsPerEpoch: number,
  model: number,
  trained: number,
): Estimate['disk'] {
  const checkpoint = model + (recipe.save_only_model ? 0 : 2 * trained);
  const every = recipe.save_strategy === 'epoch' ? stepsPerEpoch : recipe.save_steps < 1 ? Math.ceil(recipe.save_steps * steps) : recipe.save_steps; // prettier-ignore
  const checkpoints = recipe.save_strategy === 'no' ? 0 : Math.ceil(steps / Math.max(1, every));
  const kept = Math.min(checkpoints, recipe.save_total_limit ?? checkpoints) * checkpoint;
  return { checkpoint, checkpoints, kept, result: model };
}
