// What people who tune models know about keys beside the table: units, usual values, what null stands for, what replaced what.
import * as l10n from '@vscode/l10n';
import type { ArgumentName, Recipe } from '../recipe.ts';

export interface Knowledge {
  /** "tokens", "steps": said after the value. */
  readonly unit?: () => string;
  /** Values worth choosing from, the usual one first. */
  readonly usual?: (recipe: Recipe) => readonly (string | number)[];
  /** What a value that is left out, or null, stands for. */
  readonly whenUnset?: () => string;
  readonly deprecated?: () => string;
}

const isAdapter = ({ finetuning_type: type }: Recipe): boolean => type === 'lora' || type === 'oft';

/** Learning rates that work: adapters take ten times what whole weights take, preference stages a tenth of that. */
function usualRates(recipe: Recipe): readonly string[] {
  if (recipe.stage === 'dpo' || recipe.stage === 'kto' || recipe.stage === 'ppo')
    return isAdapter(recipe) ? ['5.0e-6', '1.0e-5', '5.0e-5'] : ['5.0e-7', '1.0e-6', '5.0e-6'];
  return isAdapter(recipe) ? ['1.0e-4', '2.0e-4', '5.0e-5'] : ['1.0e-5', '2.0e-5', '5.0e-6'];
}

const tokens = (): string => l10n.t('tokens');
const steps = (): string => l10n.t('steps');
const rows = (): string => l10n.t('rows');
const pixels = (): string => l10n.t('pixels');
const share = (): string => l10n.t('share, 0 to 1');
const fixed =
  (...values: readonly (string | number)[]) =>
  (): readonly (string | number)[] =>
    values;

export const knowledge: Readonly<Partial<Record<ArgumentName, Knowledge>>> = {
  adam_beta2: { usual: fixed(0.999, 0.95) },
  audio_sampling_rate: { unit: () => 'Hz' },
  buffer_size: { unit: rows },
  cutoff_len: { unit: tokens, usual: fixed(2048, 1024, 4096, 8192, 512) },
  eval_num_beams: { whenUnset: () => l10n.t('Unset: generation_num_beams.') },
  eval_steps: { unit: steps, usual: fixed(100, 500, 0.1), whenUnset: () => l10n.t('Unset, with eval_strategy steps: logging_steps.') },
  export_quantization_bit: { usual: fixed(8, 4, 3, 2) },
  export_size: { unit: () => 'GB', usual: fixed(5, 2) },
  generation_max_length: { unit: tokens, whenUnset: () => l10n.t('Unset: cutoff_len.') },
  gradient_accumulation_steps: { usual: fixed(8, 4, 16, 2, 1) },
  greater_is_better: { whenUnset: () => l10n.t('Unset: false where the name of the metric ends in loss, else true.') },
  image_max_pixels: { unit: pixels, usual: fixed(589824, 262144) },
  image_min_pixels: { unit: pixels },
  learning_rate: { usual: usualRates },
  local_rank: { deprecated: () => l10n.t('Deprecated: leave it out of recipes.') },
  logging_dir: { deprecated: () => l10n.t('Deprecated: set the environment variable TENSORBOARD_LOGGING_DIR instead.') },
  logging_steps: { unit: steps, usual: fixed(10, 1, 50) },
  lora_alpha: {
    usual: ({ lora_rank: rank }) => [2 * rank, rank],
    whenUnset: () => l10n.t('Unset: twice lora_rank.'),
  },
  lora_dropout: { unit: share, usual: fixed(0.05, 0.1) },
  lora_rank: { usual: fixed(8, 16, 32, 64, 128) },
  max_grad_norm: { usual: fixed(1.0, 0.5) },
  max_length: { unit: tokens },
  max_new_tokens: { unit: tokens, usual: fixed(512, 1024, 2048) },
  max_samples: { unit: rows, usual: fixed(1000, 10000) },
  max_steps: { unit: steps, usual: fixed(1000, 100) },
  media_dir: { whenUnset: () => l10n.t('Unset: dataset_dir.') },
  metric_for_best_model: { whenUnset: () => l10n.t('Unset: the loss, where a best model or a plateau is looked for.') },
  neftune_noise_alpha: { usual: fixed(5) },
  num_train_epochs: { unit: () => l10n.t('epochs'), usual: fixed('3.0', '1.0', '2.0') },
  output_dir: { whenUnset: () => l10n.t('Unset: trainer_output.') },
  overwrite_output_dir: { deprecated: () => l10n.t('Deprecated in transformers 5; here it still decides whether a run resumes by itself.') },
  packing: { whenUnset: () => l10n.t('Unset: true in stage pt, else false; neat_packing turns it on.') },
  per_device_eval_batch_size: { unit: rows, usual: fixed(1, 2, 4, 8) },
  per_device_train_batch_size: { unit: rows, usual: fixed(1, 2, 4, 8, 16) },
  pref_beta: { usual: fixed(0.1, 0.05, 0.3) },
  pref_ftx: { usual: fixed(1.0, 0.1) },
  preprocessing_num_workers: { usual: fixed(16, 8, 4) },
  quantization_bit: { unit: () => l10n.t('bits a weight'), usual: ({ quantization_method: method }) => (method === 'hqq' ? [4, 8, 2, 3, 1, 5, 6] : method === 'eetq' ? [8] : [4, 8]) },
  resume_from_checkpoint: { whenUnset: () => l10n.t('Unset: the last checkpoint in output_dir, unless overwrite_output_dir is set.') },
  save_steps: { unit: steps, usual: fixed(500, 100, 1000) },
  save_total_limit: { usual: fixed(3, 1, 2) },
  seed: { usual: fixed(42) },
  val_size: { usual: fixed(0.1, 0.05, 0.01) },
  video_fps: { unit: () => l10n.t('frames a second') },
  video_max_pixels: { unit: pixels, usual: fixed(65536, 16384) },
  video_min_pixels: { unit: pixels },
  vllm_maxlen: { unit: tokens },
  warmup_ratio: { unit: share, usual: fixed(0.1), deprecated: () => l10n.t('Deprecated: write warmup_steps; below 1 it is a share of all steps. It still works.') },
  warmup_steps: { unit: steps, usual: fixed(0.1, 20, 100) },
  weight_decay: { usual: fixed(0.01, 0.1) },
}; // prettier-ignore
