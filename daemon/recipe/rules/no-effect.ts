// Keys that are valid, but do nothing with the stage, method or other settings chosen here. Which, says the arguments table.
import * as l10n from '@vscode/l10n';
import type { Argument } from '../argument.ts';
import { appliesTo } from '../commands.ts';
import { argumentNames, argumentOf, type ArgumentName, type Recipe } from '../recipe.ts';
import { splitList } from '../resolve.ts';
import { reasoningTemplates, templateNames } from '../template-names.ts';
import { rule, type Problem, type Rule, type RuleInput } from './rule.ts';

/** The keys of a method do nothing with another one. */
const methods: Readonly<Record<string, readonly string[]>> = { lora: ['lora'], oft: ['oft'], freeze: ['freeze'] };

/** Keys whose group says one thing and whose use another: use_llama_pro takes them with LoRA too, and so on. */
const elsewhere: Partial<Readonly<Record<ArgumentName, (recipe: Recipe) => boolean>>> = {
  freeze_trainable_layers: (recipe) => recipe.use_llama_pro,
  additional_target: (recipe) => recipe.finetuning_type === 'oft',
  module_dropout: () => true,
  create_new_adapter: (recipe) => recipe.finetuning_type === 'oft',
};

/** Reasons that the arguments table has no field for. */
const reasons: Partial<Readonly<Record<ArgumentName, (recipe: Recipe) => string | undefined>>> = {
  packing: ({ stage }) =>
    stage === 'pt' || stage === 'sft'
      ? undefined
      : l10n.t('{0} does nothing in stage {1}: it is for {2}.', 'packing', stage, 'pt, sft'),
  warmup_steps: ({ lr_scheduler_type: schedule, warmup_steps: steps }) =>
    schedule === 'constant' && steps > 0
      ? l10n.t('The schedule constant has no warm-up, so {0} does nothing: take constant_with_warmup.', 'warmup_steps')
      : undefined,
  warmup_ratio: ({ lr_scheduler_type: schedule, warmup_ratio: ratio }) =>
    schedule === 'constant' && (ratio ?? 0) > 0
      ? l10n.t('The schedule constant has no warm-up, so {0} does nothing: take constant_with_warmup.', 'warmup_ratio')
      : undefined,
  logging_steps: ({ logging_strategy: when, eval_strategy: evaluates, eval_steps: steps }) =>
    when !== 'steps' && (evaluates !== 'steps' || (steps ?? 0) > 0)
      ? l10n.t('{0} does nothing unless {1} is {2}.', 'logging_steps', 'logging_strategy', 'steps')
      : undefined,
  mix_strategy: ({ mix_strategy: strategy, dataset, eval_dataset: evaluation }) =>
    strategy !== 'concat' && splitList(dataset).length < 2 && splitList(evaluation).length < 2
      ? l10n.t('There is one dataset only, so {0} has nothing to mix.', 'mix_strategy')
      : undefined,
  enable_thinking: ({ template }) =>
    template !== null && templateNames.includes(template) && !reasoningTemplates.includes(template)
      ? l10n.t(
          '{0} does nothing with the template {1}, which is for models that do not think.',
          'enable_thinking',
          template,
        )
      : undefined,
};

/** Rules of their own say more about these. */
const toldElsewhere = new Set<ArgumentName>(['use_rslora', 'use_dora', 'pissa_init', 'loraplus_lr_ratio', 'train_on_prompt', 'mask_history', 'neat_packing', 'predict_with_generate', 'use_llama_pro', 'ref_model', 'dpo_label_smoothing', 'interleave_probs', 'quantization_device_map']); // prettier-ignore

/** Why a key does nothing here; undefined where it does something. */
function because(key: ArgumentName, argument: Argument<unknown>, recipe: Recipe): string | undefined {
  if (elsewhere[key]?.(recipe)) return undefined;
  const reason = reasons[key]?.(recipe);
  if (reason !== undefined) return reason;
  const { stages, group } = argument;
  if (stages && !stages.includes(recipe.stage))
    return l10n.t('{0} does nothing in stage {1}: it is for {2}.', key, recipe.stage, stages.join(', '));
  const method = methods[group];
  if (method && !method.includes(recipe.finetuning_type))
    return l10n.t('{0} does nothing with finetuning_type {1}: it is for {2}.', key, recipe.finetuning_type, method.join(', ')); // prettier-ignore
  return withoutOther(key, argument, recipe);
}

/** What is for another key, which is not set. */
function withoutOther(key: ArgumentName, { onlyWith }: Argument<unknown>, recipe: Recipe): string | undefined {
  if (!onlyWith || satisfied(onlyWith, recipe)) return undefined;
  const [other, ...values] = onlyWith;
  return values.length > 0
    ? l10n.t('{0} does nothing unless {1} is {2}.', key, other, values.join(', '))
    : l10n.t('{0} does nothing unless {1} is set.', key, other);
}

function satisfied([other, ...values]: readonly [string, ...string[]], recipe: Recipe): boolean {
  const value: unknown = recipe[other as ArgumentName];
  if (values.length === 0) return value !== null && value !== undefined && value !== false && value !== '' && value !== 0; // prettier-ignore
  return (Array.isArray(value) ? value : [value]).some((each) => values.includes(String(each)));
}

/** A key that turns nothing on or off: its value asks for nothing anyway. */
const asksForNothing = (value: unknown, byDefault: unknown): boolean =>
  value === null || (value === false && byDefault !== true);

export const noEffectRules: readonly Rule[] = [
  rule('key-without-effect', 'warning', [], ({ recipe, given, unusable, command, remove }: RuleInput) =>
    argumentNames
      .filter(
        (key) => given.has(key) && !unusable.has(key) && !toldElsewhere.has(key) && appliesTo(key).includes(command),
      )
      .flatMap((key): Problem[] => {
        const argument = argumentOf(key);
        if (!argument || asksForNothing(recipe[key], argument.default)) return [];
        const message = command === 'train' ? because(key, argument, recipe) : withoutOther(key, argument, recipe);
        return message === undefined ? [] : [{ key, on: 'key', message, fix: remove(key) }];
      }),
  ),
];
