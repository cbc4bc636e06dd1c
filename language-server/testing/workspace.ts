// A workspace folder for a test: files by their paths, a small model's weights where one is asked for.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes the folder and removes it when the test is over. Values that are no texts are written as JSON. */
export function workspace(files: Readonly<Record<string, unknown>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'anneal-editor-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const isPlain = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(file, isPlain ? content : JSON.stringify(content, null, 2));
  }
  return folder;
}

/** The header of a safetensors file with these tensors, and no data behind it. */
export function safetensors(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const tensors = Object.entries(shapes).map(([name, shape]) => [name, { dtype: 'F32', shape, data_offsets: [0, 0] }]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(tensors)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

/** A llama of two layers, in Hugging Face's names. */
export function tinyLlama(): Readonly<Record<string, unknown>> {
  const layer = (index: number): [string, number[]][] => [
    [`model.layers.${index}.self_attn.q_proj.weight`, [64, 64]],
    [`model.layers.${index}.self_attn.k_proj.weight`, [32, 64]],
    [`model.layers.${index}.self_attn.v_proj.weight`, [32, 64]],
    [`model.layers.${index}.self_attn.o_proj.weight`, [64, 64]],
    [`model.layers.${index}.mlp.gate_proj.weight`, [128, 64]],
    [`model.layers.${index}.mlp.up_proj.weight`, [128, 64]],
    [`model.layers.${index}.mlp.down_proj.weight`, [64, 128]],
    [`model.layers.${index}.input_layernorm.weight`, [64]],
  ];
  return {
    'models/tiny/config.json': {
      model_type: 'llama',
      hidden_size: 64,
      num_hidden_layers: 2,
      max_position_embeddings: 2048,
    },
    'models/tiny/model.safetensors': safetensors(
      Object.fromEntries([
        ['model.embed_tokens.weight', [512, 64]],
        ...layer(0),
        ...layer(1),
        ['model.norm.weight', [64]],
        ['lm_head.weight', [512, 64]],
      ]),
    ),
  };
}
