// Runs training steps and evaluations of one model: a session for each batch shape, feeds made from batches.
import { normalisedWeights } from '../../data/batches.ts';
import { IGNORED, type Batch } from '../../data/example.ts';
import { writeOnnx } from '../graph/onnx/write.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Parameter, Weights } from '../model/parameters.ts';
import { ropeCosSin, ropeTable, rotaryDim } from '../model/rope.ts';
import { runPlanned, sightings, type OutlierSite } from '../model/quantized/outliers.ts';
import type { DecoderSpec } from '../model/spec.ts';
import type { Device } from '../runtime/devices.ts';
import { Session, type Feed, type Feeds } from '../runtime/session.ts';
import { buildEvaluation } from './eval-graph.ts';
import { Random } from './random.ts';
import { buildStep, trainsHead, type StepGraph, type StepShape } from './step-graph.ts';

export interface StepperOptions {
  readonly device: Device;
  readonly threads: number;
  /** Queries per attention block; absent: by the batch's length. */
  readonly attentionBlock?: number;
  readonly activationBudget: number;
  readonly accumulate: boolean;
  readonly dropout: boolean;
  readonly neftuneAlpha: number;
  readonly seed: number;
}

export interface TrainedModel {
  readonly config: ModelConfig;
  readonly spec: DecoderSpec;
  readonly weights: Weights;
  readonly trainable: readonly Parameter[];
  /** Where each parameter's gradient goes, by name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

export interface Evaluated {
  /** Sum of losses over the batch's shifted labels, and each row's share of right tokens. */
  readonly loss: number;
  readonly rowAccuracies: readonly number[];
}

/** Sessions alive at a time. Their memory is one heap, so they cost little beyond their graphs. */
const SESSIONS = 24;

interface Prepared {
  readonly session: Session;
  readonly step: StepGraph;
  readonly into: Feeds;
}

interface PreparedEvaluation {
  readonly session: Session;
  readonly used: ReadonlyMap<string, Feed>;
  readonly peakSites: readonly OutlierSite[];
}

export class Stepper {
  readonly #model: TrainedModel;
  readonly #options: StepperOptions;
  readonly #steps = new Map<string, Prepared>();
  readonly #evaluations = new Map<string, PreparedEvaluation>();

  constructor(model: TrainedModel, options: StepperOptions) {
    this.#model = model;
    this.#options = options;
  }

  /** One micro batch: adds loss/items of its labels to the gradients. Returns that loss. `step` and `micro` seed dropout. */
  async train(batch: Batch, items: number, step: number, micro: number): Promise<number> {
    const shape = stepShape(batch);
    const prepared = await this.#prepare(shape);
    const feeds: Record<string, Feed> = { ...this.#batchFeeds(batch, shape), ...lossFeeds(batch, shape, 1 / items) };
    for (const [name, parameter] of prepared.step.used) feeds[name] = parameter;
    if (this.#options.accumulate) {
      for (const { name, shape: size } of this.#model.trainable) feeds[`sum.${name}`] = this.#gradient(name, size);
    }
    this.#randomFeeds(feeds, batch, shape, prepared.step, step, micro);
    const sums = prepared.step.peakSites.length > 0 && this.#options.accumulate ? this.#gradientCopies() : [];
    const results = await runPlanned(
      async () => {
        const outputs = await prepared.session.run(feeds, prepared.into);
        return { result: outputs, seen: sightings(prepared.step.peakSites, outputs['peaks']) };
      },
      () => sums.forEach(({ gradient, before }) => gradient.set(before)),
    );
    for (const [parameter, name] of prepared.step.rowGradients) {
      const gradient = this.#gradient(parameter.name, parameter.shape).data as Float32Array;
      const fresh = !this.#options.accumulate && !prepared.step.gradients.has(parameter);
      if (fresh) gradient.fill(0);
      addRows(gradient, feeds['ids']?.data as Int32Array, results[name] as Float32Array);
    }
    return Number(results['loss']?.[0]);
  }

  /** Mean loss and token accuracy of a batch, without adapters' dropout. */
  async evaluate(batch: Batch): Promise<Evaluated> {
    const shape = stepShape(batch);
    const key = shapeKey(shape);
    let prepared = this.#evaluations.get(key);
    if (!prepared) {
      const { graph, used, peakSites } = buildEvaluation(
        this.#model.spec,
        this.#model.weights,
        rotaryHalf(this.#model.config),
        shape,
        this.#options.attentionBlock ?? attentionBlock(shape.length),
      );
      const session = await Session.create(writeOnnx(graph, this.#options.device), this.#options);
      prepared = { session, used, peakSites };
      await remember(this.#evaluations, key, prepared);
    }
    const feeds: Record<string, Feed> = { ...this.#batchFeeds(batch, shape), ...lossFeeds(batch, shape, 1) };
    for (const [name, parameter] of prepared.used) feeds[name] = parameter;
    const { session, peakSites } = prepared;
    const { losses, predictions } = await runPlanned(
      async () => {
        const outputs = await session.run(feeds);
        return { result: outputs, seen: sightings(peakSites, outputs['peaks']) };
      },
      () => undefined,
    );
    return summarise(batch, losses as Float32Array, predictions as BigInt64Array);
  }

  /** Names of dropout masks, noise and the like follow from the graph; their values from seed, step, micro batch and site. */
  #randomFeeds(
    feeds: Record<string, Feed>,
    batch: Batch,
    shape: StepShape,
    { dropoutSites }: StepGraph,
    step: number,
    micro: number,
  ): void {
    const { seed, neftuneAlpha } = this.#options;
    for (const { name, shape: size, p } of dropoutSites) {
      const data = new Uint8Array(size[0] * size[1]);
      new Random(seed, 'dropout', name, step, micro).keep(data, p);
      feeds[name] = { dtype: 'uint8', shape: size, data };
    }
    if (neftuneAlpha > 0) {
      const { hiddenSize } = this.#model.spec;
      const data = new Float32Array(shape.rows * shape.length * hiddenSize);
      // NEFTune (Jain et al. 2023): uniform noise of size α / √(L·d), L the batch's own length
      new Random(seed, 'neftune', step, micro).uniform(data, neftuneAlpha / Math.sqrt(batch.length * hiddenSize));
      feeds['embedding.noise'] = { dtype: 'float32', shape: [shape.rows * shape.length, hiddenSize], data };
    }
  }

  /** Gradients as they are before a micro batch is added. */
  #gradientCopies(): { gradient: Float32Array; before: Float32Array }[] {
    return [...this.#model.gradients.values()].map((gradient) => ({ gradient, before: gradient.slice() }));
  }

  #gradient(name: string, shape: readonly number[]): Feed {
    const data = this.#model.gradients.get(name);
    if (!data) throw new Error(`${name} has no gradient`);
    return { dtype: 'float32', shape, data };
  }

  async #prepare(shape: StepShape): Promise<Prepared> {
    const key = shapeKey(shape);
    const known = this.#steps.get(key);
    if (known) {
      this.#steps.delete(key);
      this.#steps.set(key, known);
      return known;
    }
    const { spec, weights, trainable, config } = this.#model;
    const { accumulate, activationBudget, device, dropout, neftuneAlpha } = this.#options;
    const step = buildStep(spec, weights, trainable, rotaryHalf(config), shape, {
      dropout,
      embeddingNoise: neftuneAlpha > 0,
      accumulate,
      attentionBlock: this.#options.attentionBlock ?? attentionBlock(shape.length),
      lossChunk: lossChunk(spec, trainsHead(spec, weights, trainable)),
      activationBudget,
    });
    const session = await Session.create(writeOnnx(step.graph, device), this.#options);
    const into: Record<string, Feed> = {};
    for (const [parameter, name] of step.gradients) into[name] = this.#gradient(parameter.name, parameter.shape);
    const prepared = { session, step, into };
    await remember(this.#steps, key, prepared);
    return prepared;
  }

  #batchFeeds(batch: Batch, shape: StepShape): Record<string, Feed> {
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
      const { cos, sin } = ropeCosSin(ropeTable(this.#model.config, kind, batch.length), positions);
      const size = [batch.positions ? rows : 1, length, 1, rotaryDim(this.#model.config) / 2];
      feeds[`rope.${kind}.cos`] = { dtype: 'float32', shape: size, data: cos };
      feeds[`rope.${kind}.sin`] = { dtype: 'float32', shape: size, data: sin };
    }
    return feeds;
  }
}

export const rotaryHalf = (config: ModelConfig): Readonly<Record<'global' | 'local', number>> => {
  const half = rotaryDim(config) / 2;
  return { global: half, local: half };
};

/** Adds rows [N, H] to those of a table [V, H] at `ids` [N], in order. */
function addRows(table: Float32Array, ids: Int32Array, rows: Float32Array): void {
  const width = rows.length / ids.length;
  for (let i = 0; i < ids.length; i++) {
    const start = (ids[i] as number) * width;
    for (let j = 0; j < width; j++) table[start + j] = (table[start + j] as number) + (rows[i * width + j] as number);
  }
}

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

async function remember<T extends { session: Session }>(cache: Map<string, T>, key: string, value: T): Promise<void> {
  cache.set(key, value);
  for (const [oldest, { session }] of cache) {
    if (cache.size <= SESSIONS) return;
    cache.delete(oldest);
    await session.release();
  }
}

const shapeKey = (shape: StepShape): string => JSON.stringify(shape);

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

/** Rows of a batch [B, T] copied into rows of `length`; the rest is zero. */
function widen({ rows, length: real }: Batch, values: Int32Array, length: number): Int32Array {
  if (real === length) return values;
  const wide = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) wide.set(values.subarray(row * real, (row + 1) * real), row * length);
  return wide;
}

/** Which hidden rows predict a trained label (the one before it), what they should predict, and with what weight. */
function lossFeeds(batch: Batch, { rows, length, targets }: StepShape, weight: number): Record<string, Feed> {
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

function summarise(batch: Batch, losses: Float32Array, predictions: BigInt64Array): Evaluated {
  let loss = 0;
  let count = 0;
  const own = normalisedWeights(batch);
  const rowAccuracies: number[] = [];
  for (let row = 0; row < batch.rows; row++) {
    let right = 0;
    const before = count;
    for (let position = 1; position < batch.length; position++) {
      const label = batch.labels[row * batch.length + position] as number;
      if (label === IGNORED) continue;
      loss += (losses[count] as number) * (own ? (own[row * batch.length + position] ?? 0) : 1);
      if (Number(predictions[count]) === label) right += 1;
      count += 1;
    }
    if (count > before) rowAccuracies.push(right / (count - before));
  }
  return { loss, rowAccuracies };
}
