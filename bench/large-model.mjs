// A llama of TinyLlama's shape (1.1 billion weights) with random values, as bfloat16 safetensors shards.
import { existsSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const config = {
  architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 2048, intermediate_size: 5632, num_hidden_layers: 22,
  num_attention_heads: 32, num_key_value_heads: 4, vocab_size: 32000, max_position_embeddings: 2048, rms_norm_eps: 1e-5,
  rope_theta: 10000, hidden_act: 'silu', tie_word_embeddings: false, torch_dtype: 'bfloat16',
}; // prettier-ignore

function layer(index) {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const keyValue = (hidden / config.num_attention_heads) * config.num_key_value_heads;
  const shapes = {
    'self_attn.q_proj': [hidden, hidden], 'self_attn.k_proj': [keyValue, hidden], 'self_attn.v_proj': [keyValue, hidden],
    'self_attn.o_proj': [hidden, hidden], 'mlp.gate_proj': [inner, hidden], 'mlp.up_proj': [inner, hidden],
    'mlp.down_proj': [hidden, inner], input_layernorm: [hidden], post_attention_layernorm: [hidden],
  }; // prettier-ignore
  return Object.entries(shapes).map(([name, shape]) => ({ name: `model.layers.${index}.${name}.weight`, shape }));
}

const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** bfloat16 values with a deviation of about 0.02 (a sum of four uniform numbers); norms are 1. */
function values({ shape }, random) {
  const halves = new Uint16Array(sizeOf(shape));
  if (shape.length === 1) return halves.fill(0x3f80);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < halves.length; i++) {
    const [a, b] = [random(), random()];
    float[0] = (((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16)) / 65535 - 2) * 0.035;
    halves[i] = bits[0] >>> 16;
  }
  return halves;
}

/** Writes the folder, in three shards; one that is there already is left. */
export async function writeLargeModel(folder) {
  if (existsSync(join(folder, 'model.safetensors.index.json'))) return;
  const { hidden_size: hidden, vocab_size: vocabulary } = config;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => layer(i));
  const shards = [
    [{ name: 'model.embed_tokens.weight', shape: [vocabulary, hidden] }, ...layers.slice(0, 8).flat()],
    layers.slice(8, 15).flat(),
    [...layers.slice(15).flat(), { name: 'model.norm.weight', shape: [hidden] }, { name: 'lm_head.weight', shape: [vocabulary, hidden] }], // prettier-ignore
  ];
  let state = 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const weightMap = {};
  for (const [i, tensors] of shards.entries()) {
    const name = `model-0000${i + 1}-of-00003.safetensors`;
    const header = {};
    let offset = 0;
    for (const tensor of tensors) {
      const end = offset + sizeOf(tensor.shape) * 2;
      header[tensor.name] = { dtype: 'BF16', shape: tensor.shape, data_offsets: [offset, end] };
      weightMap[tensor.name] = name;
      offset = end;
    }
    const json = Buffer.from(JSON.stringify(header));
    const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
    json.copy(padded);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(padded.length));
    const file = await open(join(folder, name), 'w');
    await file.writeFile(length);
    await file.writeFile(padded);
    for (const tensor of tensors) await file.writeFile(values(tensor, random));
    await file.close();
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: weightMap }));
}
