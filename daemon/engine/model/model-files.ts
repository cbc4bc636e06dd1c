// A full model folder as transformers loads it: config.json, weights in shards, generation_config.json.
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sizeOf } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import type { Parameter } from './parameters.ts';
import { shard, writeSafetensors } from './safetensors/write.ts';

/** Writes float32 weights (as a run in mixed or full precision keeps them) and the config that fits them. */
export async function writeModel(
  folder: string,
  config: ModelConfig,
  weights: ReadonlyMap<string, Parameter>,
  sourceFolder: string,
): Promise<void> {
  const { torch_dtype: _old, ...raw } = config.raw;
  await writeFile(join(folder, 'config.json'), `${JSON.stringify({ ...raw, dtype: 'float32' }, null, 2)}\n`);
  const generation = join(sourceFolder, 'generation_config.json');
  if (existsSync(generation)) await copyFile(generation, join(folder, 'generation_config.json'));
  const shards = shard([...weights.values()], 'F32');
  if (shards.length === 1) {
    await writeSafetensors(join(folder, 'model.safetensors'), shards[0] ?? []);
    return;
  }
  const weightMap: Record<string, string> = {};
  let total = 0;
  for (const [i, tensors] of shards.entries()) {
    const number = (value: number): string => String(value).padStart(5, '0');
    const name = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, name), tensors);
    for (const tensor of tensors) {
      weightMap[tensor.name] = name;
      total += sizeOf(tensor.shape) * 4;
    }
  }
  const index = { metadata: { total_size: total }, weight_map: weightMap };
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
}
