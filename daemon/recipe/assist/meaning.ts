// What a key's value comes to in this recipe: rows a step, steps, trained weights, the scale of an adapter.
import * as l10n from '@vscode/l10n';
import { joinPath, type Surroundings } from './surroundings.ts';
import { isObject } from './datasets.ts';
import { countRows, packs, rowsPerStep, runLength, trainedWeights } from './figures.ts';
import { amountText, bytesText, countText, percentText } from './numbers.ts';
import type { RecipeView } from './view.ts';

/** Sentences for a key; none where nothing more is known than its description. */
export function meaningOf(key: string, view: RecipeView, surroundings: Surroundings): readonly string[] {
  const { recipe } = view;
  const sentences: (string | undefined)[] = [];
  switch (key) {
    case 'per_device_train_batch_size':
    case 'gradient_accumulation_steps': {
      const [rows, passes] = [recipe.per_device_train_batch_size, recipe.gradient_accumulation_steps];
      sentences.push(l10n.t('Here: {0} rows × {1} passes = {2} rows a step on each device.', rows, passes, countText(rowsPerStep(recipe)))); // prettier-ignore
      break;
    }
    case 'num_train_epochs':
    case 'max_steps':
    case 'dataset':
      sentences.push(lengthText(view, surroundings));
      break;
    case 'warmup_steps':
    case 'warmup_ratio':
    case 'save_steps':
    case 'eval_steps':
    case 'logging_steps':
      sentences.push(stepsText(key, view, surroundings));
      break;
    case 'lora_rank':
    case 'lora_target':
    case 'additional_target':
    case 'freeze_trainable_layers':
    case 'finetuning_type':
      sentences.push(weightsText(view, surroundings));
      break;
    case 'lora_alpha':
    case 'use_rslora':
      sentences.push(scaleText(view));
      break;
    case 'cutoff_len':
      sentences.push(windowText(view, surroundings));
      break;
    case 'val_size':
      sentences.push(heldOutText(view, surroundings));
      break;
    default:
  }
  return sentences.filter((sentence) => sentence !== undefined);
}

function lengthText({ recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  const rows = countRows(recipe, surroundings);
  if (rows === undefined) return undefined;
  const run = runLength(recipe, surroundings);
  if (run === undefined)
    return l10n.t('Here: {0} rows, packed into blocks of cutoff_len tokens.', countText(rows.train));
  return l10n.t('Here: {0} rows, {1} a step: {2} steps.', countText(rows.train), countText(rowsPerStep(recipe)), countText(run.steps)); // prettier-ignore
}

/** A number of steps, or below 1 a share of them. */
function stepsText(key: string, { recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  const value = (recipe as unknown as Readonly<Record<string, unknown>>)[key];
  const run = packs(recipe) ? undefined : runLength(recipe, surroundings);
  if (run === undefined || typeof value !== 'number' || value <= 0) return undefined;
  const steps = value < 1 ? Math.ceil(value * run.steps) : value;
  return key.startsWith('warmup')
    ? l10n.t('Here: the first {0} of {1} steps.', countText(steps), countText(run.steps))
    : l10n.t('Here: every {0} of {1} steps, {2} times.', countText(steps), countText(run.steps), countText(Math.floor(run.steps / steps))); // prettier-ignore
}

function weightsText({ recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  const weights = trainedWeights(recipe, surroundings);
  if (!weights || weights.trained === 0) return undefined;
  const { trained, total } = weights;
  const size = bytesText(trained * (recipe.finetuning_type === 'lora' ? 4 : 2));
  return recipe.finetuning_type === 'lora'
    ? l10n.t('Here: {0} weights trained of {1} ({2}), {3} a checkpoint.', amountText(trained), amountText(total), percentText(trained / total), size) // prettier-ignore
    : l10n.t('Here: {0} weights trained of {1} ({2}).', amountText(trained), amountText(total), percentText(trained / total)); // prettier-ignore
}

function scaleText({ recipe }: RecipeView): string | undefined {
  if (recipe.finetuning_type !== 'lora' || recipe.lora_rank <= 0) return undefined;
  const alpha = recipe.lora_alpha || 2 * recipe.lora_rank;
  const divisor = recipe.use_rslora ? `√${recipe.lora_rank}` : String(recipe.lora_rank);
  const scale = alpha / (recipe.use_rslora ? Math.sqrt(recipe.lora_rank) : recipe.lora_rank);
  return l10n.t('Here: the update is multiplied by {0} / {1} = {2}.', alpha, divisor, Number(scale.toFixed(2)));
}

function windowText({ recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  if (!recipe.model_name_or_path) return undefined;
  const config = surroundings.json(joinPath(recipe.model_name_or_path, 'config.json'));
  const window = isObject(config) ? config['max_position_embeddings'] : undefined;
  if (typeof window !== 'number') return undefined;
  return l10n.t('The model was made for {0} tokens.', countText(window));
}

function heldOutText({ recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  const rows = countRows(recipe, surroundings);
  if (rows === undefined || recipe.val_size <= 1e-6) return undefined;
  return l10n.t('Here: {0} rows are held out, {1} are trained on.', countText(rows.evaluation), countText(rows.train));
}
