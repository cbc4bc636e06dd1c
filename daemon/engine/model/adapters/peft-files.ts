// Adapter folders as PEFT 0.18 reads and writes them: adapter_config.json and adapter_model.safetensors.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../errors.ts';
import type { Shape } from '../../graph/tensor.ts';
import type { Adapter, LoraPair, Parameter } from '../parameters.ts';
import { parameter } from '../parameters.ts';
import { readAll } from '../safetensors/read.ts';
import { writeSafetensors, type WrittenTensor } from '../safetensors/write.ts';

const prefix = 'base_model.model.';

const configSchema = z.looseObject({
  peft_type: z.string(),
  r: z.number().int().positive(),
  lora_alpha: z.number(),
  lora_dropout: z.number().nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  bias: z.string().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  target_modules: z.union([z.string(), z.array(z.string())]).nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  base_model_name_or_path: z.string().nullish(),
  rank_pattern: z.record(z.string(), z.number()).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
});

export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly rsLora: boolean;
  /** Module names or their endings. */
  readonly targets: readonly string[];
  readonly modulesToSave: readonly string[];
}

/** alpha / r, or alpha / √r (rsLoRA). */
export const loraScale = ({ rank, alpha, rsLora }: LoraSettings): number => alpha / (rsLora ? Math.sqrt(rank) : rank);

/** Name of a pair's matrices within the model as PEFT has them in memory. */
export function loraNames(module: string): { a: string; b: string } {
  return module === 'model.embed_tokens'
    ? { a: `${prefix}${module}.lora_embedding_A.default`, b: `${prefix}${module}.lora_embedding_B.default` }
    : { a: `${prefix}${module}.lora_A.weight`, b: `${prefix}${module}.lora_B.weight` };
}

export const savedName = (weight: string): string =>
  `${prefix}${weight.replace(/\.(weight|bias)$/, '.modules_to_save.$1')}`;

/** Reads the settings of an adapter folder. Throws UserError where it is none, or of a kind that cannot be trained. */
export async function readAdapterSettings(folder: string): Promise<LoraSettings> {
  const path = join(folder, 'adapter_config.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      'adapter-missing',
      `${folder} has no adapter_config.json: adapter_name_or_path must be a PEFT adapter folder.`,
      { cause },
    );
  });
  const parsed = configSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new UserError('adapter-broken', `${path} is not a LoRA configuration: ${parsed.error.issues[0]?.message}.`);
  const { data } = parsed;
  if (data.peft_type !== 'LORA' || data.use_dora) {
    throw new UserError(
      'adapter-kind',
      `${path} is a ${data.use_dora ? 'DoRA' : data.peft_type} adapter, which Anneal does not have yet; LoRA and rsLoRA work.`,
    );
  }
  if (Object.keys(data.rank_pattern ?? {}).length > 0 || Object.keys(data.alpha_pattern ?? {}).length > 0) {
    throw new UserError(
      'adapter-kind',
      `${path} gives modules ranks of their own (rank_pattern, alpha_pattern), which Anneal does not have yet.`,
    );
  }
  return {
    rank: data.r,
    alpha: data.lora_alpha,
    dropout: data.lora_dropout ?? 0,
    rsLora: data.use_rslora ?? false,
    targets: typeof data.target_modules === 'string' ? [data.target_modules] : (data.target_modules ?? []),
    modulesToSave: data.modules_to_save ?? [],
  };
}

/** Reads an adapter's matrices. `dropout` is the recipe's: the folder's own plays no part in further training. */
export async function readAdapter(folder: string, settings: LoraSettings, dropout: number): Promise<Adapter> {
  const tensors = await readAll(join(folder, 'adapter_model.safetensors'));
  const halves = new Map<string, { a?: Parameter; b?: Parameter }>();
  const saved = new Map<string, Parameter>();
  for (const [key, { shape, data }] of tensors) {
    const name = key.startsWith(prefix) ? key.slice(prefix.length) : key;
    const match = /^(.*)\.lora_(?:embedding_)?([AB])(?:\.weight)?$/.exec(name);
    if (match) {
      const [, module = '', half] = match;
      const names = loraNames(module);
      const pair = halves.get(module) ?? {};
      if (half === 'A') pair.a = parameter(names.a, shape, data);
      else pair.b = parameter(names.b, shape, data);
      halves.set(module, pair);
    } else {
      const weight = name.replace('.modules_to_save', '');
      saved.set(weight, parameter(savedName(weight), shape, data));
    }
  }
  const lora = new Map<string, LoraPair>();
  for (const [module, { a, b }] of halves) {
    if (!a || !b)
      throw new UserError('adapter-broken', `${folder} has only one of the two LoRA matrices of ${module}.`);
    const rank = a.shape[0] ?? settings.rank;
    lora.set(module, { module, a, b, rank, scale: loraScale(settings), dropout });
  }
  if (lora.size === 0 && saved.size === 0) throw new UserError('adapter-broken', `${folder} holds no LoRA matrices.`);
  return { lora, saved };
}

/** The file's tensors: what PEFT's get_peft_model_state_dict would hold. */
export function adapterTensors({ lora, saved }: Adapter): WrittenTensor[] {
  const tensors: WrittenTensor[] = [];
  const add = (name: string, { shape, data }: { shape: Shape; data: Float32Array }): void =>
    void tensors.push({ name, shape, data });
  for (const { a, b } of lora.values()) {
    add(a.name.replace(/\.default$/, ''), a);
    add(b.name.replace(/\.default$/, ''), b);
  }
  for (const [weight, copy] of saved) add(prefix + weight, copy);
  return tensors;
}

/** Writes adapter_model.safetensors and adapter_config.json into an existing folder. */
export async function writeAdapter(
  folder: string,
  adapter: Adapter,
  settings: LoraSettings,
  baseModel: string,
): Promise<void> {
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), adapterTensors(adapter));
  const config = {
    alora_invocation_tokens: null,
    alpha_pattern: {},
    arrow_config: null,
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: 'none',
    corda_config: null,
    ensure_weight_tying: false,
    eva_config: null,
    exclude_modules: null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: settings.alpha,
    lora_bias: false,
    lora_dropout: settings.dropout,
    megatron_config: null,
    megatron_core: 'megatron.core',
    modules_to_save: settings.modulesToSave.length > 0 ? settings.modulesToSave : null,
    peft_type: 'LORA',
    peft_version: '0.18.1',
    qalora_group_size: 16,
    r: settings.rank,
    rank_pattern: {},
    revision: null,
    target_modules: settings.targets,
    target_parameters: null,
    task_type: 'CAUSAL_LM',
    trainable_token_indices: null,
    use_dora: false,
    use_qalora: false,
    use_rslora: settings.rsLora,
  };
  await writeFile(join(folder, 'adapter_config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
