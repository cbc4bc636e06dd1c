// Rules about preference stages: reward models, references, losses.
import * as l10n from '@vscode/l10n';
import { filled, rule, TRAIN, type Rule } from './rule.ts';

/** A reward adapter sits on a policy of the same kind. */
const rewardType = (name: string, type: 'lora' | 'oft'): Rule =>
  rule(name, 'error', ['stage', 'reward_model_type', 'finetuning_type'], ({ recipe, given, set }) =>
    recipe.stage === 'ppo' && recipe.reward_model_type === type && recipe.finetuning_type !== type
      ? {
          key: given.has('reward_model_type') ? 'reward_model_type' : 'finetuning_type',
          message: l10n.t('A reward model of type {0} sits on a policy trained the same way; finetuning_type is {1}.', type, recipe.finetuning_type), // prettier-ignore
          fix: set('reward_model_type', 'full', 'reward_model'),
          otherFixes: [set('finetuning_type', type)],
        }
      : undefined,
  );

export const preferenceRules: readonly Rule[] = [
  rewardType('ppo-lora-reward-without-lora', 'lora'),
  rewardType('ppo-oft-reward-without-oft', 'oft'),
  rule('ppo-without-train', 'error', ['stage', 'do_train'], ({ recipe, set }) =>
    recipe.stage === 'ppo' && !recipe.do_train
      ? {
          key: 'stage',
          message: l10n.t('Stage ppo only trains: set do_train, or evaluate the result in stage sft.'),
          fix: set('do_train', 'true', 'stage'),
          otherFixes: [set('stage', 'sft')],
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('ppo-shift-attn', 'error', ['stage', 'shift_attn'], ({ recipe, remove }) =>
    recipe.stage === 'ppo' && recipe.shift_attn
      ? { key: 'shift_attn', message: l10n.t('Shifted sparse attention cannot generate, which stage ppo needs: remove shift_attn.'), fix: remove('shift_attn') } // prettier-ignore
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('ppo-kt-lora-reward', 'error', ['stage', 'reward_model_type', 'use_kt'], ({ recipe }) =>
    recipe.stage === 'ppo' && recipe.reward_model_type === 'lora' && recipe.use_kt
      ? { key: 'use_kt', message: l10n.t('{0} cannot switch to a reward adapter: use a reward model of type full.', 'KTransformers') } // prettier-ignore
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('ppo-unsloth-lora-reward', 'error', ['stage', 'reward_model_type', 'use_unsloth'], ({ recipe }) =>
    recipe.stage === 'ppo' && recipe.reward_model_type === 'lora' && recipe.use_unsloth
      ? { key: 'use_unsloth', message: l10n.t('{0} cannot switch to a reward adapter: use a reward model of type full.', 'Unsloth') } // prettier-ignore
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('ppo-tracker', 'error', ['stage', 'report_to'], ({ recipe, parts }) => {
    if (recipe.stage !== 'ppo') return undefined;
    return parts('report_to')
      .filter(({ text }) => !['wandb', 'tensorboard', 'trackio', 'none'].includes(text))
      .slice(0, 1)
      .map(({ text, range }) => ({
        key: 'report_to',
        on: 'value',
        range,
        message: l10n.t('Stage ppo reports to wandb, tensorboard or trackio only, not to {0}.', text),
      }));
  }, TRAIN), // prettier-ignore
  rule('reward-api-url', 'error', ['stage', 'reward_model_type', 'reward_model'], ({ recipe }) =>
    recipe.stage === 'ppo' && recipe.reward_model_type === 'api' && recipe.reward_model !== null && !recipe.reward_model.startsWith('http') // prettier-ignore
      ? { key: 'reward_model', on: 'value', message: l10n.t('A reward service is given by its full address, like http://localhost:8000/score.') } // prettier-ignore
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule(
    'label-smoothing-needs-sigmoid',
    'error',
    ['stage', 'pref_loss', 'dpo_label_smoothing'],
    ({ recipe, remove, set }) =>
      // prettier-ignore
      recipe.stage === 'dpo' && recipe.pref_loss !== 'sigmoid' && recipe.dpo_label_smoothing > 1e-6
      ? {
          key: 'dpo_label_smoothing',
          message: l10n.t('dpo_label_smoothing belongs to pref_loss sigmoid, and this is {0}.', recipe.pref_loss),
          fix: remove('dpo_label_smoothing'),
          otherFixes: [set('pref_loss', 'sigmoid')],
        }
      : undefined,
  ),
  rule('pissa-stage', 'error', ['pissa_init', 'stage', 'pref_loss'], ({ recipe, remove }) => {
    const { stage, pref_loss: loss, pissa_init: on } = recipe;
    const reference = stage === 'ppo' || stage === 'kto' || (stage === 'dpo' && !['orpo', 'simpo'].includes(loss));
    if (!on || !reference) return undefined;
    const message = l10n.t('PiSSA changes the start weights, which stage {0} compares with: remove pissa_init.', stage);
    return { key: 'pissa_init', message, fix: remove('pissa_init') };
  }),
  rule('dpo-eval-without-ref', 'info', ['do_train', 'do_eval', 'stage', 'ref_model'], ({ recipe }) =>
    !recipe.do_train && recipe.do_eval && recipe.stage === 'dpo' && !filled(recipe.ref_model)
      ? { key: 'stage', message: l10n.t('Rewards are measured against a reference: set ref_model to evaluate them.') }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('resume-unsupported', 'warning', ['stage', 'finetuning_type', 'resume_from_checkpoint'], ({ recipe, remove }) =>
    ['rm', 'ppo'].includes(recipe.stage) && ['full', 'freeze'].includes(recipe.finetuning_type) && filled(recipe.resume_from_checkpoint) // prettier-ignore
      ? {
          key: 'resume_from_checkpoint',
          message: l10n.t('LLaMA-Factory cannot resume stage {0} with finetuning_type {1}: it begins anew.', recipe.stage, recipe.finetuning_type), // prettier-ignore
          fix: remove('resume_from_checkpoint'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('resume-needs-adapter', 'warning', ['stage', 'finetuning_type', 'resume_from_checkpoint', 'adapter_name_or_path'], ({ recipe, set }) => { // prettier-ignore
    const { stage, finetuning_type: method, resume_from_checkpoint: from } = recipe;
    if (!['rm', 'ppo'].includes(stage) || method !== 'lora' || typeof from !== 'string' || from === '') return undefined;
    if (filled(recipe.adapter_name_or_path)) return undefined;
    const message = l10n.t('To resume stage {0}, LLaMA-Factory wants the checkpoint as adapter_name_or_path too.', stage); // prettier-ignore
    return { key: 'resume_from_checkpoint', message, fix: set('adapter_name_or_path', from, 'resume_from_checkpoint') };
  }, TRAIN), // prettier-ignore
];
