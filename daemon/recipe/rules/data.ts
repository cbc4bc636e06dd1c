// Rules about datasets, mixing, splitting and masks.
import { templateRequiresKnownName } from './known-templates.ts';
import { rule, type Rule } from './rule.ts';
import { splitList } from '../resolve.ts';

const filled = (value: unknown): boolean => value !== null && value !== undefined && value !== '';

export const dataRules: readonly Rule[] = [
  rule('dataset-missing', 'error', ['dataset', 'do_train'], ({ recipe }) =>
    recipe.do_train && !filled(recipe.dataset)
      ? { key: 'dataset', message: 'Training needs data: name one or more entries of dataset_info.json in dataset.' }
      : undefined,
  ),
  rule('evaluation-data-missing', 'error', ['do_eval', 'eval_strategy', 'eval_dataset', 'val_size'], ({ recipe }) => {
    const during = recipe.eval_strategy !== 'no';
    const wanted = recipe.do_eval || during || recipe.do_predict || recipe.predict_with_generate;
    if (!wanted || filled(recipe.eval_dataset) || recipe.val_size >= 1e-6) return undefined;
    return {
      key: during ? 'eval_strategy' : 'do_eval',
      message: 'Evaluation needs data: name eval_dataset, or hold out a part of dataset with val_size.',
    };
  }),
  rule('val-size-without-dataset', 'error', ['val_size', 'dataset'], ({ recipe }) =>
    recipe.val_size > 1e-6 && !filled(recipe.dataset)
      ? { key: 'val_size', message: 'val_size holds out a part of dataset, but dataset is not given.' }
      : undefined,
  ),
  rule('val-size-with-eval-dataset', 'error', ['val_size', 'eval_dataset'], ({ recipe }) =>
    recipe.val_size > 1e-6 && filled(recipe.eval_dataset)
      ? { key: 'val_size', message: 'val_size and eval_dataset both say what to evaluate on: remove one of them.' }
      : undefined,
  ),
  rule('interleave-probs-with-concat', 'error', ['mix_strategy', 'interleave_probs'], ({ recipe }) =>
    recipe.mix_strategy === 'concat' && filled(recipe.interleave_probs)
      ? {
          key: 'interleave_probs',
          message:
            'interleave_probs has no meaning with mix_strategy concat: choose interleave_under or interleave_over.',
        }
      : undefined,
  ),
  rule('interleave-probs-not-numbers', 'error', ['interleave_probs'], ({ recipe }) =>
    splitList(recipe.interleave_probs).some((part) => Number.isNaN(Number(part)))
      ? { key: 'interleave_probs', message: 'interleave_probs must be numbers, separated by commas.' }
      : undefined,
  ),
  rule('interleave-probs-count', 'error', ['interleave_probs', 'dataset'], ({ recipe }) => {
    if (!filled(recipe.interleave_probs) || !filled(recipe.dataset)) return undefined;
    const [given, sets] = [splitList(recipe.interleave_probs).length, splitList(recipe.dataset).length];
    return given === sets
      ? undefined
      : { key: 'interleave_probs', message: `interleave_probs has ${given} numbers for ${sets} datasets.` };
  }),
  rule('streaming-fractional-val-size', 'error', ['streaming', 'val_size'], ({ recipe }) =>
    recipe.streaming && recipe.val_size > 1e-6 && recipe.val_size < 1
      ? { key: 'val_size', message: 'A stream has no known length, so val_size must be a number of rows there.' }
      : undefined,
  ),
  rule('streaming-with-max-samples', 'error', ['streaming', 'max_samples'], ({ recipe }) =>
    recipe.streaming && recipe.max_samples !== null
      ? { key: 'max_samples', message: 'max_samples cannot be used with streaming.' }
      : undefined,
  ),
  rule('streaming-without-max-steps', 'error', ['streaming', 'max_steps'], ({ recipe }) =>
    recipe.do_train && recipe.streaming && recipe.max_steps === -1
      ? { key: 'streaming', message: 'A stream has no known length: set max_steps.' }
      : undefined,
  ),
  rule('mask-history-with-train-on-prompt', 'error', ['mask_history', 'train_on_prompt'], ({ recipe }) =>
    recipe.mask_history && recipe.train_on_prompt
      ? {
          key: 'mask_history',
          message: 'mask_history trains only the last answer, train_on_prompt trains everything: remove one of them.',
        }
      : undefined,
  ),
  rule('mask-flags-outside-sft', 'error', ['stage', 'mask_history', 'train_on_prompt'], ({ recipe }) =>
    recipe.stage !== 'sft' && (recipe.mask_history || recipe.train_on_prompt)
      ? {
          key: recipe.mask_history ? 'mask_history' : 'train_on_prompt',
          message: 'mask_history and train_on_prompt are for stage sft.',
        }
      : undefined,
  ),
  rule('neat-packing-outside-sft', 'error', ['stage', 'neat_packing'], ({ recipe }) =>
    recipe.stage !== 'sft' && recipe.neat_packing
      ? { key: 'neat_packing', message: 'neat_packing is for stage sft.' }
      : undefined,
  ),
  templateRequiresKnownName,
];
