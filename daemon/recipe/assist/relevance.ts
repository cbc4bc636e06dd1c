// Which keys matter for a recipe as it stands, and in which order a person would want them.
import { appliesTo } from '../commands.ts';
import { knowledge } from './knowledge.ts';
import { argumentNames, argumentOf, type ArgumentName } from '../recipe.ts';
import type { Argument } from '../argument.ts';
import type { RecipeCommand, RecipeView } from './view.ts';

/** What a recipe of each command is written with first, in the order in which people write it. */
const essentials: Readonly<Record<RecipeCommand, readonly ArgumentName[]>> = {
  train: ['model_name_or_path', 'stage', 'do_train', 'finetuning_type', 'dataset', 'template', 'cutoff_len', 'output_dir'],
  chat: ['model_name_or_path', 'adapter_name_or_path', 'template', 'finetuning_type', 'infer_backend'],
  export: ['model_name_or_path', 'adapter_name_or_path', 'template', 'export_dir', 'export_size', 'export_device'],
  eval: ['model_name_or_path', 'adapter_name_or_path', 'template', 'task', 'lang', 'n_shot', 'save_dir'],
}; // prettier-ignore

/** Keys that most recipes set sooner or later. */
const common: readonly ArgumentName[] = [
  'learning_rate', 'num_train_epochs', 'per_device_train_batch_size', 'gradient_accumulation_steps', 'lr_scheduler_type', 'warmup_steps',
  'bf16', 'logging_steps', 'save_steps', 'plot_loss', 'val_size', 'eval_strategy', 'eval_steps', 'per_device_eval_batch_size',
  'max_samples', 'packing', 'dataset_dir', 'overwrite_cache', 'preprocessing_num_workers', 'max_steps', 'report_to', 'seed', 'do_eval',
  'eval_dataset', 'weight_decay', 'save_total_limit', 'gradient_checkpointing', 'resume_from_checkpoint', 'overwrite_output_dir',
]; // prettier-ignore

/** Keys of a method: shown early with it, late without. */
const methodGroups: Readonly<Record<string, string>> = { lora: 'lora', freeze: 'freeze', oft: 'oft' };

const commonOfMethod: Readonly<Record<string, readonly ArgumentName[]>> = {
  lora: ['lora_rank', 'lora_alpha', 'lora_target', 'lora_dropout'],
  freeze: ['freeze_trainable_layers', 'freeze_trainable_modules', 'freeze_extra_modules'],
  oft: ['oft_block_size', 'oft_target', 'oft_rank'],
  full: [],
};

/** Keys that make sense beside others that no table entry ties them to. */
const companions: Readonly<Partial<Record<ArgumentName, readonly ArgumentName[]>>> = {
  streaming: ['max_steps', 'buffer_size'],
  eval_strategy: ['eval_steps', 'val_size', 'eval_dataset'],
  quantization_bit: ['quantization_method', 'quantization_type', 'double_quantization'],
  load_best_model_at_end: ['metric_for_best_model', 'greater_is_better', 'early_stopping_steps'],
  deepspeed: [],
  mix_strategy: ['interleave_probs'],
  do_predict: ['predict_with_generate'],
  export_quantization_bit: ['export_quantization_dataset'],
};

/** Whether the key it depends on is set so that it does something. */
function isSwitchedOn({ onlyWith }: Argument<unknown>, { recipe, given }: RecipeView): boolean {
  if (!onlyWith) return true;
  const [key, ...values] = onlyWith;
  const value = recipe[key as ArgumentName] as unknown;
  return values.length > 0 ? values.includes(String(value)) : given.has(key) && value !== null && value !== false;
}

export interface RankedKey {
  readonly name: ArgumentName;
  readonly argument: Argument<unknown>;
  /** It would do nothing with the stage, method or switches at hand. */
  readonly idle: boolean;
}

/** All keys that the recipe's command accepts and that are not written yet, the most useful first. */
export function rankKeys(view: RecipeView, present: ReadonlySet<string>): RankedKey[] {
  const { recipe, command } = view;
  const first = essentials[command];
  const second = commonOfMethod[recipe.finetuning_type] ?? [];
  const beside = new Set(
    Object.entries(companions).flatMap(([key, others]) => (present.has(key) ? (others as readonly string[]) : [])),
  );
  const score = (name: ArgumentName, argument: Argument<unknown>): number => {
    const method = methodGroups[argument.group];
    const otherMethod = method !== undefined && method !== recipe.finetuning_type && command === 'train';
    const otherStage = argument.stages !== undefined && !argument.stages.includes(recipe.stage) && command === 'train';
    if (otherMethod || otherStage || !isSwitchedOn(argument, view)) return 6;
    if (knowledge[name]?.deprecated) return 5;
    if (argument.required) return 0;
    if (first.includes(name)) return 1;
    if (beside.has(name)) return 2;
    if (command === 'train') {
      const ofThisStage = argument.stages !== undefined && argument.stages.length < 3 && recipe.stage !== 'sft';
      const switchedOn = argument.onlyWith !== undefined && present.has(argument.onlyWith[0]);
      if (second.includes(name) || ofThisStage || switchedOn) return 2;
      if (common.includes(name)) return 3;
    }
    return 4;
  };
  const place = (name: ArgumentName, argument: Argument<unknown>, tier: number): number => {
    const list = tier === 1 ? first : tier === 2 ? second : tier === 3 ? common : undefined;
    return list?.includes(name) ? list.indexOf(name) : groupOrder.indexOf(argument.group) * 400 + names.indexOf(name);
  };
  const groupOrder = groupsInOrder(command);
  const names = argumentNames;
  return names
    .flatMap((name) => {
      const argument = argumentOf(name);
      if (!argument || present.has(name) || !appliesTo(name).includes(command)) return [];
      const tier = score(name, argument);
      return [{ name, argument, tier, place: place(name, argument, tier) }];
    })
    .sort((a, b) => a.tier - b.tier || a.place - b.place)
    .map(({ name, argument, tier }) => ({ name, argument, idle: tier === 6 }));
}

/** Groups in the order in which a recipe is usually written; unknown ones come last. */
function groupsInOrder(command: RecipeCommand): readonly string[] {
  const training = ['model', 'method', 'preference', 'ppo', 'loss', 'lora', 'freeze', 'oft', 'data', 'training', 'optimizer', 'evaluation', 'saving', 'logging', 'precision', 'quantization', 'dataloader']; // prettier-ignore
  const others = ['tokenizer', 'multimodal', 'generation', 'inference', 'export', 'anneal', 'galore', 'apollo', 'badam', 'distributed', 'hub', 'ktransformers', 'profiling', 'benchmark']; // prettier-ignore
  return command === 'train' ? [...training, ...others] : ['model', 'inference', 'generation', 'export', 'benchmark', 'data', ...training, ...others]; // prettier-ignore
}
