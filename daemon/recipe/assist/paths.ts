// Folders and files as values: local models and known ids, adapters, checkpoints, DeepSpeed files.
import * as l10n from '@vscode/l10n';
import { knownModels } from '../known-models.ts';
import type { ArgumentName } from '../recipe.ts';
import { joinPath, type NearbyFolder, type Surroundings } from './surroundings.ts';
import type { Value } from './values.ts';
import type { RecipeView } from './view.ts';

interface PathKind {
  /** What is looked for nearby. */
  readonly nearby: readonly Parameters<Surroundings['nearby']>[0][];
  /** Known hub ids are offered, too. */
  readonly hub?: boolean;
  readonly files?: RegExp;
  /** Words with a meaning of their own. */
  readonly words?: readonly string[];
}

const model: PathKind = { nearby: ['model'], hub: true };
const adapter: PathKind = { nearby: ['adapter'] };
const folder: PathKind = { nearby: [] };

const kinds: Readonly<Partial<Record<ArgumentName, PathKind>>> = {
  model_name_or_path: model,
  ref_model: model,
  reward_model: { nearby: ['model', 'adapter'], hub: true },
  adapter_name_or_path: adapter,
  ref_model_adapters: adapter,
  reward_model_adapters: adapter,
  resume_from_checkpoint: { nearby: ['checkpoint'], words: ['true'] },
  dataset_dir: { nearby: ['dataset-dir'], words: ['ONLINE'] },
  media_dir: folder,
  output_dir: folder,
  export_dir: folder,
  cache_dir: folder,
  tokenized_path: folder,
  offload_folder: folder,
  logging_dir: folder,
  save_dir: folder,
  task_dir: folder,
  adapter_folder: folder,
  kt_weight_path: folder,
  kt_expert_checkpoint_path: folder,
  profiler_output_dir: folder,
  deepspeed: { nearby: ['deepspeed'], files: /\.json$/ },
  fsdp_config: { nearby: [], files: /\.json$/ },
  accelerator_config: { nearby: [], files: /\.json$/ },
  generation_config: { nearby: [], files: /\.json$/ },
  new_special_tokens_config: { nearby: [], files: /\.ya?ml$/ },
  export_quantization_dataset: { nearby: [], files: /\.(jsonl?|txt|csv|parquet)$/ },
};

export const pathKeys: ReadonlySet<string> = new Set(Object.keys(kinds));

const folderValue = ({ path, about }: NearbyFolder, note: string): Value => ({
  kind: 'folder',
  text: path,
  description: about === undefined ? note : `${note} · ${about}`,
});

export function completePaths(
  key: ArgumentName,
  { recipe }: RecipeView,
  surroundings: Surroundings,
  typed: string,
): Value[] {
  const kind = kinds[key] ?? folder;
  const values = new Map<string, Value>();
  const add = (value: Value): void => void (values.has(value.text) || values.set(value.text, value));
  const mine = (path: string): boolean => recipe.output_dir !== null && path.startsWith(`${recipe.output_dir}/`);
  for (const what of kind.nearby) {
    const found = [...surroundings.nearby(what)].sort((a, b) => Number(mine(b.path)) - Number(mine(a.path)));
    for (const near of found) add(folderValue(near, noteOf(what)));
  }
  for (const word of kind.words ?? []) add({ kind: 'value', text: word, raw: true });
  const listing = listed(typed, kind, surroundings);
  // where a path is being typed, what lies there comes first
  if (!kind.hub || /[\\/]/.test(typed)) for (const value of listing) add(value);
  if (kind.hub) {
    for (const { id, template, chat } of knownModels) {
      const description = [template, chat ? l10n.t('chat') : l10n.t('base')].filter(Boolean).join(' · ');
      add({ kind: 'model', text: id, description });
    }
  }
  for (const value of listing) add(value);
  return [...values.values()];
}

/** What lies in the folder that is being typed. */
function listed(typed: string, kind: PathKind, surroundings: Surroundings): Value[] {
  const slash = Math.max(typed.lastIndexOf('/'), typed.lastIndexOf('\\'));
  const parent = typed.slice(0, slash + 1);
  const entries = surroundings.list(parent === '' ? '.' : parent) ?? [];
  return entries.flatMap(({ name, isFolder }): Value[] => {
    if (name.startsWith('.') || (parent === '' && name === 'node_modules')) return [];
    const text = parent + name;
    if (isFolder) {
      // a model's folder is the end of the way, any other may lead on
      return [
        { kind: 'folder', text, asksAgain: false, description: isModel(text, surroundings) ? noteOf('model') : '' },
      ];
    }
    return kind.files?.test(name) ? [{ kind: 'file', text }] : [];
  });
}

const isModel = (path: string, surroundings: Surroundings): boolean =>
  surroundings.nearby('model').some((near) => near.path === path) || surroundings.json(joinPath(path, 'config.json')) !== undefined; // prettier-ignore

function noteOf(what: Parameters<Surroundings['nearby']>[0]): string {
  switch (what) {
    case 'model':
      return l10n.t('model');
    case 'adapter':
      return l10n.t('adapter');
    case 'checkpoint':
      return l10n.t('checkpoint');
    case 'dataset-dir':
      return l10n.t('data sets');
    case 'deepspeed':
      return 'DeepSpeed';
  }
}
