// Rules about the way a model is tuned: LoRA and what needs it, adapters, optimizers that save memory, new tokens.
import * as l10n from '@vscode/l10n';
import type { ArgumentName } from '../recipe.ts';
import { filled, rule, TRAIN, type Problem, type Rule, type RuleInput } from './rule.ts';

/** A setting that means something for finetuning_type lora only. */
const loraOnly = (name: string, key: ArgumentName): Rule =>
  rule(name, 'error', [key, 'finetuning_type'], ({ recipe, remove, set }) => {
    const on = key === 'loraplus_lr_ratio' ? recipe[key] !== null : recipe[key] === true;
    if (!on || recipe.finetuning_type === 'lora') return undefined;
    return {
      key,
      message: l10n.t('{0} needs finetuning_type lora, and this is {1}.', key, recipe.finetuning_type),
      fix: remove(key),
      otherFixes: [set('finetuning_type', 'lora')],
    };
  });

const LOW_RANK = ['use_galore', 'use_apollo', 'use_badam'] as const;

/** GaLore and APOLLO take these optimizers; the default of a recipe, adamw_torch_fused, is none of them. */
const OPTIMIZERS = {
  use_galore: ['adamw_torch', 'adamw_bnb_8bit', 'adamw_8bit', 'paged_adamw_8bit', 'adafactor'],
  use_apollo: ['adamw_torch'],
} as const;

/** An optimizer that is named is refused; the default is told as a remark, as transformers before 5 had another. */
const takesOptimizer = (name: string, key: 'use_galore' | 'use_apollo', named: boolean): Rule =>
  rule(
    name,
    named ? 'error' : 'info',
    [key, 'optim'],
    ({ recipe, given, set }) => {
      const taken: readonly string[] = OPTIMIZERS[key];
      if (!recipe[key] || taken.includes(recipe.optim) || given.has('optim') !== named) return undefined;
      const names = taken.join(', ');
      return {
        key: named ? 'optim' : key,
        message: named
          ? l10n.t('{0} takes the optimizers {1}, not {2}.', key, names, recipe.optim)
          : l10n.t('{0} takes the optimizers {1}, and the default is {2}: set optim.', key, names, recipe.optim),
        fix: set('optim', 'adamw_torch', key),
      };
    },
    TRAIN,
  );

const layerwise = (
  name: string,
  key: 'use_galore' | 'use_apollo',
  flag: 'galore_layerwise' | 'apollo_layerwise',
): Rule =>
  // prettier-ignore
  rule(
    name,
    'error',
    [key, flag, 'gradient_accumulation_steps'],
    ({ recipe, set }) =>
      recipe[key] && recipe[flag] && recipe.gradient_accumulation_steps !== 1
        ? {
            key: 'gradient_accumulation_steps',
            message: l10n.t('{0} updates each layer at once and cannot accumulate gradients: set gradient_accumulation_steps to 1.', flag), // prettier-ignore
            fix: set('gradient_accumulation_steps', '1'),
            otherFixes: [set(flag, 'false')],
          }
        : undefined,
    TRAIN,
  );

/** One text with commas; LLaMA-Factory fails on a list. The value itself is refused when it is read. */
export const methodRules: readonly Rule[] = [
  rule('adapter-without-lora', 'error', ['adapter_name_or_path', 'finetuning_type'], ({ recipe, remove, set }) =>
    filled(recipe.adapter_name_or_path) && recipe.finetuning_type !== 'lora'
      ? {
          key: 'adapter_name_or_path',
          message: l10n.t('An adapter can only be loaded when finetuning_type is lora, and this is {0}.', recipe.finetuning_type), // prettier-ignore
          fix: set('finetuning_type', 'lora', 'adapter_name_or_path'),
          otherFixes: [remove('adapter_name_or_path')],
        }
      : undefined,
  ),
  loraOnly('rslora-needs-lora', 'use_rslora'),
  loraOnly('dora-needs-lora', 'use_dora'),
  loraOnly('pissa-needs-lora', 'pissa_init'),
  loraOnly('loraplus-needs-lora', 'loraplus_lr_ratio'),
  rule('llama-pro-with-full', 'error', ['use_llama_pro', 'finetuning_type'], ({ recipe, remove, set }) =>
    recipe.use_llama_pro && recipe.finetuning_type === 'full'
      ? {
          key: 'use_llama_pro',
          message: l10n.t('use_llama_pro trains added blocks only: it needs finetuning_type freeze or lora.'),
          fix: set('finetuning_type', 'freeze'),
          otherFixes: [remove('use_llama_pro')],
        }
      : undefined,
  ),
  rule('lora-with-low-rank-optimizer', 'error', ['finetuning_type', ...LOW_RANK], ({ recipe, remove, set }) =>
    recipe.finetuning_type === 'lora'
      ? LOW_RANK.filter((key) => recipe[key]).map((key) => ({
          key,
          message: l10n.t('{0} saves memory on full weights and does not go with finetuning_type lora.', key),
          fix: set('finetuning_type', 'full', key),
          otherFixes: [remove(key)],
        }))
      : undefined,
  ),
  rule('several-low-rank-optimizers', 'error', LOW_RANK, ({ recipe, remove }) => {
    const [first, ...more] = LOW_RANK.filter((key) => recipe[key]);
    return more.map((key) => ({
      key,
      message: l10n.t('Only one of use_galore, use_apollo and use_badam can be on: {0} is on already.', first ?? ''),
      fix: remove(key),
    }));
  }),
  rule(
    'galore-apollo-with-deepspeed',
    'error',
    ['use_galore', 'use_apollo', 'deepspeed'],
    ({ recipe, remove }) => {
      const key = recipe.use_galore ? 'use_galore' : recipe.use_apollo ? 'use_apollo' : undefined;
      if (key === undefined || !filled(recipe.deepspeed)) return undefined;
      return {
        key: 'deepspeed',
        message: l10n.t('{0} does not go with DeepSpeed: remove one of them.', key),
        fix: remove('deepspeed'),
        otherFixes: [remove(key)],
      };
    },
    TRAIN,
  ),
  layerwise('galore-layerwise-accumulation', 'use_galore', 'galore_layerwise'),
  layerwise('apollo-layerwise-accumulation', 'use_apollo', 'apollo_layerwise'),
  takesOptimizer('galore-optimizer', 'use_galore', true),
  takesOptimizer('galore-default-optimizer', 'use_galore', false),
  takesOptimizer('apollo-optimizer', 'use_apollo', true),
  takesOptimizer('apollo-default-optimizer', 'use_apollo', false),
  rule(
    'low-rank-optimizer-mixed-precision',
    'warning',
    ['do_train', 'use_galore', 'use_apollo', 'pure_bf16'],
    ({ recipe, set }) => {
      const key = recipe.use_galore ? 'use_galore' : recipe.use_apollo ? 'use_apollo' : undefined;
      if (key === undefined || !recipe.do_train || recipe.pure_bf16) return undefined;
      const message = l10n.t('{0} saves little memory unless pure_bf16 is on.', key);
      return { key, message, fix: set('pure_bf16', 'true', key) };
    },
    TRAIN,
  ),
  rule(
    'resized-vocab-untrained',
    'warning',
    [
      'do_train',
      'finetuning_type',
      'quantization_bit',
      'resize_vocab',
      'add_tokens',
      'add_special_tokens',
      'additional_target',
    ],
    ({ recipe, parts, set }) => {
      const key = (['resize_vocab', 'add_tokens', 'add_special_tokens'] as const).find((each) => filled(recipe[each]) && recipe[each] !== false); // prettier-ignore
      const embeds = parts('additional_target').some(({ text }) => /emb|wte|^all$/i.test(text));
      return recipe.do_train && key !== undefined && recipe.finetuning_type === 'lora' && recipe.quantization_bit === null && !embeds // prettier-ignore
        ? {
            key,
            message: l10n.t(
              'New tokens stay untrained unless the embeddings are trained too: set additional_target to embed_tokens,lm_head.',
            ),
            fix: set('additional_target', 'embed_tokens,lm_head', key),
          }
        : undefined;
    },
    TRAIN,
  ),
  rule(
    'special-tokens-given-twice',
    'warning',
    ['new_special_tokens_config', 'add_special_tokens'],
    ({ recipe, remove }) =>
      // prettier-ignore
      recipe.new_special_tokens_config !== null && recipe.add_special_tokens !== null
      ? {
          key: 'add_special_tokens',
          message: l10n.t('add_special_tokens is not looked at: the file of new_special_tokens_config wins.'),
          fix: remove('add_special_tokens'),
        }
      : undefined,
  ),
  rule(
    'special-token-init-without-descriptions',
    'warning',
    ['init_special_tokens', 'new_special_tokens_config'],
    ({ recipe, set }) =>
      recipe.init_special_tokens.startsWith('desc_init') && recipe.new_special_tokens_config === null
        ? {
            key: 'init_special_tokens',
            message: l10n.t('Without the descriptions of new_special_tokens_config, {0} does what noise_init does.', recipe.init_special_tokens), // prettier-ignore
            fix: set('init_special_tokens', 'noise_init'),
          }
        : undefined,
  ),
  rule('freeze-nothing-trained', 'error', ['finetuning_type', 'freeze_trainable_layers', 'freeze_extra_modules', 'use_llama_pro'], ({ recipe, remove }) => // prettier-ignore
    recipe.finetuning_type === 'freeze' && recipe.freeze_trainable_layers === 0 && !filled(recipe.freeze_extra_modules)
      ? {
          key: 'freeze_trainable_layers',
          on: 'value',
          message: l10n.t('freeze_trainable_layers 0 trains no layer at all: name how many of the last ones, or of the first ones as a negative number.'), // prettier-ignore
          fix: remove('freeze_trainable_layers'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  ...adapterRules(),
];

/** Rules about several adapters. */
function adapterRules(): Rule[] {
  const several = ({ parts }: RuleInput, message: string): Problem | undefined =>
    parts('adapter_name_or_path').length > 1 ? { key: 'adapter_name_or_path', on: 'value', message } : undefined;
  return [
    rule('several-adapters-zero3', 'error', ['adapter_name_or_path', 'deepspeed'], (input) => input.facts.zero3 ? several(input, l10n.t('DeepSpeed ZeRO-3 takes one adapter: merge them first.')) : undefined, TRAIN), // prettier-ignore
    rule('several-adapters-unsloth', 'error', ['adapter_name_or_path', 'use_unsloth'], (input) => input.recipe.use_unsloth ? several(input, l10n.t('Unsloth takes one adapter: merge them first.')) : undefined, TRAIN), // prettier-ignore
  ];
}
