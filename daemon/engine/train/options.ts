// The recipe as the trainer reads it: names in the field's terms, defaults that depend on other keys filled in.
import { resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import type { DataOptions } from '../../data/options.ts';
import { dataOptions } from '../../data/recipe-options.ts';
import type { SamplingStrategy } from '../../data/order.ts';
import { writtenDate } from '../../data/written-date.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { splitList } from '../../recipe/resolve.ts';
import type { BestOptions, ControlOptions, Strategy } from './control.ts';
import { isGreaterBetter } from './control.ts';

export interface TrainOptions {
  readonly recipe: Recipe;
  readonly workingDirectory: string;
  readonly modelFolder: string;
  readonly adapterFolders: readonly string[];
  readonly outputDir: string;
  readonly stage: 'pt' | 'sft';
  readonly finetuningType: 'lora' | 'freeze' | 'full';
  readonly batchSize: number;
  readonly evalBatchSize: number;
  readonly gradientAccumulationSteps: number;
  readonly seed: number;
  readonly dataSeed: number;
  /** How an epoch goes through its examples. */
  readonly sampling: SamplingStrategy;
  readonly data: DataOptions<'pt' | 'sft'>;
  readonly best: BestOptions;
}

const strategy = (value: string): Strategy =>
  value === 'steps' || value === 'epoch' || value === 'best' ? value : 'no';

/** Reads a resolved recipe. `given` are the keys that it names itself; paths are relative to the working directory. */
export function trainOptions(
  recipe: Recipe,
  given: ReadonlySet<string>,
  workingDirectory: string,
  today: Date,
): TrainOptions {
  const path = (value: string): string => resolve(workingDirectory, value);
  if (!recipe.model_name_or_path) {
    throw new UserError(
      'model-missing',
      'The recipe names no model: set model_name_or_path to a folder in Hugging Face layout.',
    );
  }
  const stage = recipe.stage;
  if (stage !== 'pt' && stage !== 'sft') {
    throw new UserError('stage-later', `Anneal knows the stage ${stage}, but cannot train it yet: pt and sft work.`);
  }
  const finetuningType = recipe.finetuning_type;
  if (finetuningType !== 'lora' && finetuningType !== 'freeze' && finetuningType !== 'full') {
    throw new UserError(
      'finetuning-type-later',
      `Anneal knows finetuning_type ${finetuningType}, but cannot train it yet: lora, freeze and full work.`,
    );
  }
  return {
    recipe,
    workingDirectory,
    modelFolder: path(recipe.model_name_or_path),
    adapterFolders: splitList(recipe.adapter_name_or_path).map(path),
    outputDir: path(recipe.output_dir ?? 'trainer_output'),
    stage,
    finetuningType,
    batchSize: recipe.per_device_train_batch_size,
    evalBatchSize: recipe.per_device_eval_batch_size,
    gradientAccumulationSteps: recipe.gradient_accumulation_steps,
    seed: recipe.seed,
    dataSeed: recipe.data_seed ?? recipe.seed,
    sampling: samplingOf(recipe),
    data: { ...dataOptions(recipe, given, path, writtenDate(today)), stage },
    best: bestOptions(recipe),
  };
}

/** disable_shuffling wins, as upstream. */
function samplingOf({ disable_shuffling: inOrder, train_sampling_strategy: strategy }: Recipe): SamplingStrategy {
  if (inOrder || strategy === 'sequential') return 'sequential';
  return strategy === 'group_by_length' ? strategy : 'random';
}

function bestOptions(recipe: Recipe): BestOptions {
  const metric = recipe.metric_for_best_model ?? 'loss';
  return {
    metric,
    greaterIsBetter: recipe.greater_is_better ?? isGreaterBetter(metric),
    patience: recipe.early_stopping_steps ?? undefined,
  };
}

export const controlOptions = (recipe: Recipe, totalSteps: number): ControlOptions => ({
  logging: {
    strategy: strategy(recipe.logging_strategy),
    steps: recipe.logging_steps,
    first: recipe.logging_first_step,
  },
  evaluation: { strategy: strategy(recipe.eval_strategy), steps: recipe.eval_steps ?? recipe.logging_steps },
  saving: { strategy: strategy(recipe.save_strategy), steps: recipe.save_steps },
  totalSteps,
});

export interface StepPlan {
  readonly microBatchesPerEpoch: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly epochs: number;
}

/** A stream's epochs have no known length: max_steps says how many steps a run takes, and the whole run counts as one epoch. */
export function planStream({ gradientAccumulationSteps, recipe }: TrainOptions): StepPlan {
  const steps = recipe.max_steps;
  return {
    microBatchesPerEpoch: steps * gradientAccumulationSteps,
    stepsPerEpoch: steps,
    totalSteps: steps,
    epochs: 1,
  };
}

/** How many optimizer steps a run takes: transformers' arithmetic, a short last group of an epoch is a step of its own. */
export function planSteps(
  examples: number,
  { batchSize, gradientAccumulationSteps: accumulation, recipe }: TrainOptions,
): StepPlan {
  const microBatchesPerEpoch = recipe.dataloader_drop_last
    ? Math.floor(examples / batchSize)
    : Math.ceil(examples / batchSize);
  if (microBatchesPerEpoch === 0) {
    throw new UserError(
      'no-batches',
      `${examples} examples do not fill one batch of ${batchSize}: lower per_device_train_batch_size or set dataloader_drop_last: false.`,
    );
  }
  const stepsPerEpoch = Math.ceil(microBatchesPerEpoch / accumulation);
  const totalSteps = recipe.max_steps > 0 ? recipe.max_steps : Math.ceil(recipe.num_train_epochs * stepsPerEpoch);
  return { microBatchesPerEpoch, stepsPerEpoch, totalSteps, epochs: totalSteps / stepsPerEpoch };
}
