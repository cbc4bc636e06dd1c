// Gemma, Gemma 2 and Gemma 3 (text): norms of 1 + weight, scaled embeddings, tied output projection.
import type { ModelConfig } from '../config.ts';
import type { Architecture, DecoderSpec } from '../spec.ts';
import { llamaSpec } from './llama.ts';

const gemmaSpec = (config: ModelConfig): DecoderSpec => ({
  ...llamaSpec(config),
  tied: config.raw.tie_word_embeddings ?? true,
  mlpBias: false,
  normPlusOne: true,
  // transformers keeps √hidden as a float32 (bfloat16 models round it further)
  embeddingScale: Math.fround(Math.sqrt(config.hiddenSize)),
});

export const gemma: Architecture = { modelType: 'gemma', spec: gemmaSpec };

const isSliding = ({ raw }: ModelConfig, layer: number, pattern: number): boolean =>
  raw.layer_types ? raw.layer_types[layer] === 'sliding_attention' : (layer + 1) % pattern !== 0;

/** Norms around both branches and a scale of its own. */
const gemma2Like = (config: ModelConfig, pattern: number): DecoderSpec => ({
  ...gemmaSpec(config),
  sandwichNorms: true,
  attentionScale: (config.raw.query_pre_attn_scalar ?? 256) ** -0.5,
  window: (layer) => (isSliding(config, layer, pattern) ? (config.raw.sliding_window ?? 4096) : undefined),
});

/** Every second layer slides; attention scores and logits are capped. */
export const gemma2: Architecture = {
  modelType: 'gemma2',
  spec: (config) => ({
    ...gemma2Like(config, 2),
    attentionSoftcap:
      config.raw.attn_logit_softcapping === undefined ? 50 : (config.raw.attn_logit_softcapping ?? undefined),
    logitSoftcap:
      config.raw.final_logit_softcapping === undefined ? 30 : (config.raw.final_logit_softcapping ?? undefined),
  }),
};

/** Five sliding layers to a full one, each kind with rotary tables of its own; norms on the heads of q and k. */
export const gemma3: Architecture = {
  modelType: 'gemma3_text',
  spec: (config) => {
    const pattern = config.raw.sliding_window_pattern ?? config.raw._sliding_window_pattern ?? 6;
    return {
      ...gemma2Like(config, pattern),
      queryKeyNorm: true,
      attentionSoftcap: config.raw.attn_logit_softcapping ?? undefined,
      logitSoftcap: config.raw.final_logit_softcapping ?? undefined,
      rope: (layer) => (isSliding(config, layer, pattern) ? 'local' : 'global'),
    };
  },
};
