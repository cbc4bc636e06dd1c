// A local model folder, as far as rules and completion depend on it: its configuration, the names of its weights, its tokenizer.
import { isMapping, joined, jsonObject, type Files } from './files.ts';

export interface ModelFacts {
  readonly folder: string;
  /** config.json; undefined where the folder has none that can be read. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly modelType: string | undefined;
  readonly layers: number | undefined;
  /** Longest context it was trained for, in tokens. */
  readonly maxPositions: number | undefined;
  /** The weights are stored quantised. */
  readonly prequantized: boolean;
  readonly quantMethod: string | undefined;
  readonly tokenizer: boolean;
  readonly chatTemplate: boolean;
  /** Bytes of all weight files. */
  readonly weightBytes: number;
  /** Names of all weights; undefined where no file with them can be read. */
  readonly weights: readonly string[] | undefined;
  /** Last part of the modules inside the layers that are linear: q_proj, down_proj, … */
  readonly linears: readonly string[] | undefined;
  /** Names of the modules inside one layer, at their first level: self_attn, mlp, … */
  readonly layerModules: readonly string[] | undefined;
  /** Names of modules outside the layers: embed_tokens, norm, lm_head, … */
  readonly otherModules: readonly string[] | undefined;
}

/** The facts of a folder; undefined where the path is none, so possibly a name of the hub. */
export function readModelFolder(path: string | null, files: Files): ModelFacts | undefined {
  if (path === null || path === '' || files.kind(path) !== 'folder') return undefined;
  const names = files.names(path);
  const config = jsonObject(files.text(joined(path, 'config.json')));
  const text = isMapping(config?.['text_config']) ? config['text_config'] : config;
  const quantization = isMapping(config?.['quantization_config']) ? config['quantization_config'] : undefined;
  const weights = readWeightNames(path, names, files);
  return {
    folder: path,
    config,
    modelType: textOf(config?.['model_type']),
    layers: numberOf(text?.['num_hidden_layers']),
    maxPositions: numberOf(text?.['max_position_embeddings']),
    prequantized: quantization !== undefined,
    quantMethod: textOf(quantization?.['quant_method']),
    tokenizer: names.some((name) => /^(tokenizer\.json|tokenizer\.model|vocab\.json|tokenizer_config\.json)$/.test(name)), // prettier-ignore
    chatTemplate: names.includes('chat_template.jinja') || jsonObject(files.text(joined(path, 'tokenizer_config.json')))?.['chat_template'] !== undefined, // prettier-ignore
    weightBytes: names.filter((name) => /\.(safetensors|bin)$/.test(name)).reduce((sum, name) => sum + (files.size(joined(path, name)) ?? 0), 0), // prettier-ignore
    weights: weights && [...weights.keys()],
    ...modules(weights),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Name → shape; an index file alone has no shapes, and the shapes are undefined then. */
function readWeightNames(
  folder: string,
  names: readonly string[],
  files: Files,
): ReadonlyMap<string, readonly number[] | undefined> | undefined {
  const shards = names.filter((name) => /^model.*\.safetensors$/.test(name)).map((name) => files.tensors(joined(folder, name))); // prettier-ignore
  if (shards.length > 0 && shards.every((shard) => shard !== undefined))
    return new Map(shards.flatMap((shard) => [...shard]));
  const index = jsonObject(files.text(joined(folder, 'model.safetensors.index.json')));
  const map = isMapping(index?.['weight_map']) ? index['weight_map'] : undefined;
  return map && new Map(Object.keys(map).map((name) => [name, undefined]));
}

/** Layers are what is numbered: model.layers.0.self_attn.q_proj.weight. */
function modules(
  weights: ReadonlyMap<string, readonly number[] | undefined> | undefined,
): Pick<ModelFacts, 'linears' | 'layerModules' | 'otherModules'> {
  if (!weights) return { linears: undefined, layerModules: undefined, otherModules: undefined };
  const linears = new Set<string>();
  const layerModules = new Set<string>();
  const otherModules = new Set<string>();
  for (const [name, shape] of weights) {
    const parts = name.split('.');
    const layer = parts.findIndex((part) => /^\d+$/.test(part));
    const module = parts.at(-2);
    if (layer < 0) {
      if (module !== undefined) otherModules.add(module);
      continue;
    }
    const first = parts[layer + 1];
    if (first !== undefined) layerModules.add(first);
    if (parts.at(-1) === 'weight' && module !== undefined && shape?.length !== 1 && !/norm/i.test(module))
      linears.add(module);
  }
  return { linears: [...linears], layerModules: [...layerModules], otherModules: [...otherModules] };
}
