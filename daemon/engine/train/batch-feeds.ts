// A batch as feeds of a step's graph.
import { normalisedWeights } from '../../data/batches.ts';
import { IGNORED, type Batch } from '../../data/example.ts';
import type { ModelConfig } from '../model/config.ts';
import { ropeCosSin, ropeTable, rotaryDim } from '../model/rope.ts';
import type { Feed } from '../runtime/session.ts';
import type { StepShape } from './step-graph.ts';

/** Ids, segments and rotations of a batch, widened to the shape it runs in. */
export function batchFeeds(config: ModelConfig, batch: Batch, shape: StepShape): Record<string, Feed> {
  const { rows, length } = shape;
  const feeds: Record<string, Feed> = {
    ids: { dtype: 'int32', shape: [rows * length], data: widen(batch, batch.ids, length) },
  };
  if (batch.segments) {
    feeds['segments'] = { dtype: 'int32', shape: [rows, length], data: widen(batch, batch.segments, length) };
  }
  const positions = batch.positions
    ? widen(batch, batch.positions, length)
    : Int32Array.from({ length }, (_, position) => position);
  for (const kind of ['global', 'local'] as const) {
    const { cos, sin } = ropeCosSin(ropeTable(config, kind, batch.length), positions);
    const size = [batch.positions ? rows : 1, length, 1, rotaryDim(config) / 2];
    feeds[`rope.${kind}.cos`] = { dtype: 'float32', shape: size, data: cos };
    feeds[`rope.${kind}.sin`] = { dtype: 'float32', shape: size, data: sin };
  }
  return feeds;
}

/** Rows of a batch [B, T] copied into rows of `length`; the rest is zero. */
function widen({ rows, length: real }: Batch, values: Int32Array, length: number): Int32Array {
  if (real === length) return values;
  const wide = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) wide.set(values.subarray(row * real, (row + 1) * real), row * length);
  return wide;
}

/** Which hidden rows predict a trained label (the one before it), what they should predict, and with what weight. */
export function lossFeeds(batch: Batch, { rows, length, targets }: StepShape, weight: number): Record<string, Feed> {
  const chosen = new Int32Array(targets);
  const wanted = new Int32Array(targets);
  const weights = new Float32Array(targets);
  const own = normalisedWeights(batch);
  const inverse = new Int32Array(rows * length).fill(targets);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let position = 1; position < batch.length; position++) {
      const label = batch.labels[row * batch.length + position] as number;
      if (label === IGNORED) continue;
      const source = row * length + position - 1;
      chosen[count] = source;
      wanted[count] = label;
      weights[count] = own ? weight * (own[row * batch.length + position] ?? 0) : weight;
      inverse[source] = count;
      count += 1;
    }
  }
  return {
    'loss.rows': { dtype: 'int32', shape: [targets], data: chosen },
    'loss.inverse': { dtype: 'int32', shape: [rows * length], data: inverse },
    'loss.targets': { dtype: 'int32', shape: [targets], data: wanted },
    'loss.weights': { dtype: 'float32', shape: [targets], data: weights },
  };
}
