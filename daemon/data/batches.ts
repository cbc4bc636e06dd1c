// Examples become Batches: padded on the right, grouped by epoch and accumulation.
import { IGNORED, weightsOf, type Batch, type Example, type FeedbackExample, type PairExample, type PromptExample } from './example.ts'; // prettier-ignore

export interface CollateOptions {
  readonly padId: number;
  /** Lengths are rounded up to a multiple of this: 8 where sft, pairs and kto rows are trained on, 1 elsewhere. */
  readonly multiple: number;
}

/** Pads examples to the longest of them. */
export function collate(examples: readonly Example[], { padId, multiple }: CollateOptions): Batch {
  const longest = Math.max(...examples.map(({ ids }) => ids.length));
  const length = Math.ceil(longest / multiple) * multiple;
  const rows = examples.length;
  const ids = new Int32Array(rows * length).fill(padId);
  const labels = new Int32Array(rows * length).fill(IGNORED);
  const attended = new Uint8Array(rows * length);
  const hasPositions = examples.some(({ positions }) => positions !== undefined);
  const hasSegments = examples.some(({ segments }) => segments !== undefined);
  const positions = hasPositions ? new Int32Array(rows * length) : undefined;
  const segments = hasSegments ? new Int32Array(rows * length) : undefined;
  const weights = examples.some((example) => example.weights) ? new Float32Array(rows * length) : undefined;
  examples.forEach((example, row) => {
    const start = row * length;
    ids.set(example.ids, start);
    labels.set(example.labels, start);
    attended.fill(1, start, start + example.ids.length);
    weights?.set(weightsOf(example), start);
    if (example.positions) positions?.set(example.positions, start);
    if (example.segments) {
      segments?.set(example.segments, start);
      example.segments.forEach((segment, i) => (attended[start + i] = segment === 0 ? 0 : 1));
    }
  });
  const origins = examples.map((example) => example.origins);
  return { rows, length, ids, labels, attended, positions, segments, origins, ...(weights && { weights }) };
}

/** n pairs as 2n rows: the chosen ones, then the rejected ones. */
export const collatePairs = (pairs: readonly PairExample[], options: CollateOptions): Batch =>
  collate([...pairs.map(({ chosen }) => chosen), ...pairs.map(({ rejected }) => rejected)], options);

/** KTO rows: with their own answers, and with another row's, each padded to its own longest. */
export interface FeedbackBatch {
  readonly own: Batch;
  readonly kl: Batch;
  readonly desirable: readonly boolean[]; // [B]
}

export const collateFeedback = (rows: readonly FeedbackExample[], options: CollateOptions): FeedbackBatch => ({
  own: collate(rows.map(({ own }) => own), options), // prettier-ignore
  kl: collate(rows.map(({ kl }) => kl), options), // prettier-ignore
  desirable: rows.map(({ desirable }) => desirable),
});

/** Prompts padded on the left, so that all end where generation begins. Nothing is trained. */
export function collatePrompts(prompts: readonly PromptExample[], { padId, multiple }: CollateOptions): Batch {
  const longest = Math.max(...prompts.map(({ prompt }) => prompt.length));
  const length = Math.ceil(longest / multiple) * multiple;
  const rows = prompts.length;
  const ids = new Int32Array(rows * length).fill(padId);
  const labels = new Int32Array(rows * length).fill(IGNORED);
  const attended = new Uint8Array(rows * length);
  const positions = new Int32Array(rows * length);
  for (const [row, { prompt }] of prompts.entries()) {
    const end = (row + 1) * length;
    const start = end - prompt.length;
    ids.set(prompt, start);
    attended.fill(1, start, end);
    for (let p = 0; p < prompt.length; p++) positions[start + p] = p;
  }
  const origins = prompts.map((prompt) => prompt.origins);
  return { rows, length, ids, labels, attended, positions, segments: undefined, origins };
}

/** Labels that are trained, counted before the shift: a label at position 0 counts although nothing predicts it. */
export const countLabels = ({ labels }: Batch): number =>
  labels.reduce((count, label) => count + (label === IGNORED ? 0 : 1), 0);

/**
 * Loss weights scaled so that those of a batch's predicted labels have the mean 1, as LLaMA-Factory's v1 line does it: inside a
 * micro batch the loss is Σ wᵢ·lossᵢ / Σ wᵢ, and micro batches count by their numbers of trained labels. [B, T]; undefined where no
 * label has a weight of its own.
 */
export function normalisedWeights({ weights, labels, length }: Batch): Float32Array | undefined {
  if (!weights) return undefined;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    // the first label of a row is predicted by nothing
    if (i % length === 0 || labels[i] === IGNORED) continue;
    sum += weights[i] ?? 0;
    count += 1;
  }
  return weights.map((weight) => (weight * count) / sum);
}

/** Indices of one epoch's order as micro batches, grouped into optimizer steps; the last of each may be short. */
export function groupSteps(order: ArrayLike<number>, batchSize: number, accumulation: number): number[][][] {
  const steps: number[][][] = [];
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = Array.from(
      { length: Math.min(batchSize, order.length - start) },
      (_, i) => order[start + i] as number,
    );
    const last = steps.at(-1);
    if (last && last.length < accumulation) last.push(batch);
    else steps.push([batch]);
  }
  return steps;
}
