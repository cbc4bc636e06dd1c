// Recipe keys: method, lora, freeze, loss. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const methodArguments = {
  // method
  stage: key<string>('string', 'sft', 'Kind of training: pre-training, supervised, reward model, PPO, DPO or KTO.', {
    group: 'method',
    choices: ['pt', 'sft', 'rm', 'ppo', 'dpo', 'kto'],
    support: 'built',
  }),
  finetuning_type: key<string>(
    'string',
    'lora',
    'Which weights learn: adapters, orthogonal adapters, some layers, or all.',
    { group: 'method', choices: ['lora', 'oft', 'freeze', 'full'], support: 'built' },
  ),
  // lora
  additional_target: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Modules trained in full and saved beside the adapter.',
    { group: 'lora', separator: ',', support: 'built' },
  ),
  create_new_adapter: key<boolean>('bool', false, 'Merge the given adapter into the base and train a fresh one.', {
    group: 'lora',
    support: 'built',
  }),
  lora_alpha: key<number | null>('int', null, 'Scale of the adapter; the update is multiplied by alpha / rank.', {
    group: 'lora',
    support: 'built',
  }),
  lora_dropout: key<number>('float', 0.0, 'Dropout in front of the adapter.', { group: 'lora', support: 'built' }),
  lora_rank: key<number>('int', 8, 'Inner width of the adapter.', { group: 'lora', support: 'built' }),
  lora_target: key<string | readonly (string | number)[]>(
    'string',
    'all',
    'Modules that get an adapter; all takes every linear layer.',
    { group: 'lora', separator: ',', support: 'built' },
  ),
  loraplus_lr_ratio: key<number | null>('float', null, 'LoRA+: learning rate of B divided by that of A.', {
    group: 'lora',
    support: 'later',
  }),
  loraplus_lr_embedding: key<number>('float', 1e-6, 'LoRA+: step size for adapters on embeddings.', {
    group: 'lora',
    onlyWith: ['loraplus_lr_ratio'],
    support: 'later',
  }),
  use_rslora: key<boolean>('bool', false, 'Scale by alpha / sqrt(rank) instead of alpha / rank.', {
    group: 'lora',
    support: 'built',
  }),
  use_dora: key<boolean>('bool', false, 'Split weights into direction and magnitude (DoRA).', {
    group: 'lora',
    support: 'later',
  }),
  pissa_init: key<boolean>('bool', false, "Start the adapter from the weights' main singular vectors (PiSSA).", {
    group: 'lora',
    support: 'later',
  }),
  pissa_iter: key<number>('int', 16, 'Iterations of the fast decomposition; -1 takes the exact one.', {
    group: 'lora',
    onlyWith: ['pissa_init'],
    support: 'later',
  }),
  pissa_convert: key<boolean>('bool', false, 'Convert a PiSSA adapter to an ordinary one when saving.', {
    group: 'lora',
    onlyWith: ['pissa_init'],
    support: 'later',
  }),
  // freeze
  freeze_trainable_layers: key<number>('int', 2, 'Layers to train: n > 0 the last n, n < 0 the first n.', {
    group: 'freeze',
    support: 'built',
  }),
  freeze_trainable_modules: key<string | readonly (string | number)[]>(
    'string',
    'all',
    'Module names inside these layers to train; all takes every one.',
    { group: 'freeze', separator: ',', support: 'built' },
  ),
  freeze_extra_modules: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Modules outside the layers to train as well.',
    { group: 'freeze', separator: ',', support: 'built' },
  ),
  use_llama_pro: key<boolean>('bool', false, 'Train only the blocks that were added by block expansion.', {
    group: 'freeze',
    support: 'built',
  }),
  // loss
  use_dft_loss: key<boolean>('bool', false, "Weight each token's loss by its own probability (DFT).", {
    group: 'loss',
    stages: ['sft'],
    support: 'later',
  }),
  use_asft_loss: key<boolean>('bool', false, 'DFT with an added divergence to the reference model (ASFT).', {
    group: 'loss',
    stages: ['sft'],
    support: 'later',
  }),
  asft_alpha: key<number>('float', 0.1, 'Weight of the divergence in ASFT.', {
    group: 'loss',
    stages: ['sft'],
    onlyWith: ['use_asft_loss'],
    support: 'later',
  }),
  use_eaft_loss: key<boolean>('bool', false, "Weight each token's loss by the entropy of the prediction (EAFT).", {
    group: 'loss',
    stages: ['sft'],
    support: 'later',
  }),
  eaft_alpha: key<number>('float', 1.0, 'Exponent of the entropy weight in EAFT.', {
    group: 'loss',
    stages: ['sft'],
    onlyWith: ['use_eaft_loss'],
    support: 'later',
  }),
} as const;
