// From a resolved recipe to what the data room needs of it.
import type { Recipe } from '../recipe/recipe.ts';
import { splitList } from '../recipe/resolve.ts';
import type { DataOptions, Stage } from './options.ts';
import { datasetDirOf } from './source/source.ts';

const stages: readonly Stage[] = ['pt', 'sft', 'rm', 'dpo', 'kto', 'ppo'];

/** Training, previews and the editor share it. `path` makes a recipe's path absolute; `today`: "15 Jan 2025". */
export function dataOptions(
  recipe: Recipe,
  given: ReadonlySet<string>,
  path: (value: string) => string,
  today: string,
): DataOptions {
  const stage = stages.find((known) => known === recipe.stage) ?? 'sft';
  const neatPacking = recipe.neat_packing;
  const packing = neatPacking || (recipe.packing ?? stage === 'pt');
  // written in the recipe, packing lowers cutoff_len by one, as upstream does
  const lowered = (given.has('packing') && recipe.packing === true) || (given.has('neat_packing') && neatPacking);
  return {
    stage,
    datasetDir: datasetDirOf(recipe.dataset_dir, path),
    source: {
      hubToken: recipe.hf_hub_token ?? undefined,
      cache: recipe.cache_dir === null ? undefined : path(recipe.cache_dir),
    },
    mediaDir: path(recipe.media_dir ?? recipe.dataset_dir),
    templateName: recipe.template ?? undefined,
    datasets: splitList(recipe.dataset),
    evalDatasets: splitList(recipe.eval_dataset),
    maxSamples: recipe.max_samples ?? undefined,
    mixStrategy: recipe.mix_strategy as DataOptions['mixStrategy'],
    interleaveProbabilities:
      recipe.interleave_probs === null ? undefined : splitList(recipe.interleave_probs).map(Number),
    seed: recipe.seed,
    streaming: recipe.streaming,
    bufferSize: recipe.disable_shuffling ? 0 : recipe.buffer_size,
    valSize: recipe.val_size,
    packing,
    neatPacking,
    cutoffLength: lowered ? recipe.cutoff_len - 1 : recipe.cutoff_len,
    blockLength: recipe.cutoff_len,
    preprocessingBatchSize: recipe.preprocessing_batch_size,
    workers: recipe.preprocessing_num_workers ?? 1,
    trainOnPrompt: recipe.train_on_prompt,
    maskHistory: recipe.mask_history,
    preserveThinking: recipe.preserve_thinking,
    enableThinking: recipe.enable_thinking,
    defaultSystem: recipe.default_system ?? undefined,
    toolFormat: recipe.tool_format ?? undefined,
    ownVariables: ownVariables(recipe, given),
    today,
  };
}

/** What the model's own chat template is told: thinking where the recipe itself says so, for templates have defaults of their own. */
function ownVariables(recipe: Recipe, given: ReadonlySet<string>): Readonly<Record<string, boolean>> {
  return {
    ...(given.has('enable_thinking') && recipe.enable_thinking !== null
      ? { enable_thinking: recipe.enable_thinking }
      : {}),
    ...(recipe.preserve_thinking ? { preserve_thinking: true } : {}),
  };
}
