// Rules about steps, precision, evaluation and saving.
import * as l10n from '@vscode/l10n';
import type { ArgumentName, Recipe } from '../recipe.ts';
import { rule, TRAIN, type Rule } from './rule.ts';

const isShare = (steps: number | null): steps is number => steps !== null && steps < 1;
const isWhole = (steps: number | null): boolean => steps === null || isShare(steps) || Number.isInteger(steps);

const bothOn = (name: string, first: ArgumentName, second: ArgumentName): Rule =>
  rule(
    name,
    'error',
    [first, second],
    ({ recipe, remove }) =>
      recipe[first] === true && recipe[second] === true
        ? {
            key: first,
            message: l10n.t('{0} and {1} cannot both be on: remove one of them.', first, second),
            fix: remove(first),
            otherFixes: [remove(second)],
          }
        : undefined,
    TRAIN,
  );

type Interval = 'logging_steps' | 'eval_steps' | 'save_steps';
type Strategy = 'logging_strategy' | 'eval_strategy' | 'save_strategy';

/** Above 1 an interval is whole; below it is a share of all steps. */
const wholeSteps = (name: string, steps: Interval, strategy: Strategy): Rule =>
  rule(
    name,
    'error',
    [steps, strategy],
    ({ recipe, set }) =>
      recipe[strategy] === 'steps' && !isWhole(recipe[steps])
        ? {
            key: steps,
            on: 'value',
            message: l10n.t('{0} above 1 must be a whole number; below 1 it is a share of all steps.', steps),
            fix: set(steps, String(Math.round(recipe[steps] ?? 1))),
          }
        : undefined,
    TRAIN,
  );

const followsEvaluation = (name: string, schedule: string): Rule =>
  rule(
    name,
    'error',
    ['lr_scheduler_type', 'eval_strategy'],
    ({ recipe, set }) =>
      recipe.lr_scheduler_type === schedule && recipe.eval_strategy === 'no'
        ? {
            key: 'lr_scheduler_type',
            message: l10n.t('The schedule {0} follows the evaluation: set eval_strategy.', schedule),
            fix: set('eval_strategy', 'epoch', 'lr_scheduler_type'),
          }
        : undefined,
    TRAIN,
  );

export const trainingRules: readonly Rule[] = [
  rule('attention-unknown', 'error', ['flash_attn'], ({ recipe, set }) =>
    recipe.flash_attn === 'fa3'
      ? {
          key: 'flash_attn',
          on: 'value',
          message: l10n.t('flash_attn fa3 is refused when a model loads, although it is listed: take fa2 or auto.'),
          fix: set('flash_attn', 'auto'),
        }
      : undefined,
  ),
  bothOn('fp16-and-bf16', 'fp16', 'bf16'),
  bothOn('fp16-and-bf16-eval', 'fp16_full_eval', 'bf16_full_eval'),
  rule('logging-steps-zero', 'error', ['logging_steps', 'logging_strategy'], ({ recipe, set }) =>
    recipe.logging_strategy === 'steps' && recipe.logging_steps === 0
      ? {
          key: 'logging_steps',
          on: 'value',
          message: l10n.t('logging_steps must not be 0: set it to 1 or more, or logging_strategy to "no".'),
          fix: set('logging_steps', '1'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('save-steps-zero', 'warning', ['save_steps', 'save_strategy'], ({ recipe, set }) =>
    recipe.save_strategy === 'steps' && recipe.save_steps === 0
      ? {
          key: 'save_steps',
          on: 'value',
          message: l10n.t('With save_steps 0 no checkpoint is ever written: set it to 1 or more, or save_strategy to "no".'),
          fix: set('save_strategy', '"no"', 'save_steps'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  wholeSteps('logging-steps-fraction', 'logging_steps', 'logging_strategy'),
  wholeSteps('eval-steps-fraction', 'eval_steps', 'eval_strategy'),
  wholeSteps('save-steps-fraction', 'save_steps', 'save_strategy'),
  rule('eval-steps-zero', 'error', ['eval_steps', 'logging_steps', 'eval_strategy'], ({ recipe, set }) =>
    recipe.eval_strategy === 'steps' && !recipe.eval_steps && !(recipe.logging_steps > 0)
      ? {
          key: 'eval_strategy',
          message: l10n.t('eval_strategy steps needs eval_steps (or logging_steps) above 0.'),
          fix: set('eval_steps', '100', 'eval_strategy'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('empty-cache-steps', 'error', ['torch_empty_cache_steps'], ({ recipe, remove }) => {
    const { torch_empty_cache_steps: steps } = recipe;
    if (steps === null || (Number.isInteger(steps) && steps > 0)) return undefined;
    const message = l10n.t('torch_empty_cache_steps must be a whole number above 0.');
    return { key: 'torch_empty_cache_steps', on: 'value', message, fix: remove('torch_empty_cache_steps') };
  }, TRAIN), // prettier-ignore
  ...bestModelRules(),
  rule('early-stopping-without-evaluation', 'error', ['early_stopping_steps', 'eval_strategy', 'load_best_model_at_end', 'metric_for_best_model', 'lr_scheduler_type', 'stage', 'do_train'], ({ recipe, set, remove }) => { // prettier-ignore
    if (recipe.early_stopping_steps === null || recipe.stage === 'ppo' || !recipe.do_train) return undefined;
    const measured = recipe.load_best_model_at_end || recipe.metric_for_best_model !== null || ['reduce_lr_on_plateau', 'greedy'].includes(recipe.lr_scheduler_type); // prettier-ignore
    if (recipe.eval_strategy !== 'no' && measured) return undefined;
    return {
      key: 'early_stopping_steps',
      message:
        recipe.eval_strategy === 'no'
          ? l10n.t('early_stopping_steps counts evaluations, and there are none: set eval_strategy.')
          : l10n.t('early_stopping_steps needs to know what is better: set load_best_model_at_end or metric_for_best_model.'), // prettier-ignore
      fix: recipe.eval_strategy === 'no' ? set('eval_strategy', 'steps', 'early_stopping_steps') : set('load_best_model_at_end', 'true', 'early_stopping_steps'), // prettier-ignore
      otherFixes: [remove('early_stopping_steps')],
    };
  }, TRAIN), // prettier-ignore
  followsEvaluation('plateau-needs-eval', 'reduce_lr_on_plateau'),
  followsEvaluation('greedy-needs-eval', 'greedy'),
  rule('warmup-negative', 'error', ['warmup_steps', 'warmup_ratio'], ({ recipe }) => {
    const key = recipe.warmup_ratio === null ? 'warmup_steps' : 'warmup_ratio';
    return Number(recipe[key]) < 0
      ? { key, on: 'value', message: l10n.t('{0} must not be negative.', key) }
      : undefined;
  }, TRAIN), // prettier-ignore
  rule('warmup-ratio-deprecated', 'warning', ['warmup_ratio', 'warmup_steps'], ({ recipe, given, rename }) =>
    recipe.warmup_ratio !== null
      ? {
          key: 'warmup_ratio',
          on: 'key',
          message: l10n.t('warmup_ratio still works, but is announced for removal: in warmup_steps a number below 1 is a share of all steps.'), // prettier-ignore
          fix: given.has('warmup_steps') || recipe.warmup_ratio >= 1 ? undefined : rename('warmup_ratio', 'warmup_steps'), // prettier-ignore
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('logging-dir-deprecated', 'warning', ['logging_dir'], ({ recipe, remove }) =>
    recipe.logging_dir !== null
      ? {
          key: 'logging_dir',
          on: 'key',
          message: l10n.t('logging_dir is announced for removal: the environment variable TENSORBOARD_LOGGING_DIR takes its place.'), // prettier-ignore
          fix: remove('logging_dir'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('local-rank-deprecated', 'warning', ['local_rank'], ({ given, remove }) =>
    given.has('local_rank')
      ? {
          key: 'local_rank',
          on: 'key',
          message: l10n.t('local_rank is set by the launcher: leave it out of recipes.'),
          fix: remove('local_rank'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('prefetch-without-workers', 'error', ['dataloader_prefetch_factor', 'dataloader_num_workers'], ({ recipe, remove, set }) => // prettier-ignore
    recipe.dataloader_prefetch_factor !== null && recipe.dataloader_num_workers === 0
      ? {
          key: 'dataloader_prefetch_factor',
          message: l10n.t('dataloader_prefetch_factor needs loader processes: set dataloader_num_workers above 0.'),
          fix: set('dataloader_num_workers', '4', 'dataloader_prefetch_factor'),
          otherFixes: [remove('dataloader_prefetch_factor')],
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('generate-with-accuracy', 'error', ['predict_with_generate', 'compute_accuracy'], ({ recipe, remove }) =>
    recipe.predict_with_generate && recipe.compute_accuracy
      ? {
          key: 'compute_accuracy',
          message: l10n.t('predict_with_generate and compute_accuracy cannot both be on.'),
          fix: remove('compute_accuracy'),
          otherFixes: [remove('predict_with_generate')],
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('predict-without-generate', 'error', ['stage', 'do_predict', 'predict_with_generate'], ({ recipe, set }) =>
    recipe.stage === 'sft' && recipe.do_predict && !recipe.predict_with_generate
      ? {
          key: 'do_predict',
          message: l10n.t('do_predict writes generated answers: set predict_with_generate: true.'),
          fix: set('predict_with_generate', 'true', 'do_predict'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('no-mixed-precision', 'hint', ['do_train', 'fp16', 'bf16', 'pure_bf16'], ({ recipe }) =>
    recipe.do_train && !recipe.fp16 && !recipe.bf16 && !recipe.pure_bf16
      ? { key: 'do_train', message: l10n.t('Without bf16 or fp16 LLaMA-Factory trains in single precision, which is slower and larger on a GPU.') } // prettier-ignore
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('unusual-learning-rate', 'warning', ['learning_rate', 'finetuning_type', 'optim', 'train_from_scratch', 'use_galore', 'use_apollo'], ({ recipe, given }) => { // prettier-ignore
    const { learning_rate: rate, finetuning_type: method } = recipe;
    const [low, high] = usualRates(recipe);
    if (!given.has('learning_rate') || !recipe.do_train || (rate >= low && rate <= high)) return undefined;
    const message = l10n.t('A learning rate of {0} is far from what works for {1}: {2} to {3} is usual.', rate, method, ...usual(method)); // prettier-ignore
    return { key: 'learning_rate', on: 'value', message };
  }, TRAIN), // prettier-ignore
];

const usual = (method: string): [string, string] => (method === 'lora' || method === 'oft' ? ['1e-5', '1e-3'] : ['1e-6', '1e-4']); // prettier-ignore

/** Beyond these a run hardly learns, or falls apart. */
function usualRates(recipe: Recipe): readonly [number, number] {
  const free = recipe.train_from_scratch || recipe.use_galore || recipe.use_apollo || /^(sgd|lomo|adalomo|adagrad|adafactor|rmsprop)/.test(recipe.optim); // prettier-ignore
  if (free) return [1e-8, 1];
  return recipe.finetuning_type === 'lora' || recipe.finetuning_type === 'oft' ? [1e-7, 5e-3] : [1e-8, 1e-3];
}

/** load_best_model_at_end needs checkpoints where the evaluations are. */
function bestModelRules(): Rule[] {
  const keys = ['load_best_model_at_end', 'eval_strategy', 'save_strategy', 'eval_steps', 'save_steps', 'logging_steps'] as const; // prettier-ignore
  const stepsOf = (recipe: Recipe): { evalSteps: number; saveSteps: number } | undefined =>
    recipe.load_best_model_at_end && recipe.eval_strategy === 'steps' && recipe.save_strategy === 'steps'
      ? { evalSteps: recipe.eval_steps ?? recipe.logging_steps, saveSteps: recipe.save_steps }
      : undefined;
  return [
    rule('best-model-strategies', 'error', keys.slice(0, 3), ({ recipe, set, remove }) =>
      recipe.load_best_model_at_end && recipe.save_strategy !== 'best' && recipe.eval_strategy !== recipe.save_strategy
        ? {
            key: 'load_best_model_at_end',
            message: l10n.t('load_best_model_at_end needs eval_strategy and save_strategy to be the same; they are {0} and {1}.', recipe.eval_strategy, recipe.save_strategy), // prettier-ignore
            fix: recipe.eval_strategy === 'no' ? set('eval_strategy', recipe.save_strategy, 'load_best_model_at_end') : set('save_strategy', recipe.eval_strategy, 'load_best_model_at_end'), // prettier-ignore
            otherFixes: [remove('load_best_model_at_end')],
          }
        : undefined,
      TRAIN,
    ), // prettier-ignore
    rule('best-model-steps', 'error', keys, ({ recipe, set }) => {
      const steps = stepsOf(recipe);
      if (!steps || !(steps.evalSteps >= 1) || steps.saveSteps < 1 || steps.saveSteps % steps.evalSteps === 0)
        return undefined;
      const { evalSteps, saveSteps } = steps;
      const up = Math.ceil(saveSteps / evalSteps) * evalSteps;
      return {
        key: 'load_best_model_at_end',
        message: l10n.t('load_best_model_at_end needs save_steps ({0}) to be a multiple of eval_steps ({1}).', saveSteps, evalSteps), // prettier-ignore
        fix: set('save_steps', String(up), 'load_best_model_at_end'),
      };
    }, TRAIN), // prettier-ignore
    rule('best-model-steps-mixed', 'error', keys, ({ recipe }) => {
      const steps = stepsOf(recipe);
      if (!steps || isShare(steps.evalSteps) === isShare(steps.saveSteps)) return undefined;
      if (steps.saveSteps % steps.evalSteps === 0) return undefined;
      const message = l10n.t('load_best_model_at_end needs eval_steps and save_steps both as numbers of steps, or both as shares.'); // prettier-ignore
      return { key: 'load_best_model_at_end', message };
    }, TRAIN), // prettier-ignore
    rule('best-model-steps-shares', 'error', keys, ({ recipe }) => {
      const steps = stepsOf(recipe);
      if (!steps || !isShare(steps.evalSteps) || !isShare(steps.saveSteps)) return undefined;
      // in millionths, as transformers compares them
      if ((steps.saveSteps * 1e6) % (steps.evalSteps * 1e6) === 0) return undefined;
      const message = l10n.t('load_best_model_at_end needs the share save_steps to be a multiple of the share eval_steps.'); // prettier-ignore
      return { key: 'load_best_model_at_end', message };
    }, TRAIN), // prettier-ignore
    rule('best-model-in-rm-ppo', 'error', ['stage', 'load_best_model_at_end'], ({ recipe, remove }) =>
      ['rm', 'ppo'].includes(recipe.stage) && recipe.load_best_model_at_end
        ? {
            key: 'load_best_model_at_end',
            message: l10n.t('Stage {0} cannot go back to its best checkpoint: remove load_best_model_at_end.', recipe.stage), // prettier-ignore
            fix: remove('load_best_model_at_end'),
          }
        : undefined,
      TRAIN,
    ), // prettier-ignore
  ];
}
