// Rules about datasets, mixing, splitting, streaming and masks.
import * as l10n from '@vscode/l10n';
import type { ArgumentName, Recipe } from '../recipe.ts';
import { splitList } from '../resolve.ts';
import { filled, rule, TRAIN, type Problem, type Rule, type RuleInput } from './rule.ts';

/** There must be one share for each dataset of a key. */
const shareCount = ({ recipe, parts }: RuleInput, key: 'dataset' | 'eval_dataset'): Problem | undefined => {
  if (!filled(recipe.interleave_probs) || !filled(recipe[key])) return undefined;
  const [shares, sets] = [splitList(recipe.interleave_probs).length, parts(key).length];
  return shares === sets
    ? undefined
    : {
        key: 'interleave_probs',
        on: 'value',
        message: l10n.t('interleave_probs has {0} numbers, but {1} names {2}: give one for each.', shares, key, sets),
      };
};

const interleaves = ({ mix_strategy: strategy }: Recipe): boolean => strategy.startsWith('interleave');

const duplicates = ({ parts, set }: RuleInput, key: 'dataset' | 'eval_dataset'): Problem[] => {
  const seen = new Set<string>();
  const names = parts(key);
  const once = [...new Set(names.map(({ text }) => text))].join(',');
  return names.flatMap(({ text, range }) => {
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    const message = l10n.t('{0} is listed twice in {1}: its rows would count double.', text, key);
    return [{ key, on: 'value', range, message, fix: set(key, once) }];
  });
};

export const dataRules: readonly Rule[] = [
  rule('val-size-without-dataset', 'error', ['val_size', 'dataset'], ({ recipe, remove }) =>
    recipe.val_size > 1e-6 && !filled(recipe.dataset)
      ? {
          key: 'val_size',
          message: l10n.t('val_size holds out a part of dataset, but dataset is not given.'),
          fix: remove('val_size'),
        }
      : undefined,
  ),
  rule('val-size-with-eval-dataset', 'error', ['val_size', 'eval_dataset'], ({ recipe, remove }) =>
    recipe.val_size > 1e-6 && filled(recipe.eval_dataset)
      ? {
          key: 'val_size',
          message: l10n.t('val_size and eval_dataset both say what to evaluate on: remove one of them.'),
          fix: remove('val_size'),
          otherFixes: [remove('eval_dataset')],
        }
      : undefined,
  ),
  rule('val-size-fraction', 'warning', ['val_size'], ({ recipe, set }) =>
    recipe.val_size > 1 && !Number.isInteger(recipe.val_size)
      ? {
          key: 'val_size',
          on: 'value',
          message: l10n.t('Above 1 val_size is a number of rows; the fraction is dropped.'),
          fix: set('val_size', String(Math.trunc(recipe.val_size))),
        }
      : undefined,
  ),
  rule('interleave-probs-with-concat', 'error', ['mix_strategy', 'interleave_probs'], ({ recipe, set, remove }) =>
    recipe.mix_strategy === 'concat' && recipe.interleave_probs !== null
      ? {
          key: 'interleave_probs',
          message: l10n.t(
            'interleave_probs has no meaning with mix_strategy concat: choose interleave_under or interleave_over.',
          ),
          fix: set('mix_strategy', 'interleave_under', 'interleave_probs'),
          otherFixes: [remove('interleave_probs')],
        }
      : undefined,
  ),
  rule('interleave-probs-not-numbers', 'error', ['interleave_probs'], ({ parts }) =>
    parts('interleave_probs')
      .filter(({ text }) => Number.isNaN(Number(text)))
      .slice(0, 1)
      .map(({ text, range }) => ({
        key: 'interleave_probs',
        on: 'value',
        range,
        message: l10n.t('interleave_probs must be numbers with commas between, and "{0}" is none.', text),
      })),
  ),
  rule('interleave-probs-count', 'error', ['interleave_probs', 'dataset'], (input) => shareCount(input, 'dataset')),
  rule('interleave-probs-count-eval', 'error', ['interleave_probs', 'eval_dataset'], (input) =>
    shareCount(input, 'eval_dataset'),
  ),
  rule('interleave-probs-sum', 'error', ['interleave_probs', 'mix_strategy', 'dataset'], ({ recipe, parts }) => {
    const shares = parts('interleave_probs').map(({ text }) => Number(text));
    if (shares.length === 0 || shares.some(Number.isNaN) || !interleaves(recipe)) return undefined;
    const sum = shares.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) < 1e-6 && shares.every((share) => share >= 0)) return undefined;
    return {
      key: 'interleave_probs',
      on: 'value',
      message: shares.some((share) => share < 0)
        ? l10n.t('The shares of interleave_probs must not be negative.')
        : l10n.t('The shares of interleave_probs must make 1 together; they make {0}.', Number(sum.toPrecision(6))),
    };
  }),
  rule('streaming-fractional-val-size', 'error', ['streaming', 'val_size'], ({ recipe, set }) =>
    recipe.streaming && recipe.val_size > 1e-6 && recipe.val_size < 1
      ? {
          key: 'val_size',
          message: l10n.t('A stream has no known length, so val_size must be a number of rows there.'),
          fix: set('val_size', '100'),
        }
      : undefined,
  ),
  rule('streaming-with-max-samples', 'error', ['streaming', 'max_samples'], ({ recipe, remove, set }) =>
    recipe.streaming && recipe.max_samples !== null
      ? {
          key: 'max_samples',
          message: l10n.t('max_samples cannot be used with streaming: bound the run with max_steps.'),
          fix: remove('max_samples'),
          otherFixes: [set('streaming', 'false')],
        }
      : undefined,
  ),
  rule(
    'streaming-without-max-steps',
    'error',
    ['streaming', 'max_steps'],
    ({ recipe, set }) =>
      recipe.streaming && recipe.max_steps === -1
        ? {
            key: 'streaming',
            message: l10n.t('A stream has no known length: set max_steps.'),
            fix: set('max_steps', '1000', 'streaming'),
          }
        : undefined,
    TRAIN,
  ),
  rule(
    'streaming-with-tokenized-path',
    'error',
    ['streaming', 'tokenized_path'],
    ({ recipe, facts, set, remove }) =>
      recipe.streaming && recipe.tokenized_path !== null && facts.files?.kind(recipe.tokenized_path) === undefined && facts.files // prettier-ignore
        ? {
            key: 'tokenized_path',
            message: l10n.t('Preprocessed data can only be written without streaming: remove one of the two.'),
            fix: set('streaming', 'false'),
            otherFixes: [remove('tokenized_path')],
          }
        : undefined,
    TRAIN,
  ),
  rule('mask-history-with-train-on-prompt', 'error', ['mask_history', 'train_on_prompt'], ({ recipe, remove }) =>
    recipe.mask_history && recipe.train_on_prompt
      ? {
          key: 'mask_history',
          message: l10n.t(
            'mask_history trains only the last answer, train_on_prompt trains everything: remove one of them.',
          ),
          fix: remove('train_on_prompt'),
          otherFixes: [remove('mask_history')],
        }
      : undefined,
  ),
  ...sftOnly('mask-flags-outside-sft', ['train_on_prompt', 'mask_history']),
  ...sftOnly('neat-packing-outside-sft', ['neat_packing']),
  ...sftOnly('generate-outside-sft', ['predict_with_generate']),
  rule('duplicate-dataset', 'warning', ['dataset', 'eval_dataset'], (input) => [
    ...duplicates(input, 'dataset'),
    ...duplicates(input, 'eval_dataset'),
  ]),
];

function sftOnly(name: string, keys: readonly ArgumentName[]): Rule[] {
  const check = ({ recipe, remove }: RuleInput): Problem[] =>
    recipe.stage === 'sft'
      ? []
      : keys
          .filter((key) => recipe[key] === true)
          .map((key) => ({
            key,
            message: l10n.t('{0} is for stage sft, and this is {1}: remove it.', key, recipe.stage),
            fix: remove(key),
          }));
  return [rule(name, 'error', ['stage', ...keys], check, TRAIN)];
}
