// What Anneal knows but does not have yet. No fault of the recipe, so a check only mentions it; a run refuses it by name (forRun).
// Here are the values; keys that are not built at all are marked in the arguments table.
import * as l10n from '@vscode/l10n';
import { rule, type Rule } from './rule.ts';

export const notBuiltRules: readonly Rule[] = [
  rule('not-built-yet', 'info', ['stage'], ({ recipe }) =>
    ['rm', 'ppo', 'dpo', 'kto'].includes(recipe.stage)
      ? {
          key: 'stage',
          message: l10n.t('Anneal knows the stage {0}, but does not have it yet: {1} work.', recipe.stage, 'pt, sft'),
        }
      : undefined,
  ),
  rule('not-built-yet', 'info', ['finetuning_type'], ({ recipe }) =>
    recipe.finetuning_type === 'oft'
      ? {
          key: 'finetuning_type',
          message: l10n.t(
            'Anneal knows finetuning_type {0}, but does not have it yet: {1} work.',
            'oft',
            'lora, freeze, full',
          ),
        }
      : undefined,
  ),
  rule('not-built-yet', 'info', ['optim'], ({ recipe }) =>
    ['adamw_torch', 'adamw_torch_fused'].includes(recipe.optim)
      ? undefined
      : {
          key: 'optim',
          message: l10n.t(
            'Anneal knows the optimizer {0}, but does not have it yet: {1} works.',
            recipe.optim,
            'adamw_torch',
          ),
          fix: { title: l10n.t('Change to {0}', 'adamw_torch'), text: 'adamw_torch' },
        },
  ),
  rule('not-built-yet', 'info', ['quantization_method', 'quantization_bit'], ({ recipe }) =>
    recipe.quantization_bit === null || recipe.quantization_method === 'bnb'
      ? undefined
      : {
          key: 'quantization_method',
          message: l10n.t(
            'Anneal knows quantization_method {0}, but does not have it yet: {1} works.',
            recipe.quantization_method,
            'bnb',
          ),
          fix: { title: l10n.t('Change to {0}', 'bnb'), text: 'bnb' },
        },
  ),
];
