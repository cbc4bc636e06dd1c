// Rules about steps, precision, evaluation and saving.
import { rule, type Rule } from './rule.ts';

const isShare = (steps: number | null): boolean => steps !== null && steps < 1;
const isWhole = (steps: number | null): boolean => steps === null || isShare(steps) || Number.isInteger(steps);

export const trainingRules: readonly Rule[] = [
  rule('fp16-and-bf16', 'error', ['fp16', 'bf16'], ({ recipe }) =>
    recipe.fp16 && recipe.bf16
      ? { key: 'fp16', message: 'fp16 and bf16 cannot both be on: remove one of them.' }
      : undefined,
  ),
  rule('fp16-and-bf16-eval', 'error', ['fp16_full_eval', 'bf16_full_eval'], ({ recipe }) =>
    recipe.fp16_full_eval && recipe.bf16_full_eval
      ? { key: 'fp16_full_eval', message: 'fp16_full_eval and bf16_full_eval cannot both be on: remove one of them.' }
      : undefined,
  ),
  rule('logging-steps-zero', 'error', ['logging_steps', 'logging_strategy'], ({ recipe }) =>
    recipe.logging_strategy === 'steps' && recipe.logging_steps === 0
      ? {
          key: 'logging_steps',
          message: 'logging_steps must not be 0: set it to 1 or more, or logging_strategy to "no".',
        }
      : undefined,
  ),
  rule('logging-steps-fraction', 'error', ['logging_steps', 'logging_strategy'], ({ recipe }) =>
    recipe.logging_strategy === 'steps' && !isWhole(recipe.logging_steps)
      ? {
          key: 'logging_steps',
          message: 'logging_steps above 1 must be a whole number; below 1 it is a share of all steps.',
        }
      : undefined,
  ),
  rule('eval-steps-zero', 'error', ['eval_steps', 'logging_steps', 'eval_strategy'], ({ recipe }) =>
    recipe.eval_strategy === 'steps' && !(recipe.eval_steps ?? recipe.logging_steps)
      ? { key: 'eval_strategy', message: 'eval_strategy steps needs eval_steps (or logging_steps) above 0.' }
      : undefined,
  ),
  rule('eval-steps-fraction', 'error', ['eval_steps', 'eval_strategy'], ({ recipe }) =>
    recipe.eval_strategy === 'steps' && !isWhole(recipe.eval_steps)
      ? { key: 'eval_steps', message: 'eval_steps above 1 must be a whole number; below 1 it is a share of all steps.' }
      : undefined,
  ),
  rule('save-steps-fraction', 'error', ['save_steps', 'save_strategy'], ({ recipe }) =>
    recipe.save_strategy === 'steps' && !isWhole(recipe.save_steps)
      ? { key: 'save_steps', message: 'save_steps above 1 must be a whole number; below 1 it is a share of all steps.' }
      : undefined,
  ),
  rule('best-model-strategies', 'error', ['load_best_model_at_end', 'eval_strategy', 'save_strategy'], ({ recipe }) =>
    recipe.load_best_model_at_end && recipe.save_strategy !== 'best' && recipe.eval_strategy !== recipe.save_strategy
      ? {
          key: 'load_best_model_at_end',
          message: `load_best_model_at_end needs eval_strategy and save_strategy to be the same; they are ${recipe.eval_strategy} and ${recipe.save_strategy}.`,
        }
      : undefined,
  ),
  rule('best-model-steps', 'error', ['load_best_model_at_end', 'eval_steps', 'save_steps'], ({ recipe }) => {
    const evalSteps = recipe.eval_steps ?? recipe.logging_steps;
    const applies =
      recipe.load_best_model_at_end && recipe.eval_strategy === 'steps' && recipe.save_strategy === 'steps';
    if (!applies || isShare(evalSteps) || isShare(recipe.save_steps) || recipe.save_steps % evalSteps === 0)
      return undefined;
    return {
      key: 'save_steps',
      message: `load_best_model_at_end needs save_steps (${recipe.save_steps}) to be a multiple of eval_steps (${evalSteps}).`,
    };
  }),
  rule('plateau-needs-eval', 'error', ['lr_scheduler_type', 'eval_strategy'], ({ recipe }) =>
    (recipe.lr_scheduler_type === 'reduce_lr_on_plateau' || recipe.lr_scheduler_type === 'greedy') &&
    recipe.eval_strategy === 'no'
      ? { key: 'lr_scheduler_type', message: `${recipe.lr_scheduler_type} follows the evaluation: set eval_strategy.` }
      : undefined,
  ),
  rule('warmup-negative', 'error', ['warmup_steps', 'warmup_ratio'], ({ recipe }) => {
    const key = recipe.warmup_ratio === null ? 'warmup_steps' : 'warmup_ratio';
    return Number(recipe[key]) < 0 ? { key, message: `${key} must not be negative.` } : undefined;
  }),
  rule('warmup-ratio-deprecated', 'warning', ['warmup_ratio'], ({ given, recipe }) =>
    given.has('warmup_ratio') && recipe.warmup_ratio !== null
      ? {
          key: 'warmup_ratio',
          message:
            'warmup_ratio still works, but transformers 5 wants warmup_steps: below 1 it is a share of all steps.',
        }
      : undefined,
  ),
  rule('generate-with-accuracy', 'error', ['predict_with_generate', 'compute_accuracy'], ({ recipe }) =>
    recipe.predict_with_generate && recipe.compute_accuracy
      ? { key: 'compute_accuracy', message: 'predict_with_generate and compute_accuracy cannot both be on.' }
      : undefined,
  ),
];
