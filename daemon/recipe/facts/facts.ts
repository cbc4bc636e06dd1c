// What the files that a recipe names say: datasets, the model folder, adapters, DeepSpeed. Read when a rule asks, and once. What is not
// known stays undefined, and a rule says nothing about it.
import { parseRecipe } from '../parse.ts';
import type { Recipe } from '../recipe.ts';
import { splitList } from '../resolve.ts';
import { isMapping, joined, jsonObject, type Files, type Machine } from './files.ts';
import { readModelFolder, type ModelFacts } from './model-folder.ts';

/** One entry of dataset_info.json as far as recipes depend on it. */
export interface DatasetFacts {
  readonly ranking: boolean;
  readonly thumbs: boolean;
  readonly fileName: string | undefined;
}

export type DatasetInfoFacts =
  | { readonly state: 'missing' | 'unreadable'; readonly path: string }
  | { readonly state: 'read'; readonly path: string; readonly entries: ReadonlyMap<string, DatasetFacts> };

export interface OutputFacts {
  /** Folders checkpoint-N. */
  readonly checkpoints: readonly string[];
  /** Finished weights lie there. */
  readonly weights: boolean;
}

export interface AdapterFacts {
  readonly path: string;
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

export interface RecipeFacts {
  readonly machine: Machine;
  /** undefined where nothing about files is known. */
  readonly files: Files | undefined;
  readonly datasetInfo: DatasetInfoFacts | undefined;
  readonly model: ModelFacts | undefined;
  /** Adapters that lie here; those of a hub are left out. */
  readonly adapters: readonly AdapterFacts[];
  readonly output: OutputFacts | undefined;
  /** The DeepSpeed configuration shards the weights. */
  readonly zero3: boolean;
  readonly deepspeed: Readonly<Record<string, unknown>> | 'missing' | 'unreadable' | undefined;
  readonly specialTokens: 'missing' | 'unreadable' | 'not-a-mapping' | 'read' | undefined;
}

export function gatherFacts(recipe: Recipe, files: Files | undefined, machine: Machine = {}): RecipeFacts {
  const datasetInfo = once(() => (files ? readDatasetInfo(recipe, files) : undefined));
  const model = once(() => (files ? readModelFolder(recipe.model_name_or_path, files) : undefined));
  const adapters = once(() => (files ? readAdapters(recipe, files) : []));
  const output = once(() => (files ? readOutput(recipe.output_dir, files) : undefined));
  const deepspeed = once(() => readDeepspeed(recipe.deepspeed, files));
  const specialTokens = once(() => (files ? readSpecialTokens(recipe.new_special_tokens_config, files) : undefined));
  return {
    machine,
    files,
    get datasetInfo() {
      return datasetInfo();
    },
    get model() {
      return model();
    },
    get adapters() {
      return adapters();
    },
    get output() {
      return output();
    },
    get deepspeed() {
      return deepspeed();
    },
    get zero3() {
      const config = deepspeed();
      return isMapping(config) && isMapping(config['zero_optimization']) && config['zero_optimization']['stage'] === 3;
    },
    get specialTokens() {
      return specialTokens();
    },
  };
}

function once<T>(read: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => (value ??= { of: read() }).of;
}

function readDatasetInfo({ dataset_dir }: Recipe, files: Files): DatasetInfoFacts | undefined {
  // ONLINE takes names from the hub, REMOTE: reads the file from there
  if (dataset_dir === 'ONLINE' || dataset_dir.startsWith('REMOTE:')) return undefined;
  const path = joined(dataset_dir, 'dataset_info.json');
  if (files.kind(path) !== 'file') return { state: 'missing', path };
  const json = jsonObject(files.text(path));
  if (!json) return { state: 'unreadable', path };
  const entries = new Map(Object.entries(json).map(([name, entry]) => [name, datasetFacts(entry)] as const));
  return { state: 'read', path, entries };
}

function datasetFacts(entry: unknown): DatasetFacts {
  if (!isMapping(entry)) return { ranking: false, thumbs: false, fileName: undefined };
  const { ranking, columns, file_name: fileName } = entry;
  return {
    ranking: ranking === true,
    thumbs: isMapping(columns) && typeof columns['kto_tag'] === 'string',
    fileName: typeof fileName === 'string' ? fileName : undefined,
  };
}

function readAdapters({ adapter_name_or_path: names, adapter_folder: folder }: Recipe, files: Files): AdapterFacts[] {
  return splitList(names)
    .filter((path) => files.kind(path) === 'folder')
    .map((path) => {
      const inner = folder === null ? path : joined(path, folder);
      return { path, config: jsonObject(files.text(joined(inner, 'adapter_config.json'))) };
    });
}

const WEIGHTS = ['pytorch_model.bin', 'pytorch_model.bin.index.json', 'model.safetensors', 'model.safetensors.index.json', 'adapter_model.bin', 'adapter_model.safetensors']; // prettier-ignore

function readOutput(folder: string | null, files: Files): OutputFacts | undefined {
  if (folder === null || folder === '' || files.kind(folder) !== 'folder') return undefined;
  const names = files.names(folder);
  const checkpoints = names
    .filter((name) => /^checkpoint-\d+$/.test(name) && files.kind(joined(folder, name)) === 'folder')
    .sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)));
  return { checkpoints, weights: names.some((name) => WEIGHTS.includes(name)) };
}

function readDeepspeed(value: Recipe['deepspeed'], files: Files | undefined): RecipeFacts['deepspeed'] {
  if (isMapping(value)) return value;
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.trimStart().startsWith('{')) return jsonObject(value) ?? 'unreadable';
  if (!files) return undefined;
  return files.kind(value) === 'file' ? (jsonObject(files.text(value)) ?? 'unreadable') : 'missing';
}

function readSpecialTokens(path: string | null, files: Files): RecipeFacts['specialTokens'] {
  if (path === null) return undefined;
  const text = files.kind(path) === 'file' ? files.text(path) : undefined;
  if (text === undefined) return 'missing';
  const { findings, entries } = parseRecipe(text, path);
  if (findings.some(({ code }) => code === 'top-level-not-mapping')) return 'not-a-mapping';
  return findings.length > 0 && entries.size === 0 ? 'unreadable' : 'read';
}
