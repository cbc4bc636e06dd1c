// The one decoder: everything the architectures share stands here, in the order a transformer block is read.
import type { Tensor } from '../graph/tensor.ts';
import type { ModelGraph } from './model-graph.ts';

/** Rotation tables of one kind: cos and sin [1 or B, T, 1, R/2]. */
export interface RopeTensors {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Keys and values of earlier tokens of one layer, and the additive mask of all keys: for generation token by token. */
export interface LayerCache {
  readonly keys: Tensor; // [B, KV, C, D]
  readonly values: Tensor; // [B, KV, C, D]
  readonly mask: Tensor; // [T, C + T]
}

export interface DecoderInputs {
  readonly rows: number; // B
  readonly length: number; // T
  readonly ids: Tensor; // int32 [B·T]
  readonly rope: Readonly<Record<'global' | 'local', RopeTensors | undefined>>;
  /** neat_packing: tokens attend within their own segment; int32 [B, T]. */
  readonly segments?: Tensor | undefined;
  /** NEFTune (Jain et al. 2023): added to the embeddings; [B·T, H]. */
  readonly embeddingNoise?: Tensor | undefined;
  readonly cache?: readonly LayerCache[] | undefined;
  /** Queries per attention block. */
  readonly attentionBlock: number;
}

export interface DecoderOutputs {
  /** After the last layer, before the final norm: [B·T, H]. */
  readonly hidden: Tensor;
  /** Keys and values of this call's tokens by layer: [B, KV, T, D]. */
  readonly keyValues: readonly { readonly keys: Tensor; readonly values: Tensor }[];
}

/** Runs all layers. Nodes of layer N stand in scope layers.N: the unit of recomputation. */
export function decode(m: ModelGraph, inputs: DecoderInputs): DecoderOutputs {
  const { g, spec } = m;
  const keyValues: { keys: Tensor; values: Tensor }[] = [];
  let x = g.in('embed', () => {
    const embedded = m.embed(inputs.ids);
    return inputs.embeddingNoise ? g.add(embedded, inputs.embeddingNoise) : embedded;
  });
  for (let layer = 0; layer < spec.layers; layer++) {
    x = g.in(`layers.${layer}`, () => {
      const { output, keys, values } = block(m, x, layer, inputs);
      keyValues.push({ keys, values });
      return output;
    });
  }
  return { hidden: x, keyValues };
}

interface BlockOutput {
  readonly output: Tensor;
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** One layer: x + attention(norm(x)), then x + mlp(norm(x)); with sandwich norms each branch is normed again. */
function block(m: ModelGraph, x: Tensor, layer: number, inputs: DecoderInputs): BlockOutput {
  const { g, spec } = m;
  const prefix = `model.layers.${layer}`;
  const attended = attention(m, m.norm(`${prefix}.input_layernorm`, x), layer, inputs);
  if (spec.sandwichNorms) {
    const middle = g.add(x, m.norm(`${prefix}.post_attention_layernorm`, attended.output));
    const fed = mlp(m, m.norm(`${prefix}.pre_feedforward_layernorm`, middle), prefix);
    return { ...attended, output: g.add(middle, m.norm(`${prefix}.post_feedforward_layernorm`, fed)) };
  }
  const middle = g.add(x, attended.output);
  const fed = mlp(m, m.norm(`${prefix}.post_attention_layernorm`, middle), prefix);
  return { ...attended, output: g.add(middle, fed) };
}

/** x [B·T, H] → [B·T, H]. */
function mlp(m: ModelGraph, x: Tensor, prefix: string): Tensor {
  const { g, spec } = m;
  const { intermediateSize: inner, mlpBias: bias } = spec;
  let [gate, up] = spec.fusedProjections
    ? []
    : m.linears([`${prefix}.mlp.gate_proj`, `${prefix}.mlp.up_proj`], x, bias);
  if (!gate || !up) {
    const both = m.linear(`${prefix}.mlp.gate_up_proj`, x, bias);
    gate = g.slice(both, 1, 0, inner);
    up = g.slice(both, 1, inner, 2 * inner);
  }
  return m.linear(`${prefix}.mlp.down_proj`, g.one('GatedActivation', [gate, up], { kind: spec.activation }), bias);
}

/** q, k and v [B·T, heads · D] of a layer. */
function project(m: ModelGraph, x: Tensor, prefix: string): [Tensor, Tensor, Tensor] {
  const { g, spec } = m;
  const query = spec.heads * spec.headDim;
  const keyValue = spec.keyValueHeads * spec.headDim;
  const bias = spec.queryKeyValueBias;
  if (!spec.fusedProjections) {
    const modules = ['q_proj', 'k_proj', 'v_proj'].map((module) => `${prefix}.${module}`);
    return m.linears(modules, x, bias) as [Tensor, Tensor, Tensor];
  }
  const all = m.linear(`${prefix}.qkv_proj`, x, bias);
  return [
    g.slice(all, 1, 0, query),
    g.slice(all, 1, query, query + keyValue),
    g.slice(all, 1, query + keyValue, query + 2 * keyValue),
  ];
}

/** Grouped-query attention (Ainslie et al. 2023) with rotary positions: x [B·T, H] → [B·T, H]. */
function attention(m: ModelGraph, x: Tensor, layer: number, inputs: DecoderInputs): BlockOutput {
  const { g, spec } = m;
  const { rows, length } = inputs;
  const { heads, keyValueHeads, headDim } = spec;
  const group = heads / keyValueHeads;
  const prefix = `model.layers.${layer}.self_attn`;
  const rope = inputs.rope[spec.rope(layer)];
  if (!rope) throw new Error(`layer ${layer} needs ${spec.rope(layer)} rotary tables`);

  const [q, k, v] = project(m, x, prefix);
  const rotated = (tensor: Tensor, count: number, norm: string): Tensor => {
    const split = g.reshape(tensor, [rows, length, count, headDim]);
    const normed = spec.queryKeyNorm ? m.norm(`${prefix}.${norm}`, split) : split;
    return g.one('Rope', [normed, rope.cos, rope.sin], {});
  };
  const queries = g.transpose(
    g.reshape(rotated(q, heads, 'q_norm'), [rows, length, keyValueHeads, group, headDim]),
    [0, 2, 3, 1, 4],
  ); // [B, KV, G, T, D]
  const keys = g.transpose(rotated(k, keyValueHeads, 'k_norm'), [0, 2, 1, 3]); // [B, KV, T, D]
  const values = g.transpose(g.reshape(v, [rows, length, keyValueHeads, headDim]), [0, 2, 1, 3]);

  const cache = inputs.cache?.[layer];
  const o = cache
    ? cachedAttention(m, queries, keys, values, cache)
    : g.one('Attention', inputs.segments ? [queries, keys, values, inputs.segments] : [queries, keys, values], {
        scale: spec.attentionScale,
        window: spec.window(layer),
        softcap: spec.attentionSoftcap,
        block: inputs.attentionBlock,
      });
  const merged = g.reshape(g.transpose(o, [0, 3, 1, 2, 4]), [rows * length, heads * headDim]);
  return { output: m.linear(`${prefix}.o_proj`, merged, spec.outputBias), keys, values };
}

/** Attention of new tokens over cached and new keys: q [B, KV, G, T, D] → the same shape. Not for training. */
function cachedAttention(m: ModelGraph, q: Tensor, k: Tensor, v: Tensor, cache: LayerCache): Tensor {
  const { g, spec } = m;
  const [b = 1, kv = 1, group = 1, t = 1, d = 1] = q.shape;
  const keys = g.concat([cache.keys, k], 2);
  const values = g.concat([cache.values, v], 2);
  const total = keys.shape[2] ?? 0;
  let scores = g.matmul(g.reshape(q, [b, kv, group * t, d]), keys, { transB: true, alpha: spec.attentionScale });
  if (spec.attentionSoftcap !== undefined) {
    scores = g.mul(g.tanh(g.mul(scores, 1 / spec.attentionSoftcap)), spec.attentionSoftcap);
  }
  const masked = g.add(g.reshape(scores, [b, kv, group, t, total]), cache.mask);
  const p = g.reshape(g.softmax(masked), [b, kv, group * t, total]);
  return g.reshape(g.matmul(p, values), [b, kv, group, t, d]);
}
