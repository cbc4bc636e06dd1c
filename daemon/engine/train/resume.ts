// Which checkpoint a run goes on from, by LLaMA-Factory's rules.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { isResumable } from './checkpoint.ts';
import type { TrainOptions } from './options.ts';
import { holdsModel, listCheckpoints } from './run-directory/files.ts';

/** The checkpoint to go on from, by upstream's rules. Throws UserError where a finished model would be overwritten. */
export function checkpointToResume({ recipe, outputDir, workingDirectory }: TrainOptions): string | undefined {
  if (!recipe.do_train) return undefined;
  const asked = recipe.resume_from_checkpoint;
  const checkpoints = listCheckpoints(outputDir);
  const last = checkpoints.at(-1)?.path;
  if (typeof asked === 'string' && asked !== '' && asked !== 'true' && asked !== 'false') {
    const path = resolve(workingDirectory, asked);
    if (!existsSync(path))
      throw new UserError(
        'checkpoint-missing',
        `The checkpoint ${asked} does not exist: there are ${checkpoints.map(({ step }) => `checkpoint-${step}`).join(', ') || 'none'} in ${outputDir}.`,
      );
    return path;
  }
  if (String(asked) === 'true') {
    if (last === undefined)
      throw new UserError('checkpoint-missing', `There is no checkpoint in ${outputDir} to resume from.`);
    return last;
  }
  if (recipe.overwrite_output_dir || String(asked) === 'false') return undefined;
  if (last !== undefined && isResumable(last)) return last;
  if (holdsModel(outputDir)) {
    throw new UserError(
      'output-not-empty',
      `${outputDir} holds a trained model already: choose another output_dir or set overwrite_output_dir: true.`,
    );
  }
  return undefined;
}
