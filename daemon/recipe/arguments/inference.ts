// Recipe keys: inference, export, hub. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const inferenceArguments = {
  // inference
  infer_backend: key<string>('string', 'huggingface', 'Engine that generates text in chat and api.', {
    group: 'inference',
    choices: ['huggingface', 'vllm', 'sglang'],
    support: 'later',
  }),
  offload_folder: key<string>('string', 'offload', 'Folder for weights that do not fit into memory.', {
    group: 'inference',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  use_kv_cache: key<boolean>('bool', true, 'Keep keys and values of earlier tokens while generating.', {
    group: 'inference',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  infer_dtype: key<string>('string', 'auto', 'Number format of weights while generating, and of exported weights.', {
    group: 'inference',
    choices: ['auto', 'float16', 'bfloat16', 'float32'],
    support: 'no-effect',
    because: 'it is for inference',
  }),
  vllm_maxlen: key<number>('int', 4096, 'Longest prompt plus answer in vLLM, in tokens.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'vllm'],
    support: 'later',
  }),
  vllm_gpu_util: key<number>('float', 0.7, 'Share of GPU memory that vLLM may take.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'vllm'],
    support: 'later',
  }),
  vllm_enforce_eager: key<boolean>('bool', false, 'Turn CUDA graphs off in vLLM.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'vllm'],
    support: 'later',
  }),
  vllm_max_lora_rank: key<number>('int', 32, 'Highest adapter rank that vLLM accepts.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'vllm'],
    support: 'later',
  }),
  vllm_config: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'Further vLLM engine options, as a mapping or a JSON string.',
    { group: 'inference', onlyWith: ['infer_backend', 'vllm'], support: 'later' },
  ),
  sglang_maxlen: key<number>('int', 4096, 'Longest prompt plus answer in SGLang, in tokens.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'sglang'],
    support: 'later',
  }),
  sglang_mem_fraction: key<number>('float', 0.7, 'Share of GPU memory that SGLang may take.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'sglang'],
    support: 'later',
  }),
  sglang_tp_size: key<number>('int', -1, 'Tensor-parallel degree in SGLang; -1 takes all GPUs.', {
    group: 'inference',
    onlyWith: ['infer_backend', 'sglang'],
    support: 'later',
  }),
  sglang_config: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'Further SGLang engine options, as a mapping or a JSON string.',
    { group: 'inference', onlyWith: ['infer_backend', 'sglang'], support: 'later' },
  ),
  sglang_lora_backend: key<string>('string', 'triton', 'Kernel family for adapters in SGLang.', {
    group: 'inference',
    choices: ['triton', 'flashinfer'],
    onlyWith: ['infer_backend', 'sglang'],
    support: 'later',
  }),
  // export
  export_dir: key<string | null>('string', null, 'Folder that receives the merged model.', {
    group: 'export',
    support: 'later',
  }),
  export_size: key<number>('int', 5, 'Largest weight shard in GB.', {
    group: 'export',
    onlyWith: ['export_dir'],
    support: 'later',
  }),
  export_device: key<string>('string', 'cpu', 'Device used for merging; auto uses an accelerator where there is one.', {
    group: 'export',
    choices: ['cpu', 'auto'],
    onlyWith: ['export_dir'],
    support: 'later',
  }),
  export_quantization_bit: key<number | null>('int', null, 'Quantise the exported model (GPTQ) to this many bits.', {
    group: 'export',
    support: 'later',
  }),
  export_quantization_dataset: key<string | null>(
    'string',
    null,
    'Calibration text for quantised export: a file or a hub data set.',
    { group: 'export', onlyWith: ['export_quantization_bit'], support: 'later' },
  ),
  export_quantization_nsamples: key<number>('int', 128, 'How many calibration samples to use.', {
    group: 'export',
    onlyWith: ['export_quantization_bit'],
    support: 'later',
  }),
  export_quantization_maxlen: key<number>('int', 1024, 'Length in tokens of each calibration sample.', {
    group: 'export',
    onlyWith: ['export_quantization_bit'],
    support: 'later',
  }),
  export_legacy_format: key<boolean>(
    'bool',
    false,
    'Write .bin files instead of safetensors; has no effect from transformers 5 on.',
    { group: 'export', onlyWith: ['export_dir'], support: 'later' },
  ),
  export_hub_model_id: key<string | null>('string', null, 'Also upload the exported model to this hub repository.', {
    group: 'export',
    onlyWith: ['export_dir'],
    support: 'later',
  }),
  // hub
  hf_hub_token: key<string | null>('string', null, 'Access token for Hugging Face; used for loading.', {
    group: 'hub',
    support: 'built',
  }),
  ms_hub_token: key<string | null>('string', null, 'Access token for ModelScope.', {
    group: 'hub',
    support: 'no-effect',
    because: 'nothing is downloaded',
  }),
  om_hub_token: key<string | null>('string', null, 'Access token for Modelers.', {
    group: 'hub',
    support: 'no-effect',
    because: 'nothing is downloaded',
  }),
  push_to_hub: key<boolean>('bool', false, 'Upload the result to the hub.', { group: 'hub', support: 'later' }),
  hub_token: key<string | null>('string', null, 'Access token for uploading.', {
    group: 'hub',
    onlyWith: ['push_to_hub'],
    support: 'later',
  }),
  hub_private_repo: key<boolean | null>('bool', null, 'Create the hub repository as private.', {
    group: 'hub',
    onlyWith: ['push_to_hub'],
    support: 'later',
  }),
  hub_model_id: key<string | null>('string', null, 'Repository that receives uploads.', {
    group: 'hub',
    onlyWith: ['push_to_hub'],
    support: 'later',
  }),
  hub_strategy: key<string>('string', 'every_save', 'What is uploaded and when.', {
    group: 'hub',
    choices: ['end', 'every_save', 'checkpoint', 'all_checkpoints'],
    onlyWith: ['push_to_hub'],
    support: 'later',
  }),
  hub_always_push: key<boolean>('bool', false, 'Upload even while the last upload is still running.', {
    group: 'hub',
    onlyWith: ['push_to_hub'],
    support: 'later',
  }),
  hub_revision: key<string | null>('string', null, 'Branch that receives uploads.', {
    group: 'hub',
    onlyWith: ['push_to_hub'],
    support: 'later',
  }),
} as const;
