// config.json of a Hugging Face model folder, in today's style (rope_parameters, dtype) and the older one (rope_theta,
// rope_scaling, torch_dtype), with the defaults of transformers 5.6.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { ActivationKind } from '../graph/ops/signatures.ts';
import type { FloatType } from './safetensors/format.ts';

const count = z.number().int().positive();
const optionalNumber = z.number().nullish();
const rope = z.record(z.string(), z.unknown()).nullish();

const schema = z.looseObject({
  model_type: z.string(),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count.nullish(),
  original_max_position_embeddings: count.nullish(),
  rms_norm_eps: optionalNumber,
  initializer_range: optionalNumber,
  hidden_act: z.string().nullish(),
  hidden_activation: z.string().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  sliding_window: z.number().int().nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.number().int().nullish(),
  layer_types: z.array(z.string()).nullish(),
  sliding_window_pattern: z.number().int().nullish(),
  _sliding_window_pattern: z.number().int().nullish(),
  attn_logit_softcapping: optionalNumber,
  final_logit_softcapping: optionalNumber,
  query_pre_attn_scalar: optionalNumber,
  partial_rotary_factor: optionalNumber,
  rope_theta: optionalNumber,
  rope_local_base_freq: optionalNumber,
  rope_scaling: rope,
  rope_parameters: rope,
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
});

export type RawConfig = z.infer<typeof schema>;

/** How positions are turned into angles; factors as transformers names them. */
export interface RopeParameters {
  readonly type: string;
  readonly theta: number;
  /** All numeric settings of the scaling (factor, low_freq_factor, beta_fast …). */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface ModelConfig {
  readonly raw: RawConfig;
  readonly modelType: string;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly epsilon: number;
  readonly initializerRange: number;
  readonly activation: ActivationKind;
  readonly rotaryFactor: number;
  readonly rope: Readonly<{ global: RopeParameters; local: RopeParameters }>;
  readonly dtype: FloatType;
}

const activations: Readonly<Record<string, ActivationKind>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_pytorch_tanh: 'gelu_tanh',
  gelu_new: 'gelu_tanh',
};

const dtypes: Readonly<Record<string, FloatType>> = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' };

/** Reads and checks a model folder's config.json. Throws UserError where it is missing, broken or incomplete. */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const path = join(folder, 'config.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      'config-missing',
      `${folder} has no config.json: model_name_or_path must be a folder in Hugging Face layout.`,
      { cause },
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError('config-broken', `${path} is not JSON: ${(cause as Error).message}.`, { cause });
  }
  return parseModelConfig(json, path);
}

export function parseModelConfig(json: unknown, path: string): ModelConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      'config-broken',
      `${path}: ${issue?.path.join('.') ?? 'the file'} cannot be used (${issue?.message ?? 'unknown'}).`,
    );
  }
  const raw = parsed.data;
  const gemma = raw.model_type.startsWith('gemma');
  // Gemma's hidden_act was wrong in early configs; hidden_activation is the one in force
  const act = gemma ? (raw.hidden_activation ?? 'gelu_pytorch_tanh') : (raw.hidden_act ?? 'silu');
  const activation = activations[act];
  if (!activation)
    throw new UserError(
      'config-activation',
      `${path}: the activation "${act}" is not known; known are ${Object.keys(activations).join(', ')}.`,
    );
  return {
    raw,
    modelType: raw.model_type,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    keyValueHeads: raw.num_key_value_heads ?? raw.num_attention_heads,
    headDim: raw.head_dim ?? defaultHeadDim(raw),
    vocabSize: raw.vocab_size,
    maxPositions: raw.max_position_embeddings ?? 2048,
    epsilon: raw.rms_norm_eps ?? (raw.model_type === 'phi3' ? 1e-5 : 1e-6),
    initializerRange: raw.initializer_range ?? 0.02,
    activation,
    rotaryFactor: rotaryFactor(raw),
    rope: { global: ropeParameters(raw, 'full_attention'), local: localRope(raw) },
    dtype: dtypes[raw.dtype ?? raw.torch_dtype ?? 'float32'] ?? 'F32',
  };
}

/** Gemma's and Qwen 3's head size does not follow from the others. */
const defaultHeadDim = (raw: RawConfig): number => {
  if (raw.model_type.startsWith('gemma')) return 256;
  return raw.model_type === 'qwen3' ? 128 : Math.floor(raw.hidden_size / raw.num_attention_heads);
};

function rotaryFactor(raw: RawConfig): number {
  const nested = raw.rope_parameters?.['partial_rotary_factor'];
  return raw.partial_rotary_factor ?? (typeof nested === 'number' ? nested : 1);
}

/** Settings of one kind of layer; rope_parameters may be nested by layer type. */
function ropeParameters(raw: RawConfig, layerType: string): RopeParameters {
  const nested = raw.rope_parameters?.[layerType];
  const settings: Record<string, unknown> = {
    ...(raw.rope_scaling ?? {}),
    ...((nested as Record<string, unknown> | undefined) ?? raw.rope_parameters ?? {}),
  };
  const theta = settings['rope_theta'] ?? raw.rope_theta ?? (raw.model_type === 'gemma3_text' ? 1_000_000 : 10_000);
  const type = settings['rope_type'] ?? settings['type'] ?? 'default';
  return { type: typeof type === 'string' ? type : 'default', theta: Number(theta), settings };
}

/** Gemma 3's sliding layers rotate by a table of their own, unscaled. */
function localRope(raw: RawConfig): RopeParameters {
  if (raw.rope_parameters?.['sliding_attention']) return ropeParameters(raw, 'sliding_attention');
  return { type: 'default', theta: raw.rope_local_base_freq ?? 10_000, settings: {} };
}
