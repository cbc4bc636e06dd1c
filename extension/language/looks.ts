// Whether a document is reason enough to start the language server: a quick look, which may say yes too often. The server itself decides.

export interface LookedAt {
  readonly languageId: string;
  /** With forward slashes. */
  readonly path: string;
  /** The beginning of its text. */
  readonly head: string;
  /** A setting names it as a recipe. */
  readonly isNamed: boolean;
}

/** As much of a text as is looked at. */
export const HEAD = 20_000;

/** Keys at the top of a YAML or JSON text that hardly any other kind of file has. */
const telling =
  /(?:^|[{,]\s*)["']?(?:model_name_or_path|finetuning_type|dataset_dir|adapter_name_or_path|lora_rank|lora_target|cutoff_len|do_train|per_device_train_batch_size|gradient_accumulation_steps|export_dir|reward_model|pref_beta|infer_backend)["']?\s*:/m;
const saysSo = /^\s*#\s*anneal:\s*recipe\b/m;

export function isOurs({ languageId, path, head, isNamed }: LookedAt): boolean {
  if (path.endsWith('/dataset_info.json')) return true;
  if (languageId !== 'yaml' && !/\.ya?ml$/i.test(path)) return false;
  return isNamed || telling.test(head) || saysSo.test(head);
}
