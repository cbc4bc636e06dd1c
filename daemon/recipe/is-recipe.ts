// Which YAML files are recipes: those that say so, those that a setting names, and those whose keys only a recipe has.
import { outlineOf } from './assist/outline.ts';
import { flowKeys } from './assist/flow.ts';
import { argumentOf } from './recipe.ts';

/** Keys that hardly any other kind of YAML file has at its top. */
const telling = new Set([
  'model_name_or_path', 'finetuning_type', 'dataset_dir', 'adapter_name_or_path', 'lora_rank', 'lora_target', 'cutoff_len', 'do_train',
  'per_device_train_batch_size', 'gradient_accumulation_steps', 'export_dir', 'reward_model', 'pref_beta', 'infer_backend',
]); // prettier-ignore

/** Top-level keys of a YAML text, however broken the rest is. */
export function topLevelKeys(text: string): readonly string[] {
  const outline = outlineOf(text);
  return outline.flowStart === undefined
    ? outline.entries.map(({ name }) => name)
    : flowKeys(text, outline.flowStart).map((word) => word.text);
}

const saysSo = (text: string): boolean => /^\s*#\s*anneal:\s*recipe\b/m.test(text.slice(0, 2000));

/** Whether a YAML file is a recipe. `isNamed`: a setting counts it as one. */
export function isRecipe(text: string, isNamed = false): boolean {
  if (isNamed || saysSo(text)) return true;
  const keys = topLevelKeys(text);
  const known = keys.filter((key) => argumentOf(key) !== undefined).length;
  return keys.includes('model_name_or_path') ? known >= 2 : keys.filter((key) => telling.has(key)).length >= 2;
}

/** Whether what is typed may become a recipe: nothing yet, or nothing but keys that a recipe has. */
export function mayBecomeRecipe(text: string): boolean {
  // quotes with nothing in them yet are a key to be
  const keys = topLevelKeys(text).filter((key) => key !== '');
  return keys.length === 0 ? !/^-(\s|$)/m.test(text) : keys.every((key) => argumentOf(key) !== undefined);
}
