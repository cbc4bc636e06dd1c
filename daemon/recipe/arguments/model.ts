// Recipe keys: model, tokenizer. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const modelArguments = {
  // model
  model_name_or_path: key<string | null>('string', null, 'Base model: a local folder or a hub id.', {
    group: 'model',
    required: true,
    support: 'built',
  }),
  adapter_name_or_path: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Trained adapters to load on top of the base model; several are applied in order.',
    { group: 'model', separator: ',', textOnly: true, support: 'built' },
  ),
  adapter_folder: key<string | null>(
    'string',
    null,
    'Folder under which the adapter weights lie, when not at the top of the adapter path.',
    { group: 'model', support: 'later' },
  ),
  cache_dir: key<string | null>('string', null, 'Where downloaded models and data sets are cached.', {
    group: 'model',
    support: 'built',
  }),
  model_revision: key<string>('string', 'main', 'Branch, tag or commit of the hub repository.', {
    group: 'model',
    support: 'no-effect',
    because: 'models are read from local folders',
  }),
  low_cpu_mem_usage: key<boolean>('bool', true, 'Load weights without a second full copy in host memory.', {
    group: 'model',
    support: 'no-effect',
    because: 'weights are always streamed',
  }),
  rope_scaling: key<string | null>(
    'string',
    null,
    'Stretch rotary position embeddings beyond the trained context by this method.',
    { group: 'model', choices: ['linear', 'dynamic', 'yarn', 'llama3'], support: 'built' },
  ),
  flash_attn: key<string>('string', 'auto', 'Which attention implementation to use.', {
    group: 'model',
    choices: ['auto', 'disabled', 'sdpa', 'fa2', 'fa3'],
    support: 'no-effect',
    because: 'attention always runs by blocks, without the whole score matrix',
  }),
  shift_attn: key<boolean>(
    'bool',
    false,
    'Use shifted sparse attention (S2-Attn) for long contexts; Llama-type models only.',
    { group: 'model', support: 'later' },
  ),
  mixture_of_depths: key<string | null>(
    'string',
    null,
    'Let tokens skip layers (mixture of depths): convert the model, or load a converted one.',
    { group: 'model', choices: ['convert', 'load'], support: 'later' },
  ),
  use_unsloth: key<boolean>('bool', false, 'Train LoRA through the Unsloth kernels.', {
    group: 'model',
    support: 'later',
  }),
  train_from_scratch: key<boolean>(
    'bool',
    false,
    'Start from random weights; only the configuration of the model is used.',
    { group: 'model', support: 'built' },
  ),
  trust_remote_code: key<boolean>('bool', false, 'Allow Python code shipped with a model or data set to run.', {
    group: 'model',
    support: 'no-effect',
    because: 'no code of a model is ever run',
  }),
  // tokenizer
  use_fast_tokenizer: key<boolean>('bool', true, 'Load the Rust-backed tokenizer rather than the pure Python one.', {
    group: 'tokenizer',
    support: 'no-effect',
    because: 'the Rust tokenizer is always used',
  }),
  resize_vocab: key<boolean>(
    'bool',
    false,
    'Grow the vocabulary and the embedding rows to fit tokens that were added.',
    { group: 'tokenizer', support: 'built' },
  ),
  split_special_tokens: key<boolean>(
    'bool',
    false,
    'Tokenise special tokens as ordinary text instead of as single ids.',
    { group: 'tokenizer', support: 'later' },
  ),
  add_tokens: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'New vocabulary entries that behave like ordinary words.',
    { group: 'tokenizer', separator: ',', textOnly: true, support: 'built' },
  ),
  add_special_tokens: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'New tokens that are never split and can be skipped when decoding.',
    { group: 'tokenizer', separator: ',', textOnly: true, support: 'built' },
  ),
  new_special_tokens_config: key<string | null>(
    'string',
    null,
    'YAML file that maps new special tokens to descriptions; wins over add_special_tokens.',
    { group: 'tokenizer', support: 'later' },
  ),
  init_special_tokens: key<string>(
    'string',
    'noise_init',
    'How embedding rows of new special tokens start: noise, from a description, or both.',
    {
      group: 'tokenizer',
      choices: ['noise_init', 'desc_init', 'desc_init_w_noise'],
      onlyWith: ['new_special_tokens_config'],
      support: 'later',
    },
  ),
} as const;
