// Evaluation on held-out examples: the mean loss and token accuracy as LLaMA-Factory reports them.
import { collate } from '../../data/batches.ts';
import type { Example } from '../../data/example.ts';
import type { TrainOptions } from './options.ts';
import type { Stepper } from './stepper.ts';

/**
 * eval_loss: mean over batches weighted by rows, each batch averaged over its own labels. eval_accuracy, where
 * compute_accuracy asks for it: mean over rows of each row's share of right tokens.
 */
export async function evaluateAll(
  examples: readonly Example[],
  stepper: Stepper,
  { options, padId }: { options: TrainOptions; padId: number },
): Promise<Record<string, number>> {
  let losses = 0;
  const accuracies: number[] = [];
  for (let start = 0; start < examples.length; start += options.evalBatchSize) {
    const rows = examples.slice(start, start + options.evalBatchSize);
    const { loss, labels, rowAccuracies } = await stepper.evaluate(collate(rows, { padId, multiple: 1 }));
    losses += (loss / Math.max(1, labels)) * rows.length;
    accuracies.push(...rowAccuracies);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const metrics: Record<string, number> = { eval_loss: losses / examples.length };
  if (options.recipe.compute_accuracy) {
    metrics['eval_accuracy'] = accuracies.reduce((sum, value) => sum + value, 0) / Math.max(1, accuracies.length);
  }
  return metrics;
}
