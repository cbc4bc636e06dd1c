// Evaluation on held-out examples: the mean loss and token accuracy as LLaMA-Factory reports them.
import { collate, countLabels } from '../../data/batches.ts';
import type { ExampleSet } from '../../data/example-set.ts';
import { epochOrder } from '../../data/order.ts';
import type { TrainOptions } from './options.ts';
import type { Stepper } from './stepper.ts';

/**
 * eval_loss: mean over batches, a short last one counting like the others, each divided by its labels as
 * training counts them, before the shift (transformers repeats a batch's loss by the batch size, not by its rows, and
 * hands it num_items_in_batch). eval_accuracy, where
 * compute_accuracy asks for it: mean over rows of each row's share of right tokens.
 */
export async function evaluateAll(
  examples: ExampleSet,
  stepper: Stepper,
  { options, padId }: { options: TrainOptions; padId: number },
): Promise<Record<string, number>> {
  const losses: number[] = [];
  const accuracies: number[] = [];
  // shuffling is for training; grouping by length is done here too, as upstream
  const strategy = options.sampling === 'group_by_length' ? options.sampling : 'sequential';
  const order = epochOrder(examples.lengths, strategy, options.dataSeed, 0, options.evalBatchSize);
  for (let start = 0; start < order.length; start += options.evalBatchSize) {
    const rows = await examples.read(order.subarray(start, start + options.evalBatchSize));
    const batch = collate(rows, { padId, multiple: 1 });
    const { loss, rowAccuracies } = await stepper.evaluate(batch);
    losses.push(loss / Math.max(1, countLabels(batch)));
    accuracies.push(...rowAccuracies);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const metrics: Record<string, number> = { eval_loss: mean(losses) };
  if (options.recipe.compute_accuracy) {
    metrics['eval_accuracy'] = mean(accuracies);
  }
  return metrics;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
