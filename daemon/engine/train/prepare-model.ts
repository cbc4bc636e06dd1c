// The model a run trains: loaded, the trained part chosen and laid out flat, gradients and budgets beside it.
import { freemem, totalmem } from 'node:os';
import { UserError } from '../../errors.ts';
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { RunEvent } from '../../protocol.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { splitList } from '../../recipe/resolve.ts';
import { sizeOf } from '../graph/tensor.ts';
import { readAdapter, readAdapterSettings, type LoraSettings } from '../model/adapters/peft-files.ts';
import { loadModel, type LoadedModel, type RandomSource } from '../model/load.ts';
import {
  mergeAdapter,
  newAdapter,
  resumeAdapter,
  trainAll,
  trainSome,
  withMoved,
  type TrainedPart,
} from '../model/trained-part.ts';
import { quantizationSettings } from '../model/quantized/settings.ts';
import type { Int8Choice } from '../model/quantized/speed.ts';
import { matrixBytes } from '../model/quantized/matrix.ts';
import type { TrainOptions } from './options.ts';
import { freezeOptions, loraSettings } from './tuning.ts';
import { groupParameters, type ParameterGroup } from './parameter-groups.ts';
import type { TrainedModel } from './stepper.ts';

export interface PreparedModel extends TrainedModel {
  readonly groups: readonly ParameterGroup[];
  readonly lora: LoraSettings | undefined;
  /** Bytes of activations that may be kept for the backward pass. */
  readonly activationBudget: number;
}

/** Loads and lays out a model. What was read from disk and then moved is free again when this returns. */
export async function prepareModel(
  options: TrainOptions,
  tokenizer: Tokenizer,
  random: RandomSource,
  emit: (event: RunEvent) => void,
  int8: Pick<Int8Choice, 'signed' | 'head'> = { signed: true, head: false },
): Promise<PreparedModel> {
  const model = await load(options, tokenizer, random, emit, int8);
  const part = await chooseTrained(options, model, random);
  const { groups, moved, gradients } = groupParameters(part.trainable, options.recipe.weight_decay);
  return {
    config: model.config,
    spec: model.spec,
    weights: withMoved(part.weights, moved),
    trainable: part.trainable.flatMap(({ name }) => moved.get(name) ?? []),
    gradients,
    groups,
    lora: part.lora,
    activationBudget: activationBudget(options, model),
    ready: model.ready,
  };
}

/** Whether nothing is made of the base weights' numbers before the first step: a new adapter of pairs alone. */
const needsNoNumbers = ({ recipe, finetuningType, adapterFolders }: TrainOptions): boolean =>
  finetuningType === 'lora' && adapterFolders.length === 0 && splitList(recipe.additional_target).length === 0;

async function load(
  options: TrainOptions,
  tokenizer: Tokenizer,
  random: RandomSource,
  emit: (event: RunEvent) => void,
  int8: Pick<Int8Choice, 'signed' | 'head'>,
): Promise<LoadedModel> {
  const { recipe, modelFolder } = options;
  const model = await loadModel(
    {
      folder: modelFolder,
      trainFromScratch: recipe.train_from_scratch,
      ropeScaling: recipe.rope_scaling ?? undefined,
      cutoffLength: recipe.cutoff_len,
      resizeTo: recipe.resize_vocab ? tokenizer.size : undefined,
      quantization: quantizationSettings(recipe),
      signedCodes: int8.signed,
      quantizeHead: int8.head,
      late: needsNoNumbers(options),
      progress: (message, done, total) => emit({ type: 'phase', phase: 'model', message, done, total }),
    },
    random,
  );
  if (!recipe.resize_vocab && tokenizer.size > model.spec.vocabSize) {
    throw new UserError(
      'vocabulary',
      `The tokenizer has ${tokenizer.size} tokens, the model rows for ${model.spec.vocabSize}: set resize_vocab: true.`,
    );
  }
  return model;
}

async function chooseTrained(
  { recipe, finetuningType, adapterFolders }: TrainOptions,
  model: LoadedModel,
  random: RandomSource,
): Promise<TrainedPart> {
  if (model.quantized && finetuningType !== 'lora') {
    throw new UserError(
      'quantized-needs-lora',
      `The weights of a quantised base cannot be trained: set finetuning_type: lora, not ${finetuningType}.`,
    );
  }
  if (finetuningType === 'full') return trainAll(model);
  if (finetuningType === 'freeze') {
    return trainSome(model, freezeOptions(recipe));
  }
  // all adapters but the one that is trained on are merged; all of them where a new one is asked for
  const merged = recipe.create_new_adapter || !recipe.do_train ? adapterFolders : adapterFolders.slice(0, -1);
  const goesOn = merged.length < adapterFolders.length ? adapterFolders.at(-1) : undefined;
  for (const folder of merged) mergeAdapter(model, await readAdapter(folder, await readAdapterSettings(folder), 0));
  if (goesOn !== undefined) return resumeAdapter(model, goesOn, recipe.lora_dropout);
  return newAdapter(model, loraSettings(recipe), random);
}

/**
 * Bytes of activations to keep. With gradient checkpointing (the default) half of what is free beside the weights; without
 * it all that the layers need.
 */
function activationBudget({ recipe }: TrainOptions, { base, quantized }: LoadedModel): number {
  const floats = [...base.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const weights = [...(quantized?.values() ?? [])].reduce((sum, matrix) => sum + matrixBytes(matrix), floats);
  return activationBudgetOf(recipe, weights, { total: totalmem(), free: freemem() });
}

/** The same by figures: `weights` in bytes, and the machine's memory before they are loaded. */
export function activationBudgetOf(
  recipe: Recipe,
  weights: number,
  { total, free }: { readonly total: number; readonly free: number },
): number {
  if (recipe.anneal_memory_gb !== null) return recipe.anneal_memory_gb * 1e9;
  if (recipe.disable_gradient_checkpointing) return Number.POSITIVE_INFINITY;
  return Math.max(total * 0.05, (free - weights) / 2);
}
