// Rules about the stage, the model and the way it is tuned.
import { rule, type Rule } from './rule.ts';

const filled = (value: unknown): boolean => value !== null && value !== undefined && value !== '';

export const methodRules: readonly Rule[] = [
  rule('model-missing', 'error', ['model_name_or_path'], ({ recipe }) =>
    filled(recipe.model_name_or_path)
      ? undefined
      : { key: 'model_name_or_path', message: 'A recipe needs a model: set model_name_or_path.' },
  ),
  rule('adapter-without-lora', 'error', ['adapter_name_or_path', 'finetuning_type'], ({ recipe }) =>
    filled(recipe.adapter_name_or_path) && recipe.finetuning_type !== 'lora'
      ? { key: 'adapter_name_or_path', message: 'An adapter can only be loaded when finetuning_type is lora.' }
      : undefined,
  ),
  rule('rslora-needs-lora', 'error', ['use_rslora', 'finetuning_type'], ({ recipe }) =>
    recipe.finetuning_type !== 'lora' && recipe.use_rslora
      ? { key: 'use_rslora', message: 'use_rslora is for finetuning_type lora.' }
      : undefined,
  ),
  rule('dora-needs-lora', 'error', ['use_dora', 'finetuning_type'], ({ recipe }) =>
    recipe.finetuning_type !== 'lora' && recipe.use_dora
      ? { key: 'use_dora', message: 'use_dora is for finetuning_type lora.' }
      : undefined,
  ),
  rule('pissa-needs-lora', 'error', ['pissa_init', 'finetuning_type'], ({ recipe }) =>
    recipe.finetuning_type !== 'lora' && recipe.pissa_init
      ? { key: 'pissa_init', message: 'pissa_init is for finetuning_type lora.' }
      : undefined,
  ),
  rule('loraplus-needs-lora', 'error', ['loraplus_lr_ratio', 'finetuning_type'], ({ recipe }) =>
    recipe.finetuning_type !== 'lora' && recipe.loraplus_lr_ratio !== null
      ? { key: 'loraplus_lr_ratio', message: 'loraplus_lr_ratio is for finetuning_type lora.' }
      : undefined,
  ),
  rule('llama-pro-with-full', 'error', ['use_llama_pro', 'finetuning_type'], ({ recipe }) =>
    recipe.use_llama_pro && recipe.finetuning_type === 'full'
      ? { key: 'use_llama_pro', message: 'use_llama_pro needs finetuning_type freeze or lora.' }
      : undefined,
  ),
  rule('generate-outside-sft', 'error', ['stage', 'predict_with_generate'], ({ recipe }) =>
    recipe.stage !== 'sft' && recipe.predict_with_generate
      ? { key: 'predict_with_generate', message: 'predict_with_generate is for stage sft.' }
      : undefined,
  ),
  rule('resized-vocab-untrained', 'warning', ['resize_vocab', 'additional_target'], ({ recipe }) =>
    recipe.resize_vocab && recipe.finetuning_type === 'lora' && !filled(recipe.additional_target)
      ? {
          key: 'resize_vocab',
          message:
            'The rows of new tokens are trained with whole copies of embed_tokens and lm_head, which makes the adapter large.',
        }
      : undefined,
  ),
];
