// Llama (and everything that says model_type llama: SmolLM2, TinyLlama, Yi …).
import type { ModelConfig } from '../config.ts';
import type { Architecture, DecoderSpec } from '../spec.ts';

/** What llama-like decoders have in common; an architecture overrides what it does differently. */
export function llamaSpec(config: ModelConfig): DecoderSpec {
  const { raw } = config;
  return {
    hiddenSize: config.hiddenSize,
    vocabSize: config.vocabSize,
    layers: config.layers,
    heads: config.heads,
    keyValueHeads: config.keyValueHeads,
    headDim: config.headDim,
    intermediateSize: config.intermediateSize,
    epsilon: config.epsilon,
    activation: config.activation,
    tied: raw.tie_word_embeddings ?? false,
    normPlusOne: false,
    queryKeyNorm: false,
    queryKeyValueBias: raw.attention_bias ?? false,
    outputBias: raw.attention_bias ?? false,
    mlpBias: raw.mlp_bias ?? false,
    fusedProjections: false,
    sandwichNorms: false,
    embeddingScale: 1,
    attentionScale: 1 / Math.sqrt(config.headDim),
    attentionSoftcap: undefined,
    logitSoftcap: undefined,
    window: () => undefined,
    rope: () => 'global',
  };
}

export const llama: Architecture = { modelType: 'llama', spec: llamaSpec };
