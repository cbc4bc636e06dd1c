// The numbers that a key can mean. Outside of these a run fails, or does something else than what the key says.
import * as l10n from '@vscode/l10n';
import type { ArgumentName } from './recipe.ts';

export interface NumberRange {
  /** Inclusive. */
  readonly least?: number;
  readonly most?: number;
  /** Exclusive. */
  readonly above?: number;
  readonly below?: number;
  /** Allowed all the same, with a meaning of their own. */
  readonly also?: readonly number[];
}

const count = { least: 1 } as const;
const natural = { least: 0 } as const;
const positive = { above: 0 } as const;
const share = { least: 0, most: 1 } as const;

export const ranges: Partial<Readonly<Record<ArgumentName, NumberRange>>> = {
  // method
  lora_rank: count,
  lora_alpha: natural,
  lora_dropout: { least: 0, below: 1 },
  module_dropout: { least: 0, below: 1 },
  oft_rank: natural,
  oft_block_size: natural,
  loraplus_lr_ratio: positive,
  loraplus_lr_embedding: positive,
  pissa_iter: { least: -1 },
  // data
  cutoff_len: count,
  max_samples: count,
  val_size: natural,
  buffer_size: count,
  preprocessing_num_workers: count,
  image_max_pixels: count,
  image_min_pixels: natural,
  video_max_pixels: count,
  video_min_pixels: natural,
  video_fps: positive,
  video_maxlen: count,
  audio_sampling_rate: count,
  // training
  per_device_train_batch_size: count,
  per_device_eval_batch_size: count,
  gradient_accumulation_steps: count,
  eval_accumulation_steps: count,
  num_train_epochs: positive,
  max_steps: { least: 1, also: [-1, 0] },
  learning_rate: natural,
  warmup_ratio: { least: 0, below: 1 },
  weight_decay: natural,
  adam_beta1: { least: 0, below: 1 },
  adam_beta2: { least: 0, below: 1 },
  adam_epsilon: natural,
  max_grad_norm: natural,
  label_smoothing_factor: { least: 0, below: 1 },
  neftune_noise_alpha: natural,
  moe_aux_loss_coef: natural,
  seed: { least: 0, most: 2 ** 32 - 1 },
  data_seed: { least: 0, most: 2 ** 32 - 1 },
  dataloader_num_workers: natural,
  dataloader_prefetch_factor: count,
  early_stopping_steps: count,
  // saving, logging, evaluating; a share below 1 or a number of steps
  save_steps: natural,
  eval_steps: natural,
  logging_steps: natural,
  eval_delay: natural,
  save_total_limit: { least: 0, also: [-1] },
  ddp_timeout: count,
  ddp_bucket_cap_mb: count,
  ray_num_workers: count,
  // generation
  max_new_tokens: { least: 0, also: [-1] },
  max_length: count,
  num_beams: count,
  eval_num_beams: count,
  generation_num_beams: count,
  generation_max_length: natural,
  temperature: natural,
  top_p: share,
  top_k: { least: 0, also: [-1] },
  repetition_penalty: positive,
  // preference
  pref_beta: positive,
  pref_ftx: natural,
  pref_bco_weight: natural,
  dpo_label_smoothing: { least: 0, below: 0.5 },
  kto_chosen_weight: natural,
  kto_rejected_weight: natural,
  simpo_gamma: natural,
  ld_alpha: share,
  ppo_buffer_size: count,
  ppo_epochs: count,
  ppo_target: positive,
  // memory optimizers
  galore_rank: count,
  galore_update_interval: count,
  galore_scale: positive,
  apollo_rank: count,
  apollo_update_interval: count,
  apollo_scale: positive,
  badam_update_ratio: { above: 0, most: 1 },
  badam_switch_interval: { least: 1, also: [-1] },
  badam_start_block: natural,
  // inference and export
  vllm_maxlen: count,
  vllm_gpu_util: { above: 0, most: 1 },
  vllm_max_lora_rank: count,
  sglang_maxlen: count,
  sglang_mem_fraction: { above: 0, below: 1 },
  sglang_tp_size: { least: 1, also: [-1] },
  export_size: count,
  export_quantization_nsamples: count,
  export_quantization_maxlen: count,
  // evaluation benchmarks
  batch_size: count,
  n_shot: natural,
  // our own
  anneal_threads: natural,
  anneal_memory_gb: positive,
  anneal_sample_steps: natural,
};

export function inRange(value: number, { least, most, above, below, also }: NumberRange): boolean {
  if (also?.includes(value)) return true;
  return (
    (least === undefined || value >= least) &&
    (most === undefined || value <= most) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

/** "at least 1", "above 0, at most 1", in words. */
export function describeRange({ least, most, above, below, also }: NumberRange): string {
  const limits = [
    least === undefined ? undefined : l10n.t('at least {0}', least),
    above === undefined ? undefined : l10n.t('above {0}', above),
    most === undefined ? undefined : l10n.t('at most {0}', most),
    below === undefined ? undefined : l10n.t('below {0}', below),
  ].filter((limit) => limit !== undefined);
  return [...limits, ...(also ?? []).map(String)].join(', ');
}
