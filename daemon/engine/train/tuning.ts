// What a recipe says of the part that is trained: the run chooses it by this, and the estimate reckons with it.
import type { Recipe } from '../../recipe/recipe.ts';
import { splitList } from '../../recipe/resolve.ts';
import type { LoraSettings } from '../model/adapters/peft-files.ts';
import type { FreezeOptions } from '../model/trained-part.ts';

export const freezeOptions = (recipe: Recipe): FreezeOptions => ({
  layers: recipe.freeze_trainable_layers,
  modules: splitList(recipe.freeze_trainable_modules),
  extraModules: splitList(recipe.freeze_extra_modules),
  llamaPro: recipe.use_llama_pro,
});

/** Of a new adapter. With resize_vocab the grown tables are trained as whole copies, as upstream does. */
export function loraSettings(recipe: Recipe): LoraSettings {
  const extra = splitList(recipe.additional_target);
  return {
    rank: recipe.lora_rank,
    alpha: recipe.lora_alpha ?? recipe.lora_rank * 2,
    dropout: recipe.lora_dropout,
    rsLora: recipe.use_rslora,
    targets: splitList(recipe.lora_target),
    modulesToSave: recipe.resize_vocab ? [...new Set([...extra, 'embed_tokens', 'lm_head'])] : extra,
  };
}
