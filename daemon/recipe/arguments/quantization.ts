// Recipe keys: quantization, oft, ktransformers. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const quantizationArguments = {
  // quantization
  quantization_method: key<string>('string', 'bnb', 'Scheme used to quantise the base model while loading it.', {
    group: 'quantization',
    choices: ['bnb', 'gptq', 'awq', 'aqlm', 'quanto', 'eetq', 'hqq', 'mxfp4', 'fp8'],
    onlyWith: ['quantization_bit'],
    support: 'built',
  }),
  quantization_bit: key<number | null>(
    'int',
    null,
    'Load the base model with this many bits per weight (adapters only).',
    { group: 'quantization', support: 'built' },
  ),
  quantization_type: key<string>('string', 'nf4', '4-bit data type of bitsandbytes.', {
    group: 'quantization',
    choices: ['fp4', 'nf4'],
    onlyWith: ['quantization_bit'],
    support: 'built',
  }),
  double_quantization: key<boolean>('bool', true, 'Also quantise the 4-bit scale factors.', {
    group: 'quantization',
    onlyWith: ['quantization_bit'],
    support: 'built',
  }),
  quantization_device_map: key<string | null>(
    'string',
    null,
    'Spread a quantised model over devices by itself; not in training.',
    {
      group: 'quantization',
      choices: ['auto'],
      onlyWith: ['quantization_bit'],
      support: 'later',
    },
  ),
  // oft
  module_dropout: key<number>('float', 0.0, 'Share of OFT blocks dropped in training.', {
    group: 'oft',
    onlyWith: ['finetuning_type', 'oft'],
    support: 'later',
  }),
  oft_rank: key<number>('int', 0, 'Number of OFT blocks per layer; 0 derives it from the block size.', {
    group: 'oft',
    onlyWith: ['finetuning_type', 'oft'],
    support: 'later',
  }),
  oft_block_size: key<number>('int', 32, 'Side of each orthogonal block; 0 derives it from the rank.', {
    group: 'oft',
    onlyWith: ['finetuning_type', 'oft'],
    support: 'later',
  }),
  oft_target: key<string | readonly (string | number)[]>(
    'string',
    'all',
    'Modules that get OFT; all takes every linear layer.',
    { group: 'oft', separator: ',', onlyWith: ['finetuning_type', 'oft'], support: 'later' },
  ),
  // ktransformers
  use_kt: key<boolean>('bool', false, 'Train mixture-of-experts models with experts on the CPU (KTransformers).', {
    group: 'ktransformers',
    support: 'later',
  }),
  kt_weight_path: key<string | null>('string', null, 'Folder with already quantised expert weights.', {
    group: 'ktransformers',
    onlyWith: ['use_kt'],
    support: 'later',
  }),
  kt_expert_checkpoint_path: key<string | null>(
    'string',
    null,
    'Expert weights (safetensors) to convert while loading.',
    { group: 'ktransformers', onlyWith: ['use_kt'], support: 'later' },
  ),
  kt_use_lora_experts: key<boolean | null>('bool', null, 'Add LoRA experts that live on the GPU.', {
    group: 'ktransformers',
    onlyWith: ['use_kt'],
    support: 'later',
  }),
  kt_lora_expert_num: key<number | null>('int', null, 'Number of LoRA experts on the GPU.', {
    group: 'ktransformers',
    onlyWith: ['use_kt'],
    support: 'later',
  }),
  kt_lora_expert_intermediate_size: key<number | null>('int', null, 'Hidden width of each LoRA expert on the GPU.', {
    group: 'ktransformers',
    onlyWith: ['use_kt'],
    support: 'later',
  }),
} as const;
