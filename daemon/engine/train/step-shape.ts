// The shape that a batch runs in, and what of the graph follows from it: a few shapes serve all batches.
import { IGNORED, type Batch } from '../../data/example.ts';
import type { ModelConfig } from '../model/config.ts';
import { rotaryDim } from '../model/rope.ts';
import type { DecoderSpec } from '../model/spec.ts';
import type { StepShape } from './step-graph.ts';

export const rotaryHalf = (config: ModelConfig): Readonly<Record<'global' | 'local', number>> => {
  const half = rotaryDim(config) / 2;
  return { global: half, local: half };
};

/** Queries a block. Small blocks multiply less of what causality masks; beyond a dozen or so many small products cost more. */
export const attentionBlock = (length: number): number => (length <= 1536 ? 128 : 256);

/**
 * Rows of logits that fit about 50 MB; where the projection is trained, at least as many as take what its gradient takes:
 * each further chunk holds a second copy of that.
 */
export function lossChunk({ vocabSize, hiddenSize }: DecoderSpec, headTrained: boolean): number {
  const rows = Math.max(16, Math.floor(12_582_912 / vocabSize));
  return headTrained ? Math.max(rows, hiddenSize) : rows;
}

/** Rounds up to one of eight steps an octave, so that a few sessions serve all lengths: at most 1/8 more, 1/16 on average. */
function bucket(value: number): number {
  const unit = Math.max(8, 2 ** (Math.floor(Math.log2(value)) - 3));
  return Math.ceil(value / unit) * unit;
}

/** The shape a batch runs in: a function of the batch alone, so that a resumed run uses the same graphs. */
export function stepShape(batch: Batch): StepShape {
  const { rows, labels, length: real } = batch;
  const length = bucket(real);
  let targets = 0;
  for (let i = 0; i < labels.length; i++) if (i % real > 0 && labels[i] !== IGNORED) targets += 1;
  const unit = Math.max(8, Math.ceil((rows * length) / 8));
  return {
    rows,
    length,
    targets: Math.max(unit, Math.ceil(targets / unit) * unit),
    ownPositions: batch.positions !== undefined,
    segments: batch.segments !== undefined,
  };
}
