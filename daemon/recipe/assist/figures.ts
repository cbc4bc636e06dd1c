// Figures that follow from a recipe and what lies around it: rows a step, steps, trained weights. Undefined where something is not known.
import type { Recipe } from '../recipe.ts';
import { nearbyDatasets } from './datasets.ts';
import type { Surroundings, Weight } from './surroundings.ts';
import { namesIn } from './view.ts';

/** Rows behind one optimizer step on one device. */
export const rowsPerStep = ({
  per_device_train_batch_size: rows,
  gradient_accumulation_steps: passes,
}: Recipe): number => Math.max(1, Math.trunc(rows)) * Math.max(1, Math.trunc(passes));

export interface RowCounts {
  readonly train: number;
  readonly evaluation: number;
}

/** Rows of the recipe's data sets before any is dropped. Undefined until all files are counted, or where one is not here. */
export function countRows(recipe: Recipe, surroundings: Surroundings): RowCounts | undefined {
  if (recipe.streaming) return undefined;
  const all = nearbyDatasets(recipe.dataset_dir, surroundings);
  const count = (value: unknown): number | undefined => {
    let sum = 0;
    for (const name of new Set(namesIn(value))) {
      const dataset = all?.find((near) => near.name === name);
      const rows = dataset?.file === undefined ? undefined : surroundings.rowCount(dataset.file);
      if (rows === undefined) return undefined;
      const drawn = dataset?.entry['num_samples'];
      const taken = typeof drawn === 'number' && drawn > 0 ? drawn : rows;
      sum += Math.min(taken, recipe.max_samples ?? Number.POSITIVE_INFINITY);
    }
    return sum;
  };
  const train = count(recipe.dataset);
  if (train === undefined || train === 0) return undefined;
  const separate = namesIn(recipe.eval_dataset).length > 0 ? count(recipe.eval_dataset) : 0;
  if (separate === undefined) return undefined;
  const split = recipe.val_size > 1e-6 ? heldOut(train, recipe.val_size) : 0;
  return { train: Math.max(0, train - split), evaluation: separate + split };
}

/** val_size: rows, or below 1 a share of them, rounded up as scikit-learn does. */
const heldOut = (rows: number, size: number): number => Math.min(rows, size >= 1 ? Math.trunc(size) : Math.ceil(rows * size)); // prettier-ignore

/** Whether several rows become one example, so that rows say nothing about steps. */
export const packs = (recipe: Recipe): boolean => recipe.neat_packing || (recipe.packing ?? recipe.stage === 'pt');

/** Optimizer steps, as transformers' Trainer counts them. */
export function totalSteps(recipe: Recipe, examples: number): number {
  if (recipe.max_steps > 0) return Math.trunc(recipe.max_steps);
  const batch = Math.max(1, Math.trunc(recipe.per_device_train_batch_size));
  const batches = recipe.dataloader_drop_last ? Math.floor(examples / batch) : Math.ceil(examples / batch);
  const perEpoch = Math.max(1, Math.ceil(batches / Math.max(1, Math.trunc(recipe.gradient_accumulation_steps))));
  return Math.ceil(perEpoch * recipe.num_train_epochs);
}

/** Steps and epochs of a run; undefined where the number of examples is not known. */
export function runLength(recipe: Recipe, surroundings: Surroundings): { steps: number; epochs: number } | undefined {
  const rows = countRows(recipe, surroundings);
  if (rows === undefined || rows.train === 0 || packs(recipe)) return undefined;
  const steps = totalSteps(recipe, rows.train);
  const perEpoch = totalSteps({ ...recipe, max_steps: -1, num_train_epochs: 1 }, rows.train);
  return { steps, epochs: steps / perEpoch };
}

const sizeOf = ({ shape }: Weight): number => shape.reduce((product, size) => product * size, 1);

export interface TrainedWeights {
  readonly trained: number;
  readonly total: number;
}

/** How many weights learn, of how many. Undefined where the model is not here. */
export function trainedWeights(recipe: Recipe, surroundings: Surroundings): TrainedWeights | undefined {
  const weights = recipe.model_name_or_path ? surroundings.weights(recipe.model_name_or_path) : undefined;
  if (!weights) return undefined;
  const total = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  switch (recipe.finetuning_type) {
    case 'full':
      return { trained: total, total };
    case 'lora':
      return { trained: adapterWeights(recipe, weights), total };
    case 'freeze':
      return { trained: unfrozenWeights(recipe, weights), total };
    default:
      return undefined;
  }
}

/** Rank · (in + out) of every adapted linear, and whole copies of additional_target. */
function adapterWeights(recipe: Recipe, weights: readonly Weight[]): number {
  const targets = new Set(namesIn(recipe.lora_target));
  const whole = new Set(namesIn(recipe.additional_target));
  let sum = 0;
  for (const weight of weights) {
    const parts = weight.name.split('.');
    const module = parts.at(-2) ?? '';
    if (whole.has(module)) sum += sizeOf(weight);
    const isLinear = parts.at(-1) === 'weight' && weight.shape.length === 2 && !/embed|lm_head|wte|wpe/.test(module);
    if (targets.has('all') ? !isLinear : !targets.has(module) || weight.shape.length !== 2) continue;
    sum += recipe.lora_rank * ((weight.shape[0] ?? 0) + (weight.shape[1] ?? 0));
  }
  return sum;
}

/** The weights of the last (or, below zero, the first) layers, and of freeze_extra_modules. */
function unfrozenWeights(recipe: Recipe, weights: readonly Weight[]): number {
  const layerOf = (name: string): number | undefined => {
    const match = /\.(\d+)\./.exec(name)?.[1];
    return match === undefined ? undefined : Number(match);
  };
  const layers = Math.max(-1, ...weights.map(({ name }) => layerOf(name) ?? -1)) + 1;
  const wanted = Math.trunc(recipe.freeze_trainable_layers);
  const isTrained = (layer: number): boolean => (wanted > 0 ? layer >= layers - wanted : layer < -wanted);
  const modules = new Set(namesIn(recipe.freeze_trainable_modules));
  const extra = new Set(namesIn(recipe.freeze_extra_modules));
  return weights.reduce((sum, weight) => {
    const layer = layerOf(weight.name);
    const parts = weight.name.split('.');
    const inside =
      layer !== undefined && isTrained(layer) && (modules.has('all') || parts.some((part) => modules.has(part)));
    const outside = layer === undefined && parts.some((part) => extra.has(part));
    return inside || outside ? sum + sizeOf(weight) : sum;
  }, 0);
}
