// Greedy generation with a KV cache: one graph reads the prompt, one makes a token at a time; both as long as a bucket.
import { Graph } from '../graph/graph.ts';
import { writeOnnx } from '../graph/onnx/write.ts';
import { decode, type LayerCache, type RopeTensors } from '../model/decoder.ts';
import { ModelGraph } from '../model/model-graph.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Weights } from '../model/parameters.ts';
import { ropeCosSin, ropeTable, rotaryDim } from '../model/rope.ts';
import type { DecoderSpec } from '../model/spec.ts';
import type { Device } from '../runtime/devices.ts';
import { Session, type Feed } from '../runtime/session.ts';

export interface GenerationModel {
  readonly config: ModelConfig;
  readonly spec: DecoderSpec;
  readonly weights: Weights;
}

export interface GenerationOptions {
  readonly device: Device;
  readonly threads: number;
  readonly maxNewTokens: number;
  readonly stopIds: ReadonlySet<number>;
}

const MASKED = -1e30;

/** Cache sizes grow in steps of this many tokens. */
const CACHE_STEP = 128;

interface Prepared {
  readonly session: Session;
  readonly used: ReadonlyMap<string, Feed>;
}

/** Keys and values so far of each layer, [KV, capacity, D]. */
interface Cache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

export class Generator {
  readonly #model: GenerationModel;
  readonly #options: GenerationOptions;
  readonly #sessions = new Map<string, Prepared>();

  constructor(model: GenerationModel, options: GenerationOptions) {
    this.#model = model;
    this.#options = options;
  }

  /** Ids that follow the prompt, up to a stop token (left out). `seen` gets each step's two largest logits. */
  async generate(prompt: readonly number[], seen?: (first: number, second: number) => void): Promise<number[]> {
    const { maxNewTokens, stopIds } = this.#options;
    const capacity = Math.ceil((prompt.length + maxNewTokens) / CACHE_STEP) * CACHE_STEP;
    const caches = this.#emptyCaches(capacity);
    const made: number[] = [];
    let input = [...prompt];
    let position = 0;
    while (made.length < maxNewTokens) {
      const logits = await this.#forward(input, position, capacity, caches);
      position += input.length;
      const next = largest(logits);
      seen?.(logits[next] as number, secondLargest(logits, next));
      if (stopIds.has(next)) break;
      made.push(next);
      input = [next];
    }
    return made;
  }

  async release(): Promise<void> {
    for (const { session } of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  #emptyCaches(capacity: number): Cache[] {
    const { layers, keyValueHeads, headDim } = this.#model.spec;
    const size = keyValueHeads * capacity * headDim;
    return Array.from({ length: layers }, () => ({ keys: new Float32Array(size), values: new Float32Array(size) }));
  }

  /** Logits [V] after the last of `ids`, which stand at `position` and later; the caches grow by their keys and values. */
  async #forward(
    ids: readonly number[],
    position: number,
    capacity: number,
    caches: readonly Cache[],
  ): Promise<Float32Array> {
    const { spec, config } = this.#model;
    const length = ids.length;
    const { session, used } = await this.#prepare(length, capacity);
    const feeds: Record<string, Feed> = { ids: { dtype: 'int32', shape: [length], data: Int32Array.from(ids) } };
    for (const [name, parameter] of used) feeds[name] = parameter;
    const positions = Int32Array.from(ids, (_, i) => position + i);
    const half = rotaryDim(config) / 2;
    for (const kind of ['global', 'local'] as const) {
      const { cos, sin } = ropeCosSin(ropeTable(config, kind, position + length), positions);
      feeds[`rope.${kind}.cos`] = { dtype: 'float32', shape: [1, length, 1, half], data: cos };
      feeds[`rope.${kind}.sin`] = { dtype: 'float32', shape: [1, length, 1, half], data: sin };
    }
    const shape = [1, spec.keyValueHeads, capacity, spec.headDim];
    caches.forEach(({ keys, values }, layer) => {
      feeds[`past.${layer}.keys`] = { dtype: 'float32', shape, data: keys };
      feeds[`past.${layer}.values`] = { dtype: 'float32', shape, data: values };
      feeds[`mask.${layer}`] = {
        dtype: 'float32',
        shape: [length, capacity + length],
        data: cacheMask(length, position, capacity, spec.window(layer)),
      };
    });
    const outputs = await session.run(feeds);
    caches.forEach((cache, layer) => {
      append(cache.keys, outputs[`new.${layer}.keys`] as Float32Array, position, length, capacity, spec);
      append(cache.values, outputs[`new.${layer}.values`] as Float32Array, position, length, capacity, spec);
    });
    return outputs['logits'] as Float32Array;
  }

  async #prepare(length: number, capacity: number): Promise<Prepared> {
    const key = `${length} ${capacity}`;
    let prepared = this.#sessions.get(key);
    if (!prepared) {
      const { graph, used } = buildGeneration(this.#model, length, capacity);
      prepared = { session: await Session.create(writeOnnx(graph, this.#options.device), this.#options), used };
      this.#sessions.set(key, prepared);
    }
    return prepared;
  }
}

function buildGeneration(
  { spec, weights, config }: GenerationModel,
  length: number,
  capacity: number,
): { graph: Graph; used: ReadonlyMap<string, Feed> } {
  const g = new Graph();
  const m = new ModelGraph(g, spec, weights, { adapter: true, dropout: false });
  const half = rotaryDim(config) / 2;
  const table = (kind: 'global' | 'local'): RopeTensors => ({
    cos: g.input(`rope.${kind}.cos`, [1, length, 1, half]),
    sin: g.input(`rope.${kind}.sin`, [1, length, 1, half]),
  });
  const cache = Array.from({ length: spec.layers }, (_, layer): LayerCache => {
    const shape = [1, spec.keyValueHeads, capacity, spec.headDim];
    return {
      keys: g.input(`past.${layer}.keys`, shape),
      values: g.input(`past.${layer}.values`, shape),
      mask: g.input(`mask.${layer}`, [length, capacity + length]),
    };
  });
  const { hidden, keyValues } = decode(m, {
    rows: 1,
    length,
    ids: g.input('ids', [length], 'int32'),
    rope: { global: table('global'), local: table('local') },
    cache,
    attentionBlock: length,
  });
  const last = m.norm('model.norm', g.slice(hidden, 0, length - 1, length));
  const head = m.head(last);
  const logits = g.gemm(head.hidden, head.weight, { transB: true });
  const capped =
    spec.logitSoftcap === undefined ? logits : g.mul(g.tanh(g.mul(logits, 1 / spec.logitSoftcap)), spec.logitSoftcap);
  g.output('logits', g.reshape(capped, [head.weight.shape[0] ?? 0]));
  keyValues.forEach(({ keys, values }, layer) => {
    g.output(`new.${layer}.keys`, keys);
    g.output(`new.${layer}.values`, values);
  });
  return { graph: g, used: m.used };
}

/** Additive mask [length, capacity + length]: filled cache places and earlier new tokens are seen, within the window. */
function cacheMask(length: number, position: number, capacity: number, window: number | undefined): Float32Array {
  const width = capacity + length;
  const mask = new Float32Array(length * width).fill(MASKED);
  for (let query = 0; query < length; query++) {
    const at = position + query;
    const first = window === undefined ? 0 : Math.max(0, at - window + 1);
    for (let key = first; key < position; key++) mask[query * width + key] = 0;
    for (let key = Math.max(first, position); key <= at; key++) mask[query * width + capacity + key - position] = 0;
  }
  return mask;
}

/** Copies new keys or values [KV, length, D] into the cache [KV, capacity, D] at `position`. */
function append(
  cache: Float32Array,
  fresh: Float32Array,
  position: number,
  length: number,
  capacity: number,
  { keyValueHeads, headDim }: DecoderSpec,
): void {
  for (let head = 0; head < keyValueHeads; head++) {
    const part = fresh.subarray(head * length * headDim, (head + 1) * length * headDim);
    cache.set(part, (head * capacity + position) * headDim);
  }
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

function secondLargest(values: Float32Array, first: number): number {
  let second = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++)
    if (i !== first && (values[i] as number) > second) second = values[i] as number;
  return second;
}
