// The weights of a run: base weights, adapters and copies to train, each a Float32Array that sessions are fed with.
import type { Feed } from '../runtime/session.ts';
import type { QuantizedHead } from './quantized/head.ts';
import type { QuantizedMatrix } from './quantized/matrix.ts';
import { sizeOf, type Shape } from '../graph/tensor.ts';

export interface Parameter extends Feed {
  /** Name as transformers and PEFT have it, e.g. model.norm.weight or base_model.model.….lora_A.weight. */
  readonly name: string;
  readonly dtype: 'float32';
  readonly shape: Shape;
  readonly data: Float32Array;
}

export const parameter = (
  name: string,
  shape: Shape,
  data: Float32Array = new Float32Array(sizeOf(shape)),
): Parameter => {
  if (data.length !== sizeOf(shape)) throw new Error(`${name} has ${data.length} values for shape [${shape}]`);
  return { name, dtype: 'float32', shape, data };
};

/** LoRA (Hu et al. 2021) on one module: W + scale · B·A. For the embedding A is [r, vocabulary] and B [hidden, r], as in PEFT. */
export interface LoraPair {
  /** Module name in the base model, e.g. model.layers.0.self_attn.q_proj. */
  readonly module: string;
  readonly a: Parameter; // [r, in]
  readonly b: Parameter; // [out, r]
  readonly rank: number;
  /** alpha / r, or alpha / √r with rsLoRA (Kalajdzievski 2023). */
  readonly scale: number;
  readonly dropout: number;
}

/** What an adapter adds to a base: low-rank pairs, and whole modules it replaces by trained copies (PEFT's modules_to_save). */
export interface Adapter {
  readonly lora: ReadonlyMap<string, LoraPair>;
  /** By base weight name, e.g. lm_head.weight. */
  readonly saved: ReadonlyMap<string, Parameter>;
}

export const emptyAdapter: Adapter = { lora: new Map(), saved: new Map() };

export interface Weights {
  readonly base: ReadonlyMap<string, Parameter>;
  /** Frozen matrices in few bits, in place of base weights, by the same names. */
  readonly quantized?: ReadonlyMap<string, QuantizedMatrix>;
  /** The frozen output projection in 8 bits, for the loss. */
  readonly head?: QuantizedHead;
  readonly adapter: Adapter;
}

/** All parameters with an adapter's own, in a fixed order. */
export function* allParameters({ base, adapter }: Weights): Generator<Parameter> {
  yield* base.values();
  for (const { a, b } of adapter.lora.values()) {
    yield a;
    yield b;
  }
  yield* adapter.saved.values();
}
