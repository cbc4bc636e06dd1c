// Keys of recipes that LLaMA-Factory reads in other ways: its newer code line (environment variable USE_V1), a language of its own,
// and Megatron training (USE_MCA), which adds keys. Neither is a fault; Anneal does not have them yet.

/** Keys that only the newer code line has. */
const newer = new Set(['model', 'model_class', 'init_config', 'peft_config', 'kernel_config', 'quant_config', 'train_dataset', 'global_batch_size', 'batching_strategy', 'batching_workers', 'enable_activation_checkpointing', 'dist_config', 'optim_config', 'lr_scheduler_config', 'save_epochs', 'save_ckpt_as_hf', 'sample_backend']); // prettier-ignore

/** Told apart as LLaMA-Factory's own two readers are: by model and the plugins, against model_name_or_path and stage. */
export function isNewerLanguage(keys: Iterable<string>): boolean {
  const all = [...keys];
  return (
    !all.includes('model_name_or_path') && !all.includes('stage') && all.filter((key) => newer.has(key)).length >= 2
  );
}

const megatron = new Set(['tensor_model_parallel_size', 'pipeline_model_parallel_size', 'expert_model_parallel_size', 'context_parallel_size', 'virtual_pipeline_model_parallel_size', 'sequence_parallel', 'recompute_granularity', 'recompute_method', 'recompute_num_layers', 'account_for_embedding_in_pipeline_split', 'account_for_loss_in_pipeline_split', 'bias_activation_fusion', 'apply_rope_fusion', 'masked_softmax_fusion', 'cross_entropy_loss_fusion', 'moe_grouped_gemm', 'moe_token_dispatcher_type', 'calculate_per_token_loss', 'use_distributed_optimizer', 'overlap_param_gather', 'overlap_grad_reduce', 'use_megatron_bridge', 'megatron_bridge_args']); // prettier-ignore

export const isMegatronKey = (key: string): boolean => megatron.has(key);
