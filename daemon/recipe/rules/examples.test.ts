// What the recipes that come with LLaMA-Factory set, by folder: none of them has an error, and none a warning but for old keys and for
// files that are not here. Keys and values are facts; the texts are written here.
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkRecipe } from '../check.ts';
import type { Files } from '../facts/files.ts';

type Keys = Record<string, unknown>;

const llama: Keys = { model_name_or_path: 'meta-llama/Meta-Llama-3-8B-Instruct', trust_remote_code: true };
const qwen: Keys = { model_name_or_path: 'Qwen/Qwen3-4B-Instruct-2507', trust_remote_code: true };
const data: Keys = {
  dataset: 'identity,alpaca_en_demo',
  template: 'llama3',
  cutoff_len: 2048,
  max_samples: 1000,
  overwrite_cache: true,
  preprocessing_num_workers: 16,
  dataloader_num_workers: 4,
};
const output: Keys = {
  output_dir: 'saves/llama3-8b/lora/sft',
  logging_steps: 10,
  save_steps: 500,
  plot_loss: true,
  overwrite_output_dir: true,
  save_only_model: false,
  report_to: 'none',
};
const training: Keys = {
  per_device_train_batch_size: 1,
  gradient_accumulation_steps: 8,
  learning_rate: 1e-4,
  num_train_epochs: 3,
  lr_scheduler_type: 'cosine',
  warmup_ratio: 0.1,
  bf16: true,
  ddp_timeout: 180000000,
  resume_from_checkpoint: null,
};
const evaluation: Keys = { val_size: 0.1, per_device_eval_batch_size: 1, eval_strategy: 'steps', eval_steps: 500 };
const lora: Keys = { stage: 'sft', do_train: true, finetuning_type: 'lora', lora_rank: 8, lora_target: 'all' };
const full: Keys = { stage: 'sft', do_train: true, finetuning_type: 'full' };
const oft: Keys = { stage: 'sft', do_train: true, finetuning_type: 'oft', oft_block_size: 32, oft_target: 'all' };
const sft: Keys = { ...llama, ...lora, ...data, ...output, ...training };
const whole: Keys = { ...llama, ...full, ...data, ...output, ...training, learning_rate: 1e-5 };
const generation: Keys = { max_new_tokens: 512, top_k: 0, top_p: 0.9 };
const pictures: Keys = { image_max_pixels: 262144, video_max_pixels: 16384 };

const examples: Record<string, Keys> = {
  'train_lora sft': sft,
  'train_lora sft, evaluated': { ...sft, ...evaluation },
  'train_lora sft ds3': { ...sft, deepspeed: 'examples/deepspeed/ds_z3_config.json' },
  'train_lora sft ray': { ...sft, dataset_dir: 'REMOTE:llamafactory/demo_data', output_dir: 'tmp_dir', ray_num_workers: 4 },
  'train_lora qwen3': { ...sft, ...qwen, template: 'qwen3_nothink' },
  'train_lora preprocess': { ...llama, ...lora, ...data, tokenized_path: 'saves/llama3-8b/dataset/sft', output_dir: 'saves/llama3-8b/lora/sft', overwrite_output_dir: true },
  'train_lora pretrain': { ...sft, stage: 'pt', dataset: 'c4_demo', template: null },
  'train_lora reward': { ...sft, stage: 'rm', dataset: 'dpo_en_demo' },
  'train_lora dpo': { ...sft, stage: 'dpo', pref_beta: 0.1, pref_loss: 'sigmoid', dataset: 'dpo_en_demo', learning_rate: 5e-6 },
  'train_lora kto': { ...sft, stage: 'kto', pref_beta: 0.1, dataset: 'kto_en_demo', learning_rate: 5e-6 },
  'train_lora ppo': { ...sft, stage: 'ppo', reward_model: 'saves/llama3-8b/lora/reward', learning_rate: 1e-5, ...generation },
  'train_lora qwen3vl': { ...sft, model_name_or_path: 'Qwen/Qwen3-VL-4B-Instruct', ...pictures, dataset: 'mllm_demo,identity,alpaca_en_demo', template: 'qwen3_vl_nothink' },
  'train_lora qwen3vl dpo': { ...sft, model_name_or_path: 'Qwen/Qwen3-VL-4B-Instruct', ...pictures, stage: 'dpo', pref_beta: 0.1, pref_loss: 'sigmoid', dataset: 'rlhf_v', template: 'qwen3_vl_nothink' },
  'train_lora eval': { ...llama, adapter_name_or_path: 'saves/llama3-8b/lora/sft', finetuning_type: 'lora', task: 'mmlu_test', template: 'fewshot', lang: 'en', n_shot: 5, save_dir: 'saves/llama3-8b/lora/eval', batch_size: 4 },
  'train_qlora bnb': { ...sft, quantization_bit: 4, quantization_method: 'bnb' },
  'train_qlora npu': { ...sft, quantization_bit: 4, quantization_method: 'bnb', double_quantization: false },
  'train_qlora awq': { ...sft, model_name_or_path: 'TechxGenus/Meta-Llama-3-8B-Instruct-AWQ' },
  'train_qlora aqlm': { ...sft, model_name_or_path: 'ISTA-DASLab/Meta-Llama-3-8B-Instruct-AQLM-2Bit-1x16' },
  'train_qlora gptq': { ...sft, model_name_or_path: 'TechxGenus/Meta-Llama-3-8B-Instruct-GPTQ' },
  'train_full sft': { ...whole, deepspeed: 'examples/deepspeed/ds_z3_config.json' },
  'train_full qwen3': { ...whole, ...qwen, template: 'qwen3_nothink', deepspeed: 'examples/deepspeed/ds_z3_config.json' },
  'train_full qwen2vl': { ...whole, model_name_or_path: 'Qwen/Qwen2.5-VL-7B-Instruct', ...pictures, freeze_vision_tower: true, freeze_multi_modal_projector: true, freeze_language_model: false, dataset: 'mllm_demo', template: 'qwen2_vl' },
  'merge_lora lora': { ...llama, adapter_name_or_path: 'saves/llama3-8b/lora/sft', template: 'llama3', export_dir: 'output/llama3_lora_sft', export_size: 5, export_device: 'cpu', export_legacy_format: false },
  'merge_lora full': { model_name_or_path: 'saves/llama3-8b/full/sft', template: 'llama3', trust_remote_code: true, export_dir: 'output/llama3_full_sft', export_size: 5, export_device: 'cpu', export_legacy_format: false },
  'merge_lora gptq': { ...llama, template: 'llama3', export_dir: 'output/llama3_gptq', export_quantization_bit: 4, export_quantization_dataset: 'data/c4_demo.jsonl', export_size: 5, export_device: 'cpu', export_legacy_format: false },
  'inference': { ...llama, template: 'llama3', infer_backend: 'huggingface' },
  'inference lora': { ...llama, adapter_name_or_path: 'saves/llama3-8b/lora/sft', template: 'llama3', infer_backend: 'huggingface' },
  'inference full': { model_name_or_path: 'saves/llama3-8b/full/sft', template: 'llama3', infer_backend: 'huggingface' },
  'inference vllm': { ...llama, template: 'llama3', infer_backend: 'vllm', vllm_enforce_eager: true },
  'inference sglang': { ...llama, template: 'llama3', infer_backend: 'sglang' },
  'extras adam_mini': { ...whole, use_adam_mini: true },
  'extras add_tokens': { ...sft, ...qwen, template: 'qwen3_nothink', new_special_tokens_config: 'examples/extras/multi_tokens/tokens_cfg.yaml', init_special_tokens: 'desc_init', resize_vocab: true, additional_target: 'embed_tokens,lm_head' },
  'extras apollo': { ...whole, use_apollo: true, apollo_layerwise: true, apollo_target: 'all', apollo_rank: 128, apollo_scale: 32.0, apollo_scale_type: 'channel', gradient_accumulation_steps: 1, pure_bf16: true, bf16: undefined },
  'extras asft': { ...whole, use_asft_loss: true, asft_alpha: 0.1 },
  'extras badam': { ...whole, use_badam: true, badam_mode: 'layer', badam_switch_mode: 'ascending', badam_switch_interval: 50, badam_verbose: 2, bf16: undefined, ...evaluation },
  'extras dft': { ...whole, use_dft_loss: true },
  'extras eaft': { ...whole, use_eaft_loss: true },
  'extras fp8': { ...whole, fp8: true, fp8_backend: 'torchao', fp8_enable_fsdp_float8_all_gather: true, fsdp: 'full_shard auto_wrap', fsdp_transformer_layer_cls_to_wrap: 'LlamaDecoderLayer', do_eval: true, ...evaluation },
  'extras fsdp_qlora': { ...sft, quantization_bit: 4, bf16: undefined, fp16: true, ...evaluation },
  'extras galore': { ...whole, use_galore: true, galore_layerwise: true, galore_target: 'all', galore_rank: 128, galore_scale: 2.0, gradient_accumulation_steps: 1, pure_bf16: true, bf16: undefined },
  'extras llama_pro': { ...whole, model_name_or_path: 'models/llama3-8b-pro', finetuning_type: 'freeze', freeze_trainable_layers: 8, freeze_trainable_modules: 'all', use_llama_pro: true },
  'extras loraplus': { ...sft, loraplus_lr_ratio: 16.0 },
  'extras mod': { ...whole, mixture_of_depths: 'convert', optim: 'paged_adamw_8bit', pure_bf16: true, bf16: undefined },
  'extras muon': { ...whole, use_muon: true },
  'extras nlg_eval': { ...llama, adapter_name_or_path: 'saves/llama3-8b/lora/sft', stage: 'sft', do_predict: true, finetuning_type: 'lora', eval_dataset: 'identity,alpaca_en_demo', template: 'llama3', cutoff_len: 2048, max_samples: 50, overwrite_cache: true, preprocessing_num_workers: 16, output_dir: 'saves/llama3-8b/lora/predict', overwrite_output_dir: true, per_device_eval_batch_size: 1, predict_with_generate: true, ddp_timeout: 180000000 },
  'extras oft': { ...llama, ...oft, ...data, ...output, ...training },
  'extras oft ppo': { ...llama, ...oft, stage: 'ppo', reward_model: 'saves/llama3-8b/oft/reward', reward_model_type: 'oft', ...data, ...output, ...training, ...generation },
  'extras pissa': { ...sft, pissa_init: true, pissa_iter: 16, pissa_convert: true },
  'extras qoft': { ...llama, ...oft, ...data, ...output, ...training, quantization_bit: 4, quantization_method: 'bnb' },
  'ascend': { ...sft, ...qwen, use_v1_kernels: true, flash_attn: 'fa2', template: 'qwen3_nothink', packing: false, max_steps: 2000, disable_gradient_checkpointing: true },
  'megatron': { model_name_or_path: 'Qwen/Qwen2-VL-7B-Instruct', ...pictures, ...full, dataset: 'llava_1k_en', preprocessing_num_workers: 8, cutoff_len: 4096, template: 'qwen2_vl', output_dir: 'saves/mca/qwen2_vl_full', per_device_train_batch_size: 1, gradient_accumulation_steps: 2, num_train_epochs: 2, learning_rate: 2e-5, logging_steps: 1, save_steps: 100, lr_scheduler_type: 'cosine', bf16: true, tensor_model_parallel_size: 4, sequence_parallel: true, pipeline_model_parallel_size: 2, bias_activation_fusion: true, apply_rope_fusion: true, use_distributed_optimizer: true },
  'v1': { model: 'Qwen/Qwen3-4B', model_class: 'llm', peft_config: { name: 'lora', r: 16 }, dist_config: { name: 'fsdp2' }, train_dataset: 'data/v1_sft_demo.yaml', output_dir: 'outputs/test', micro_batch_size: 1, cutoff_len: 2048, max_steps: 10, sample_backend: 'hf' },
}; // prettier-ignore

const plain = { file_name: 'rows.json' };
const pairs = { file_name: 'rows.json', ranking: true, columns: { chosen: 'chosen', rejected: 'rejected' } };
const info = {
  identity: plain, alpaca_en_demo: plain, c4_demo: plain, mllm_demo: plain, llava_1k_en: plain, dpo_en_demo: pairs, rlhf_v: pairs,
  kto_en_demo: { file_name: 'rows.json', columns: { messages: 'messages', kto_tag: 'label' } },
}; // prettier-ignore

/** A folder with data/dataset_info.json in it and nothing else. */
const files: Files = {
  kind: (path) => (path === 'data/dataset_info.json' ? 'file' : path === 'data' ? 'folder' : undefined),
  text: (path) => (path === 'data/dataset_info.json' ? JSON.stringify(info) : undefined),
  names: () => [],
  tensors: () => undefined,
  size: () => undefined,
};

const expected = /^(deprecated-key|path-not-found|optimizer-to-set)$/;

test.each(Object.entries(examples))('%s', (_, keys) => {
  const given = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
  const { findings } = checkRecipe(stringify(given), 'example.yaml', [], { files });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  const warnings = findings.filter(({ severity, rule }) => severity === 'warning' && rule !== 'unknown-key');
  expect(warnings.filter(({ code }) => !expected.test(code))).toEqual([]);
});
