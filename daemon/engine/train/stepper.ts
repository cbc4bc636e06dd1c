// Runs training steps and evaluations of one model: a session for each batch shape, feeds made from batches.
import { normalisedWeights } from '../../data/batches.ts';
import { IGNORED, type Batch } from '../../data/example.ts';
import { writeOnnx } from '../graph/onnx/write.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Parameter, Weights } from '../model/parameters.ts';
import { runPlanned, sightings, type Sighting } from '../model/quantized/outliers.ts';
import type { DecoderSpec } from '../model/spec.ts';
import type { Device } from '../runtime/devices.ts';
import { Session, type Feed, type Feeds } from '../runtime/session.ts';
import { batchFeeds, lossFeeds } from './batch-feeds.ts';
import { buildEvaluation, buildLook, type ForwardGraph } from './eval-graph.ts';
import { Random } from './random.ts';
import { buildStep, trainsHead, type StepGraph, type StepShape } from './step-graph.ts';
import { attentionBlock, lossChunk, rotaryHalf, stepShape } from './step-shape.ts';

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
  /** Where base weights are still being read: once they are there. */
  readonly ready?: Promise<void> | undefined;
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

interface PreparedForward extends Omit<ForwardGraph, 'graph'> {
  readonly session: Session;
}

export class Stepper {
  readonly #model: TrainedModel;
  readonly #options: StepperOptions;
  readonly #steps = new Map<string, Prepared>();
  readonly #evaluations = new Map<string, PreparedForward>();
  readonly #looks = new Map<string, PreparedForward>();

  constructor(model: TrainedModel, options: StepperOptions) {
    this.#model = model;
    this.#options = options;
  }

  /** One micro batch: adds loss/items of its labels to the gradients. Returns that loss. `step` and `micro` seed dropout. */
  async train(batch: Batch, items: number, step: number, micro: number): Promise<number> {
    const shape = stepShape(batch);
    const prepared = await this.#prepare(shape);
    await this.#model.ready;
    const feeds: Record<string, Feed> = {
      ...batchFeeds(this.#model.config, batch, shape),
      ...lossFeeds(batch, shape, 1 / items),
    };
    for (const [name, parameter] of prepared.step.used) feeds[name] = parameter;
    if (this.#options.accumulate) {
      for (const { name, shape: size } of this.#model.trainable) feeds[`sum.${name}`] = this.#gradient(name, size);
    }
    this.#randomFeeds(feeds, batch, shape, prepared.step, step, micro);
    const sites = prepared.step.roundedSites;
    const sums = sites.length > 0 && this.#options.accumulate ? this.#gradientCopies() : [];
    const results = await runPlanned({
      sites,
      run: async () => {
        const outputs = await prepared.session.run(feeds, prepared.into);
        return { result: outputs, largest: outputs['largest'] as Float32Array };
      },
      look: () => this.#look(batch),
      undo: () => sums.forEach(({ gradient, before }) => gradient.set(before)),
    });
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
    const { session, used, roundedSites } = await this.#forward(this.#evaluations, shape, buildEvaluation);
    await this.#model.ready;
    const feeds: Record<string, Feed> = {
      ...batchFeeds(this.#model.config, batch, shape),
      ...lossFeeds(batch, shape, 1),
    };
    for (const [name, parameter] of used) feeds[name] = parameter;
    const { losses, predictions } = await runPlanned({
      sites: roundedSites,
      run: async () => {
        const outputs = await session.run(feeds);
        return { result: outputs, largest: outputs['largest'] as Float32Array };
      },
      look: () => this.#look(batch),
      undo: () => undefined,
    });
    return summarise(batch, losses as Float32Array, predictions as BigInt64Array);
  }

  /** What a batch puts into the 8-bit products, column by column. */
  async #look(batch: Batch): Promise<Sighting[]> {
    const shape = { ...stepShape(batch), targets: 0 };
    const { session, used, roundedSites } = await this.#forward(this.#looks, shape, buildLook);
    const feeds: Record<string, Feed> = { ...batchFeeds(this.#model.config, batch, shape) };
    for (const [name, parameter] of used) feeds[name] = parameter;
    return sightings(roundedSites, (await session.run(feeds))['peaks']);
  }

  /** The session of a graph without gradients for a shape. */
  async #forward(
    known: Map<string, PreparedForward>,
    shape: StepShape,
    build: typeof buildEvaluation,
  ): Promise<PreparedForward> {
    const key = shapeKey(shape);
    const found = known.get(key);
    if (found) return found;
    const { spec, weights, config } = this.#model;
    const block = this.#options.attentionBlock ?? attentionBlock(shape.length);
    const { graph, ...rest } = build(spec, weights, rotaryHalf(config), shape, block);
    const session = await Session.create(writeOnnx(graph, this.#options.device), this.#options);
    const prepared = { session, ...rest };
    await remember(known, key, prepared);
    return prepared;
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

/** Adds rows [N, H] to those of a table [V, H] at `ids` [N], in order. */
function addRows(table: Float32Array, ids: Int32Array, rows: Float32Array): void {
  const width = rows.length / ids.length;
  for (let i = 0; i < ids.length; i++) {
    const start = (ids[i] as number) * width;
    for (let j = 0; j < width; j++) table[start + j] = (table[start + j] as number) + (rows[i * width + j] as number);
  }
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
