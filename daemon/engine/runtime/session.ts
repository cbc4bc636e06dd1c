// A session runs one ONNX model. Weights are feeds: typed arrays that all sessions share, never copied on the CPU, never
// packed. Runs and creation block the event loop, so sessions live in the worker process only.
import * as ort from 'onnxruntime-node';
import type { DType, Shape } from '../graph/tensor.ts';
import type { Device } from './devices.ts';
import { heapIsTuned } from './heap.ts';

export type Values = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array | Uint16Array;

export interface Feed {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Values;
}

export type Feeds = Readonly<Record<string, Feed>>;

export interface SessionOptions {
  readonly device: Device;
  /** Threads of the CPU provider; 0: as many as the machine has cores. */
  readonly threads?: number;
  readonly verbose?: boolean;
  /** Prefix of a file that gets a profile of every run, written when the session is released: which provider ran what. */
  readonly profile?: string;
}

const tensorOf = ({ dtype, shape, data }: Feed): ort.Tensor => new ort.Tensor(dtype, data as never, shape);

export class Session {
  readonly #session: ort.InferenceSession;
  readonly #wrapped = new Map<string, { feed: Feed; tensor: ort.Tensor }>();

  readonly #profiled: boolean;

  private constructor(session: ort.InferenceSession, profiled: boolean) {
    this.#session = session;
    this.#profiled = profiled;
  }

  static async create(
    model: Uint8Array,
    { device, threads = 0, verbose = false, profile }: SessionOptions,
  ): Promise<Session> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      // folding and merging are done on our own graph; anything more would merge recomputed nodes with the originals
      graphOptimizationLevel: 'disabled',
      enableMemPattern: false,
      // an arena a session keeps its peak for ever; a heap that is never trimmed is shared by all of them, and as fast
      enableCpuMemArena: !heapIsTuned,
      intraOpNumThreads: threads,
      logSeverityLevel: verbose ? 0 : 3,
      logVerbosityLevel: 0,
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    });
    return new Session(session, profile !== undefined);
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  /** Outputs by name. With `into`, named outputs are written in place; they may be arrays that are fed as well. */
  async run(feeds: Feeds, into: Feeds = {}): Promise<Record<string, Values>> {
    const inputs: Record<string, ort.Tensor> = {};
    for (const name of this.#session.inputNames) {
      const feed = feeds[name];
      if (!feed) throw new Error(`nothing is fed for ${name}`);
      inputs[name] = this.#wrap(name, feed);
    }
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const name of this.#session.outputNames) {
      const target = into[name];
      fetches[name] = target ? tensorOf(target) : null;
    }
    const outputs = await this.#session.run(inputs, fetches);
    const results: Record<string, Values> = {};
    for (const name of this.#session.outputNames) {
      const target = into[name];
      const output = outputs[name];
      if (!output) throw new Error(`the session made no ${name}`);
      results[name] = target ? target.data : (output.data as Values);
    }
    return results;
  }

  async release(): Promise<void> {
    this.#wrapped.clear();
    if (this.#profiled) this.#session.endProfiling();
    await this.#session.release();
  }

  /** Wrapping a weight again for every run costs more than it should: hundreds of feeds a step. */
  #wrap(name: string, feed: Feed): ort.Tensor {
    const known = this.#wrapped.get(name);
    if (known?.feed === feed) return known.tensor;
    const tensor = tensorOf(feed);
    this.#wrapped.set(name, { feed, tensor });
    return tensor;
  }
}
