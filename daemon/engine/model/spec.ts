// What the one decoder needs to know about an architecture: numbers and switches, no structure.
import type { ActivationKind } from '../graph/ops/signatures.ts';
import type { Shape } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';

export interface DecoderSpec {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly epsilon: number;
  readonly activation: ActivationKind;
  /** The output projection is the embedding table. */
  readonly tied: boolean;
  /** Norms multiply by 1 + weight (Gemma). */
  readonly normPlusOne: boolean;
  /** RMSNorm over each head of q and k before the rotation. */
  readonly queryKeyNorm: boolean;
  readonly queryKeyValueBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** One qkv_proj and one gate_up_proj in place of five projections (Phi 3). */
  readonly fusedProjections: boolean;
  /** Norms also behind attention and MLP, before the residual is added (Gemma 2, 3). */
  readonly sandwichNorms: boolean;
  /** Embeddings are multiplied by this. */
  readonly embeddingScale: number;
  readonly attentionScale: number;
  readonly attentionSoftcap: number | undefined;
  readonly logitSoftcap: number | undefined;
  /** Sliding window of a layer; undefined: full attention. */
  window(layer: number): number | undefined;
  /** Which rotary table a layer uses; 'local' is Gemma 3's table of its sliding layers. */
  rope(layer: number): 'global' | 'local';
}

export interface Architecture {
  /** config.json's model_type. */
  readonly modelType: string;
  spec(config: ModelConfig): DecoderSpec;
}

export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
}

/** The linear modules of a layer with their [out, in], HF names relative to model.layers.N. */
export function layerLinears(
  spec: DecoderSpec,
): readonly { readonly module: string; readonly out: number; readonly in: number; readonly bias: boolean }[] {
  const { hiddenSize: hidden, intermediateSize: inner } = spec;
  const query = spec.heads * spec.headDim;
  const keyValue = spec.keyValueHeads * spec.headDim;
  const attention = spec.fusedProjections
    ? [{ module: 'self_attn.qkv_proj', out: query + 2 * keyValue, in: hidden, bias: spec.queryKeyValueBias }]
    : [
        { module: 'self_attn.q_proj', out: query, in: hidden, bias: spec.queryKeyValueBias },
        { module: 'self_attn.k_proj', out: keyValue, in: hidden, bias: spec.queryKeyValueBias },
        { module: 'self_attn.v_proj', out: keyValue, in: hidden, bias: spec.queryKeyValueBias },
      ];
  const up = spec.fusedProjections
    ? [{ module: 'mlp.gate_up_proj', out: 2 * inner, in: hidden, bias: spec.mlpBias }]
    : [
        { module: 'mlp.gate_proj', out: inner, in: hidden, bias: spec.mlpBias },
        { module: 'mlp.up_proj', out: inner, in: hidden, bias: spec.mlpBias },
      ];
  return [
    ...attention,
    { module: 'self_attn.o_proj', out: hidden, in: query, bias: spec.outputBias },
    ...up,
    { module: 'mlp.down_proj', out: hidden, in: inner, bias: spec.mlpBias },
  ];
}

/** Norm modules of a layer, HF names relative to model.layers.N. */
function layerNorms(spec: DecoderSpec): readonly { readonly module: string; readonly size: number }[] {
  const { hiddenSize: size } = spec;
  const norms = [
    { module: 'input_layernorm', size },
    { module: 'post_attention_layernorm', size },
  ];
  if (spec.sandwichNorms)
    norms.push({ module: 'pre_feedforward_layernorm', size }, { module: 'post_feedforward_layernorm', size });
  if (spec.queryKeyNorm) {
    norms.push({ module: 'self_attn.q_norm', size: spec.headDim }, { module: 'self_attn.k_norm', size: spec.headDim });
  }
  return norms;
}

/** Every weight of the model in the order transformers lists them, with its shape; a tied output projection is left out. */
export function weightSpecs(spec: DecoderSpec): WeightSpec[] {
  const { hiddenSize, vocabSize } = spec;
  const weights: WeightSpec[] = [{ name: 'model.embed_tokens.weight', shape: [vocabSize, hiddenSize] }];
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const linear of layerLinears(spec)) {
      weights.push({ name: `model.layers.${layer}.${linear.module}.weight`, shape: [linear.out, linear.in] });
      if (linear.bias) weights.push({ name: `model.layers.${layer}.${linear.module}.bias`, shape: [linear.out] });
    }
    for (const { module, size } of layerNorms(spec))
      weights.push({ name: `model.layers.${layer}.${module}.weight`, shape: [size] });
  }
  weights.push({ name: 'model.norm.weight', shape: [hiddenSize] });
  if (!spec.tied) weights.push({ name: 'lm_head.weight', shape: [vocabSize, hiddenSize] });
  return weights;
}
