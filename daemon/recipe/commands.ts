// Which command takes which key, and in which it does something. LLaMA-Factory reads one recipe language with one dataclass for each
// part of it: training keys (transformers') only train takes, generation keys all but eval; the rest is taken everywhere.
import type { ArgumentName } from './recipe.ts';

export const commands = ['train', 'chat', 'api', 'webchat', 'export', 'eval'] as const;
export type Command = (typeof commands)[number];

/** The keys of transformers' training arguments. */
// prettier-ignore
const trainOnly: ReadonlySet<string> = new Set<ArgumentName>([
  'output_dir', 'per_device_train_batch_size', 'num_train_epochs', 'max_steps', 'learning_rate', 'lr_scheduler_type',
  'lr_scheduler_kwargs', 'warmup_steps', 'optim', 'optim_args', 'weight_decay', 'adam_beta1', 'adam_beta2',
  'adam_epsilon', 'optim_target_modules', 'gradient_accumulation_steps', 'average_tokens_across_devices',
  'max_grad_norm', 'label_smoothing_factor', 'bf16', 'fp16', 'bf16_full_eval', 'fp16_full_eval', 'tf32',
  'gradient_checkpointing', 'gradient_checkpointing_kwargs', 'torch_compile', 'torch_compile_backend',
  'torch_compile_mode', 'use_liger_kernel', 'liger_kernel_config', 'use_cache', 'neftune_noise_alpha',
  'torch_empty_cache_steps', 'auto_find_batch_size', 'logging_strategy', 'logging_steps', 'logging_first_step',
  'log_on_each_node', 'logging_nan_inf_filter', 'include_num_input_tokens_seen', 'log_level', 'log_level_replica',
  'disable_tqdm', 'report_to', 'run_name', 'project', 'trackio_space_id', 'trackio_bucket_id',
  'trackio_static_space_id', 'eval_strategy', 'eval_steps', 'eval_delay', 'per_device_eval_batch_size',
  'prediction_loss_only', 'eval_on_start', 'eval_do_concat_batches', 'eval_use_gather_object',
  'eval_accumulation_steps', 'include_for_metrics', 'batch_eval_metrics', 'save_only_model', 'save_strategy',
  'save_steps', 'save_on_each_node', 'save_total_limit', 'enable_jit_checkpoint', 'push_to_hub', 'hub_token',
  'hub_private_repo', 'hub_model_id', 'hub_strategy', 'hub_always_push', 'hub_revision', 'load_best_model_at_end',
  'metric_for_best_model', 'greater_is_better', 'ignore_data_skip', 'restore_callback_states_from_checkpoint',
  'full_determinism', 'data_seed', 'use_cpu', 'accelerator_config', 'parallelism_config', 'dataloader_drop_last',
  'dataloader_num_workers', 'dataloader_pin_memory', 'dataloader_persistent_workers', 'dataloader_prefetch_factor',
  'remove_unused_columns', 'label_names', 'train_sampling_strategy', 'length_column_name',
  'ddp_find_unused_parameters', 'ddp_bucket_cap_mb', 'ddp_broadcast_buffers', 'ddp_static_graph', 'ddp_backend',
  'ddp_timeout', 'fsdp', 'fsdp_config', 'deepspeed', 'debug', 'skip_memory_metrics', 'do_train', 'do_eval',
  'do_predict', 'resume_from_checkpoint', 'warmup_ratio', 'logging_dir', 'local_rank', 'sortish_sampler',
  'predict_with_generate', 'generation_max_length', 'generation_num_beams', 'generation_config', 'ray_num_workers',
  'ray_init_kwargs', 'master_addr', 'master_port', 'fp8', 'fp8_backend', 'fp8_enable_fsdp_float8_all_gather',
  'enable_torch_profiler', 'profiler_output_dir', 'profiler_wait_steps', 'profiler_warmup_steps',
  'profiler_active_steps', 'profiler_repeat', 'profiler_record_shapes', 'profiler_profile_memory',
  'profiler_with_stack', 'profile_modules', 'overwrite_output_dir',
]);

// prettier-ignore
const generation: ReadonlySet<string> = new Set<ArgumentName>([
  'do_sample', 'temperature', 'top_p', 'top_k', 'num_beams', 'max_length', 'max_new_tokens', 'repetition_penalty',
  'length_penalty', 'skip_special_tokens',
]);

// prettier-ignore
const benchmark: ReadonlySet<string> = new Set<ArgumentName>([
  'task', 'task_dir', 'batch_size', 'lang', 'n_shot', 'save_dir', 'download_mode',
]);

export function acceptedBy(name: string): readonly Command[] {
  if (benchmark.has(name)) return ['eval'];
  if (name === 'seed') return ['train', 'eval'];
  if (trainOnly.has(name) || name.startsWith('anneal_')) return ['train'];
  return generation.has(name) ? commands.filter((command) => command !== 'eval') : commands;
}

/** Keys that are taken everywhere, but do something in some commands only. */
// prettier-ignore
const effective: readonly (readonly [readonly Command[], readonly ArgumentName[]])[] = [
  [['train'], [
    'use_unsloth_gc', 'enable_liger_kernel', 'moe_aux_loss_coef', 'disable_gradient_checkpointing', 'use_reentrant_gc',
    'upcast_layernorm', 'upcast_lmhead_output', 'use_v1_kernels', 'print_param_status', 'kt_weight_path',
    'kt_expert_checkpoint_path', 'kt_use_lora_experts', 'kt_lora_expert_num', 'kt_lora_expert_intermediate_size',
    'dataset', 'eval_dataset', 'train_on_prompt', 'mask_history', 'streaming', 'buffer_size', 'mix_strategy',
    'interleave_probs', 'overwrite_cache', 'preprocessing_batch_size', 'preprocessing_num_workers', 'max_samples',
    'eval_num_beams', 'ignore_pad_token_for_loss', 'val_size', 'eval_on_each_dataset', 'packing', 'neat_packing',
    'tokenized_path', 'data_shared_file_system', 'freeze_trainable_layers', 'freeze_trainable_modules',
    'freeze_extra_modules', 'additional_target', 'module_dropout', 'oft_rank', 'oft_block_size', 'oft_target',
    'create_new_adapter', 'lora_alpha', 'lora_dropout', 'lora_rank', 'lora_target', 'loraplus_lr_ratio',
    'loraplus_lr_embedding', 'use_rslora', 'use_dora', 'pissa_init', 'pissa_iter', 'pissa_convert', 'pref_beta',
    'pref_ftx', 'pref_bco_weight', 'pref_loss', 'dpo_label_smoothing', 'kto_chosen_weight', 'kto_rejected_weight',
    'simpo_gamma', 'ppo_buffer_size', 'ppo_epochs', 'ppo_score_norm', 'ppo_target', 'ppo_whiten_rewards', 'ref_model',
    'ref_model_adapters', 'ref_model_quantization_bit', 'reward_model', 'reward_model_adapters',
    'reward_model_quantization_bit', 'reward_model_type', 'ld_alpha', 'use_galore', 'galore_target', 'galore_rank',
    'galore_update_interval', 'galore_scale', 'galore_proj_type', 'galore_layerwise', 'use_apollo', 'apollo_target',
    'apollo_rank', 'apollo_update_interval', 'apollo_scale', 'apollo_proj', 'apollo_proj_type', 'apollo_scale_type',
    'apollo_layerwise', 'apollo_scale_front', 'use_badam', 'badam_mode', 'badam_start_block', 'badam_switch_mode',
    'badam_switch_interval', 'badam_update_ratio', 'badam_mask_mode', 'badam_verbose', 'use_swanlab',
    'swanlab_project', 'swanlab_workspace', 'swanlab_run_name', 'swanlab_mode', 'swanlab_api_key', 'swanlab_logdir',
    'swanlab_lark_webhook_url', 'swanlab_lark_secret', 'pure_bf16', 'use_llama_pro', 'use_adam_mini', 'use_mca',
    'use_hyper_parallel', 'hyper_parallel_args', 'use_muon', 'use_dft_loss', 'use_asft_loss', 'asft_alpha',
    'use_eaft_loss', 'eaft_alpha', 'freeze_vision_tower', 'freeze_multi_modal_projector', 'freeze_language_model',
    'compute_accuracy', 'disable_shuffling', 'early_stopping_steps', 'plot_loss',
    'include_effective_tokens_per_second',
  ]],
  [['chat', 'api', 'webchat'], [
    'infer_backend', 'vllm_maxlen', 'vllm_gpu_util', 'vllm_enforce_eager', 'vllm_max_lora_rank', 'vllm_config',
    'sglang_maxlen', 'sglang_mem_fraction', 'sglang_tp_size', 'sglang_config', 'sglang_lora_backend',
  ]],
  [['train', 'chat', 'api', 'webchat', 'export'], [
    'use_kv_cache', 'tool_format',
  ]],
  [['chat', 'api', 'webchat', 'export', 'eval'], [
    'infer_dtype',
  ]],
  [['train', 'export', 'eval'], [
    'quantization_device_map',
  ]],
  [['train', 'chat', 'api', 'webchat'], [
    'image_max_pixels', 'image_min_pixels', 'image_do_pan_and_scan', 'crop_to_patches', 'video_max_pixels',
    'video_min_pixels', 'video_fps', 'video_maxlen', 'use_audio_in_video', 'audio_sampling_rate', 'use_kt',
    'dataset_dir', 'media_dir', 'enable_thinking', 'preserve_thinking', 'do_sample', 'temperature', 'top_p', 'top_k',
    'num_beams', 'max_length', 'max_new_tokens', 'repetition_penalty', 'length_penalty', 'skip_special_tokens',
  ]],
  [['export'], [
    'export_dir', 'export_size', 'export_device', 'export_quantization_bit', 'export_quantization_dataset',
    'export_quantization_nsamples', 'export_quantization_maxlen', 'export_legacy_format', 'export_hub_model_id',
  ]],
  [['train', 'export'], [
    'cutoff_len',
  ]],
];

const effectiveIn = new Map(effective.flatMap(([where, names]) => names.map((name) => [name as string, where])));

/** The commands in which a key does something. */
export const appliesTo = (name: string): readonly Command[] => effectiveIn.get(name) ?? acceptedBy(name);
