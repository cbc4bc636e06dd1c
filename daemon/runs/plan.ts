// What a recipe means for the queue: whether it can run at all, where it writes, which device it wants.
import { resolve } from 'node:path';
import { trainOptions } from '../engine/train/options.ts';
import { checkRecipe } from '../recipe/check.ts';
import { forRun } from '../recipe/finding.ts';
import { RecipeRefused, type RunPlan, type Submission } from './runs.ts';

/** Throws RecipeRefused where a recipe has errors, UserError where it cannot run. */
export function planRun({ recipe, recipeFile, overrides, workingDirectory }: Submission, now: Date): RunPlan {
  const checked = checkRecipe(recipe, recipeFile ?? 'recipe.yaml', overrides);
  const findings = forRun(checked.findings);
  if (findings.some(({ severity }) => severity === 'error')) throw new RecipeRefused(findings);
  const options = trainOptions(checked.recipe, checked.given, workingDirectory, now);
  const { anneal_device: device, tokenized_path: tokenized, logging_dir: logs } = checked.recipe;
  return {
    outputDir: options.outputDir,
    datasetDir: options.data.datasetDir,
    otherOutputs: [tokenized, logs].flatMap((path) => (path ? [resolve(workingDirectory, path)] : [])),
    // as the engine chooses
    device: device === 'auto' ? 'cpu' : device,
    stage: options.stage,
    finetuningType: options.finetuningType,
  };
}
