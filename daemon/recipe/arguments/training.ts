// Recipe keys: training, precision. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const trainingArguments = {
  // training
  use_unsloth_gc: key<boolean>('bool', false, "Use Unsloth's off-loading variant of gradient checkpointing.", {
    group: 'training',
    support: 'no-effect',
    because: 'recomputation is chosen from the memory at hand',
  }),
  enable_liger_kernel: key<boolean>('bool', false, "Replace common layers by Liger's fused kernels.", {
    group: 'training',
    support: 'no-effect',
    because: "the loss by chunks and recomputed norms do what Liger's kernels do",
  }),
  moe_aux_loss_coef: key<number | null>(
    'float',
    null,
    "Weight of the router's load-balancing loss in mixture-of-experts models.",
    { group: 'training', support: 'later' },
  ),
  disable_gradient_checkpointing: key<boolean>(
    'bool',
    false,
    'Keep all activations instead of recomputing them: faster, needs more memory.',
    { group: 'training', support: 'built' },
  ),
  use_reentrant_gc: key<boolean>('bool', true, 'Use the re-entrant variant of activation recomputation.', {
    group: 'training',
    support: 'no-effect',
    because: 'it is a detail of PyTorch',
  }),
  use_v1_kernels: key<boolean | null>('bool', false, 'Use the kernels of the newer code line in training.', {
    group: 'training',
    nullable: true,
    support: 'later',
  }),
  per_device_train_batch_size: key<number>('int', 8, 'Examples per device in one forward pass.', {
    group: 'training',
    support: 'built',
  }),
  num_train_epochs: key<number>('float', 3.0, 'Passes over the training data; fractions are allowed.', {
    group: 'training',
    support: 'built',
  }),
  max_steps: key<number>('int', -1, 'Stop after this many optimizer steps; a positive value overrides the epochs.', {
    group: 'training',
    support: 'built',
  }),
  gradient_accumulation_steps: key<number>('int', 1, 'Forward passes whose gradients make up one optimizer step.', {
    group: 'training',
    support: 'built',
  }),
  average_tokens_across_devices: key<boolean>(
    'bool',
    true,
    'Divide the loss by the token count of all devices together.',
    { group: 'training', support: 'no-effect', because: 'one device trains' },
  ),
  max_grad_norm: key<number>('float', 1.0, 'Gradients longer than this are scaled down; 0 turns it off.', {
    group: 'training',
    support: 'built',
  }),
  label_smoothing_factor: key<number>('float', 0.0, 'Share of probability spread over all labels.', {
    group: 'training',
    support: 'later',
  }),
  gradient_checkpointing: key<boolean>('bool', false, "The trainer's own switch for recomputing activations.", {
    group: 'training',
    support: 'no-effect',
    because: 'LLaMA-Factory sets it itself; use disable_gradient_checkpointing',
  }),
  gradient_checkpointing_kwargs: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'Options of activation recomputation, as a mapping or a JSON string.',
    { group: 'training', support: 'no-effect', because: 'it is a detail of PyTorch' },
  ),
  torch_compile: key<boolean>('bool', false, 'Compile the model with torch.compile.', {
    group: 'training',
    support: 'no-effect',
    because: 'each step is one graph that is compiled before the first',
  }),
  torch_compile_backend: key<string | null>(
    'string',
    null,
    'Backend of torch.compile; setting it turns compiling on.',
    { group: 'training', support: 'no-effect', because: 'each step is one graph that is compiled before the first' },
  ),
  torch_compile_mode: key<string | null>('string', null, 'Mode of torch.compile; setting it turns compiling on.', {
    group: 'training',
    support: 'no-effect',
    because: 'each step is one graph that is compiled before the first',
  }),
  use_liger_kernel: key<boolean>('bool', false, "The trainer's own switch for Liger kernels.", {
    group: 'training',
    support: 'no-effect',
    because: "the loss by chunks and recomputed norms do what Liger's kernels do",
  }),
  liger_kernel_config: key<Readonly<Record<string, unknown>> | null>(
    'object',
    null,
    'Which Liger kernels are applied.',
    {
      group: 'training',
      support: 'no-effect',
      because: "the loss by chunks and recomputed norms do what Liger's kernels do",
    },
  ),
  use_cache: key<boolean>('bool', false, "Keep the model's key-value cache on while training.", {
    group: 'training',
    support: 'no-effect',
    because: 'training never caches keys and values',
  }),
  neftune_noise_alpha: key<number | null>('float', null, 'Strength of the noise added to embeddings (NEFTune).', {
    group: 'training',
    support: 'built',
  }),
  torch_empty_cache_steps: key<number | null>('int', null, 'Free cached GPU memory every so many steps.', {
    group: 'training',
    support: 'no-effect',
    because: 'it is a detail of PyTorch',
  }),
  auto_find_batch_size: key<boolean>('bool', false, 'Halve the batch size until it fits into memory.', {
    group: 'training',
    support: 'later',
  }),
  full_determinism: key<boolean>('bool', false, 'Use deterministic kernels only; slower.', {
    group: 'training',
    support: 'no-effect',
    because: 'runs are always deterministic',
  }),
  seed: key<number>('int', 42, 'Random seed of initialisation, shuffling and dropout.', {
    group: 'training',
    support: 'built',
  }),
  do_train: key<boolean>('bool', false, 'Run training.', { group: 'training', support: 'built' }),
  early_stopping_steps: key<number | null>('int', null, 'Evaluations without improvement after which training stops.', {
    group: 'training',
    support: 'built',
  }),
  // precision
  upcast_layernorm: key<boolean>('bool', false, 'Keep normalisation weights in fp32.', {
    group: 'precision',
    support: 'no-effect',
    because: 'norms are always computed in float32',
  }),
  upcast_lmhead_output: key<boolean>('bool', false, 'Convert the output logits to fp32.', {
    group: 'precision',
    support: 'no-effect',
    because: 'logits are always computed in float32',
  }),
  bf16: key<boolean>('bool', false, 'Mixed precision in bfloat16.', { group: 'precision', support: 'built' }),
  fp16: key<boolean>('bool', false, 'Mixed precision in float16 with loss scaling.', {
    group: 'precision',
    support: 'built',
  }),
  bf16_full_eval: key<boolean>('bool', false, 'Evaluate wholly in bfloat16.', {
    group: 'precision',
    support: 'later',
  }),
  fp16_full_eval: key<boolean>('bool', false, 'Evaluate wholly in float16.', {
    group: 'precision',
    support: 'later',
  }),
  tf32: key<boolean | null>('bool', null, 'Allow TensorFloat-32 matrix products on NVIDIA GPUs.', {
    group: 'precision',
    support: 'no-effect',
    because: 'it is a setting of CUDA',
  }),
  fp8: key<boolean>('bool', false, 'Mixed precision in 8-bit floats; Hopper GPUs or newer.', {
    group: 'precision',
    support: 'later',
  }),
  fp8_backend: key<string>('string', 'auto', 'Library for 8-bit floats.', {
    group: 'precision',
    choices: ['auto', 'torchao', 'te', 'msamp'],
    onlyWith: ['fp8'],
    support: 'later',
  }),
  fp8_enable_fsdp_float8_all_gather: key<boolean>('bool', false, 'Gather sharded weights in 8-bit floats; needs fp8.', {
    group: 'precision',
    onlyWith: ['fp8'],
    support: 'later',
  }),
  pure_bf16: key<boolean>('bool', false, 'Hold and update weights wholly in bfloat16, without mixed precision.', {
    group: 'precision',
    support: 'built',
  }),
} as const;
