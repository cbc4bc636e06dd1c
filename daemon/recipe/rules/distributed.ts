// Rules about sharded training, kernels from elsewhere, and trackers.
import * as l10n from '@vscode/l10n';
import type { ArgumentName } from '../recipe.ts';
import { filled, rule, TRAIN, type Rule, type RuleInput } from './rule.ts';

/** A setting that DeepSpeed ZeRO-3 does not go with. */
const notWithZero3 = (name: string, key: ArgumentName): Rule =>
  rule(
    name,
    'error',
    [key, 'deepspeed'],
    ({ recipe, facts, remove }) =>
      recipe[key] === true && facts.zero3
        ? {
            key,
            message: l10n.t('{0} does not go with DeepSpeed ZeRO-3, where weights are in pieces: remove one of them.', key), // prettier-ignore
            fix: remove(key),
            otherFixes: [remove('deepspeed')],
          }
        : undefined,
    TRAIN,
  );

const reportsToTrackio = ({ parts }: RuleInput): boolean => parts('report_to').some(({ text }) => text === 'trackio');

const ktConflict = (name: string, key: 'predict_with_generate' | 'compute_accuracy'): Rule =>
  rule(name, 'error', ['stage', 'use_kt', key], ({ recipe, remove }) =>
    recipe.stage === 'sft' && recipe.use_kt && recipe[key]
      ? { key, message: l10n.t('KTransformers does not go with {0}.', key), fix: remove(key) }
      : undefined,
    TRAIN,
  ); // prettier-ignore

export const distributedRules: readonly Rule[] = [
  notWithZero3('generate-with-zero3', 'predict_with_generate'),
  notWithZero3('pissa-with-zero3', 'pissa_init'),
  notWithZero3('pure-bf16-with-zero3', 'pure_bf16'),
  notWithZero3('unsloth-with-zero3', 'use_unsloth'),
  notWithZero3('kt-with-zero3', 'use_kt'),
  rule('deepspeed-file', 'warning', ['deepspeed'], ({ recipe, facts }) => {
    const { deepspeed } = facts;
    if (deepspeed !== 'missing' && deepspeed !== 'unreadable') return undefined;
    return {
      key: 'deepspeed',
      on: 'value',
      severity: deepspeed === 'missing' ? 'warning' : 'error',
      message:
        deepspeed === 'missing'
          ? l10n.t('The DeepSpeed file {0} is not here.', typeof recipe.deepspeed === 'string' ? recipe.deepspeed : '')
          : l10n.t('The DeepSpeed configuration is not a JSON object.'),
    };
  }, TRAIN), // prettier-ignore
  ktConflict('kt-generate', 'predict_with_generate'),
  ktConflict('kt-accuracy', 'compute_accuracy'),
  rule('badam-ratio-too-small', 'error', ['use_badam', 'badam_mode', 'badam_update_ratio'], ({ recipe }) =>
    recipe.use_badam && recipe.badam_mode === 'ratio' && recipe.badam_update_ratio <= 1e-6
      ? { key: 'badam_update_ratio', on: 'value', message: l10n.t('The share of weights that BAdam updates must be above 0.') } // prettier-ignore
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('fp8-gather-without-fp8', 'warning', ['fp8_enable_fsdp_float8_all_gather', 'fp8'], ({ recipe, set, remove }) =>
    recipe.fp8_enable_fsdp_float8_all_gather && !recipe.fp8
      ? {
          key: 'fp8_enable_fsdp_float8_all_gather',
          message: l10n.t('fp8_enable_fsdp_float8_all_gather does nothing without fp8: true.'),
          fix: set('fp8', 'true', 'fp8_enable_fsdp_float8_all_gather'),
          otherFixes: [remove('fp8_enable_fsdp_float8_all_gather')],
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('trackio-project', 'error', ['report_to', 'project'], (input) =>
    reportsToTrackio(input) && !filled(input.recipe.project)
      ? { key: 'report_to', message: l10n.t('Trackio needs a project name: set project.') }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('trackio-space', 'warning', ['report_to', 'trackio_space_id'], (input) => {
    const space = input.recipe.trackio_space_id;
    if (!reportsToTrackio(input) || !filled(space) || space === 'trackio' || space?.includes('/')) return undefined;
    return { key: 'trackio_space_id', on: 'value', message: l10n.t('A Trackio space is written owner/name.') };
  }, TRAIN), // prettier-ignore
  rule('trackio-default-project', 'hint', ['report_to', 'project'], (input) =>
    reportsToTrackio(input) && input.recipe.project === 'huggingface'
      ? { key: 'report_to', message: l10n.t('The run goes to the default project; project gives it one of its own.') }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('trackio-private', 'info', ['report_to', 'hub_private_repo'], (input) =>
    reportsToTrackio(input) && input.recipe.hub_private_repo === true
      ? { key: 'hub_private_repo', message: l10n.t('The repository at the hub will be private.') }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('trackio-run-name', 'info', ['report_to', 'run_name'], (input) =>
    reportsToTrackio(input) && !filled(input.recipe.run_name)
      ? { key: 'report_to', message: l10n.t('A run without run_name is hard to find again at Trackio.') }
      : undefined,
    TRAIN,
  ), // prettier-ignore
];
