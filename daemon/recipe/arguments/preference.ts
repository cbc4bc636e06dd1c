// Recipe keys: preference, ppo. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const preferenceArguments = {
  // preference
  pref_beta: key<number>('float', 0.1, 'Strength of the pull to the reference model, or reward scale.', {
    group: 'preference',
    stages: ['dpo', 'kto'],
    support: 'later',
  }),
  pref_ftx: key<number>('float', 0.0, 'Weight of an added plain language-modelling loss.', {
    group: 'preference',
    stages: ['dpo', 'kto'],
    support: 'later',
  }),
  pref_bco_weight: key<number>('float', 0.0, 'Weight of an added binary-classifier loss in DPO.', {
    group: 'preference',
    stages: ['dpo'],
    support: 'later',
  }),
  pref_loss: key<string>('string', 'sigmoid', 'Preference loss.', {
    group: 'preference',
    choices: ['sigmoid', 'hinge', 'ipo', 'kto_pair', 'orpo', 'simpo'],
    stages: ['dpo'],
    support: 'later',
  }),
  dpo_label_smoothing: key<number>('float', 0.0, 'Assumed share of swapped pairs (cDPO), between 0 and 0.5.', {
    group: 'preference',
    stages: ['dpo'],
    support: 'later',
  }),
  kto_chosen_weight: key<number>('float', 1.0, 'Weight of desirable rows in KTO.', {
    group: 'preference',
    stages: ['kto'],
    support: 'later',
  }),
  kto_rejected_weight: key<number>('float', 1.0, 'Weight of undesirable rows in KTO.', {
    group: 'preference',
    stages: ['kto'],
    support: 'later',
  }),
  simpo_gamma: key<number>('float', 0.5, 'Target margin between the two rewards in SimPO.', {
    group: 'preference',
    stages: ['dpo'],
    onlyWith: ['pref_loss', 'simpo'],
    support: 'later',
  }),
  ref_model: key<string | null>(
    'string',
    null,
    'Reference model for DPO, KTO, PPO or ASFT; null uses the start weights.',
    { group: 'preference', stages: ['dpo', 'kto', 'ppo', 'sft'], support: 'later' },
  ),
  ref_model_adapters: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'LoRA weights put on the reference model.',
    {
      group: 'preference',
      stages: ['dpo', 'kto', 'ppo'],
      onlyWith: ['ref_model'],
      separator: ',',
      textOnly: true,
      support: 'later',
    },
  ),
  ref_model_quantization_bit: key<number | null>('int', null, 'Bits per weight of the reference model.', {
    group: 'preference',
    choices: [8, 4],
    stages: ['dpo', 'kto', 'ppo'],
    onlyWith: ['ref_model'],
    support: 'later',
  }),
  ld_alpha: key<number | null>('float', null, "Weight of tokens beyond the shorter answer's length (LD-DPO).", {
    group: 'preference',
    stages: ['dpo'],
    support: 'later',
  }),
  // ppo
  ppo_buffer_size: key<number>('int', 1, 'Mini-batches collected before each PPO update.', {
    group: 'ppo',
    stages: ['ppo'],
    support: 'later',
  }),
  ppo_epochs: key<number>('int', 4, 'Passes over the collected experience in one update.', {
    group: 'ppo',
    stages: ['ppo'],
    support: 'later',
  }),
  ppo_score_norm: key<boolean>('bool', false, 'Normalise rewards by their running statistics.', {
    group: 'ppo',
    stages: ['ppo'],
    support: 'later',
  }),
  ppo_target: key<number>('float', 6.0, 'Target divergence of the adaptive KL controller.', {
    group: 'ppo',
    stages: ['ppo'],
    support: 'later',
  }),
  ppo_whiten_rewards: key<boolean>('bool', false, 'Bring rewards to mean zero and unit variance before advantages.', {
    group: 'ppo',
    stages: ['ppo'],
    support: 'later',
  }),
  reward_model: key<string | null>(
    'string',
    null,
    'Reward model: adapters, a full model or the address of a service.',
    { group: 'ppo', stages: ['ppo'], support: 'later' },
  ),
  reward_model_adapters: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'LoRA weights put on the reward model.',
    { group: 'ppo', stages: ['ppo'], onlyWith: ['reward_model'], separator: ',', textOnly: true, support: 'later' },
  ),
  reward_model_quantization_bit: key<number | null>('int', null, 'Bits per weight of the reward model.', {
    group: 'ppo',
    choices: [8, 4],
    stages: ['ppo'],
    onlyWith: ['reward_model'],
    support: 'later',
  }),
  reward_model_type: key<string>(
    'string',
    'lora',
    'What the reward model is: adapters on the same base, a full model, or a service.',
    { group: 'ppo', unlisted: ['oft'], choices: ['lora', 'full', 'api'], stages: ['ppo'], support: 'later' },
  ),
} as const;
