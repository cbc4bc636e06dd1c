// Keys without which a recipe cannot run, and recipes that would do nothing.
import * as l10n from '@vscode/l10n';
import type { ArgumentName } from '../recipe.ts';
import { EXPORT, filled, rule, TRAIN, type Rule } from './rule.ts';

/** What says that an evaluation set is wanted. */
const EVALUATION: readonly ArgumentName[] = ['do_eval', 'do_predict', 'predict_with_generate', 'eval_strategy', 'eval_dataset', 'val_size']; // prettier-ignore

export const requiredRules: readonly Rule[] = [
  rule('model-missing', 'error', ['model_name_or_path'], ({ recipe }) =>
    filled(recipe.model_name_or_path)
      ? undefined
      : {
          key: 'model_name_or_path',
          message: l10n.t(
            'A recipe needs a model: set model_name_or_path to a folder or the name of a model on the hub.',
          ),
        },
  ),
  rule(
    'dataset-missing',
    'error',
    ['dataset', 'do_train'],
    ({ recipe, given, facts, set }) => {
      if (!recipe.do_train || filled(recipe.dataset)) return undefined;
      const info = facts.datasetInfo;
      const [first] = info?.state === 'read' ? [...info.entries.keys()] : [];
      return {
        key: given.has('dataset') ? 'dataset' : 'do_train',
        message: l10n.t('Training needs data: name one or more entries of dataset_info.json in dataset.'),
        fix: first === undefined ? undefined : set('dataset', first, 'do_train'),
      };
    },
    TRAIN,
  ),
  rule(
    'evaluation-data-missing',
    'error',
    EVALUATION,
    ({ recipe, set }) => {
      const during = recipe.eval_strategy !== 'no';
      const why = EVALUATION.slice(0, 3).find((key) => recipe[key] === true) ?? (during ? 'eval_strategy' : undefined);
      if (why === undefined || filled(recipe.eval_dataset) || recipe.val_size >= 1e-6) return undefined;
      return {
        key: why,
        message: l10n.t(
          'Evaluation needs data: name eval_dataset, or hold out a part of dataset with val_size; {0} asks for it.',
          why,
        ),
        fix: filled(recipe.dataset) && recipe.do_train ? set('val_size', '0.1', why) : undefined,
      };
    },
    TRAIN,
  ),
  rule(
    'ppo-without-reward-model',
    'error',
    ['stage', 'reward_model'],
    ({ recipe }) =>
      recipe.stage === 'ppo' && !filled(recipe.reward_model)
        ? { key: 'stage', message: l10n.t('Stage ppo needs a reward model: set reward_model.') }
        : undefined,
    TRAIN,
  ),
  rule(
    'export-dir-missing',
    'error',
    ['export_dir'],
    ({ recipe, set }) =>
      filled(recipe.export_dir)
        ? undefined
        : {
            key: 'export_dir',
            message: l10n.t('An export needs a folder to write to: set export_dir.'),
            fix: set('export_dir', 'output/merged'),
          },
    EXPORT,
  ),
  rule(
    'eval-task-missing',
    'error',
    ['task'],
    ({ recipe }) =>
      filled(recipe.task)
        ? undefined
        : { key: 'task', message: l10n.t('A benchmark run needs its name: set task, for example to mmlu_test.') },
    ['eval'],
  ),
  rule(
    'no-task-enabled',
    'warning',
    ['do_train', 'do_eval', 'do_predict', 'eval_strategy'],
    ({ recipe, set }) =>
      recipe.do_train || recipe.do_eval || recipe.do_predict || recipe.eval_strategy !== 'no' || recipe.stage === 'ppo'
        ? undefined
        : {
            key: 'do_train',
            message: l10n.t(
              'Nothing would happen: none of do_train, do_eval and do_predict is on. Set do_train: true to train.',
            ),
            fix: set('do_train', 'true', 'stage'),
          },
    TRAIN,
  ),
];
