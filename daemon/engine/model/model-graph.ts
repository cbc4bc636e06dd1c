// A graph under construction over a model's weights: each weight becomes one input, linears carry their adapters.
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { DecoderSpec } from './spec.ts';
import type { Feed } from '../runtime/session.ts';
import type { LoraPair, Parameter, Weights } from './parameters.ts';
import { quantizedLinear, roundInput, type QuantizedProduct, type RoundedInput } from './quantized/linear.ts';
import type { OutlierSite } from './quantized/outliers.ts';

export interface ModelGraphOptions {
  /** Off: the base alone, as a reference policy is. */
  readonly adapter: boolean;
  /** LoRA dropout is applied: keep masks are fed per site. */
  readonly dropout: boolean;
}

/** A dropout mask the graph is fed with: uint8 of this shape, 1 where kept with probability 1 − p. */
export interface DropoutSite {
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly p: number;
}

export class ModelGraph {
  readonly g: Graph;
  readonly spec: DecoderSpec;
  readonly weights: Weights;
  readonly options: ModelGraphOptions;
  /** Weights that the graph is fed with, by feed name. */
  readonly used = new Map<string, Feed>();
  readonly dropoutSites: DropoutSite[] = [];
  readonly #inputs = new Map<Parameter, Tensor>();
  readonly #rounded = new Map<Tensor, RoundedInput>();

  constructor(g: Graph, spec: DecoderSpec, weights: Weights, options: ModelGraphOptions) {
    this.g = g;
    this.spec = spec;
    this.weights = weights;
    this.options = options;
  }

  /** The input that feeds a parameter. */
  input(parameter: Parameter): Tensor {
    let tensor = this.#inputs.get(parameter);
    if (!tensor) {
      tensor = this.g.input(parameter.name, parameter.shape);
      this.#inputs.set(parameter, tensor);
      this.used.set(parameter.name, parameter);
    }
    return tensor;
  }

  /** An input that is fed with part of a quantised weight, or with what several share. */
  feed(name: string, feed: Feed): Tensor {
    const known = this.g.inputs.find((input) => input.name === name);
    if (known) return known;
    this.used.set(name, feed);
    return this.g.input(name, feed.shape, feed.dtype);
  }

  /** A base weight by name, or the adapter's trained copy of it. */
  weight(name: string): Tensor {
    const saved = this.options.adapter ? this.weights.adapter.saved.get(name) : undefined;
    const parameter = saved ?? this.weights.base.get(name);
    if (!parameter) throw new Error(`the model has no weight ${name}`);
    return this.input(parameter);
  }

  /** x [N, in] → x·Wᵀ (+ bias) (+ scale · dropout(x)·Aᵀ·Bᵀ) [N, out]. */
  linear(module: string, x: Tensor, bias = false): Tensor {
    const [y] = this.linears([module], x, bias);
    if (!y) throw new Error('a module makes an output');
    return y;
  }

  /** The same for modules that read the same input. */
  linears(modules: readonly string[], x: Tensor, bias = false): Tensor[] {
    const { g } = this;
    const products = modules.map((module) => this.#base(module, x, bias));
    const low = this.#low(modules, x);
    return products.map(({ y, rest }, i) => {
      const lora = this.#lora(modules[i]);
      const narrow = low[i];
      if (!lora || !narrow) return rest ? g.add(y, g.gemm(rest.input, rest.weights, { transB: true })) : y;
      const up = [y, narrow, this.input(lora.b)] as const;
      return g.one('LowRankUp', rest ? [...up, rest.input, rest.weights] : up, {});
    });
  }

  /** scale · dropout(x)·Aᵀ of each module's adapter. Without dropout those of one scale are made together. */
  #low(modules: readonly string[], x: Tensor): (Tensor | undefined)[] {
    const { g } = this;
    const made = new Map<string, Tensor>();
    const pairs = modules.flatMap((module) => this.#lora(module) ?? []);
    const together = pairs.every(({ scale, dropout }) => scale === pairs[0]?.scale && !this.#drops(dropout));
    for (const group of together ? [pairs] : pairs.map((pair) => [pair])) {
      const [first] = group;
      if (!first) continue;
      const inputs = [this.dropped(x, first.module, first.dropout), ...group.map(({ a }) => this.input(a))];
      const outputs = g.op('LowRankDown', inputs, { alpha: first.scale });
      group.forEach(({ module }, i) => made.set(module, outputs[i] as Tensor));
    }
    return modules.map((module) => made.get(module));
  }

  #lora(module: string | undefined): LoraPair | undefined {
    return module !== undefined && this.options.adapter ? this.weights.adapter.lora.get(module) : undefined;
  }

  #drops(p: number): boolean {
    return this.options.dropout && p > 0;
  }

  /** x [N, in] → x·Wᵀ (+ bias), the base alone. */
  #base(module: string, x: Tensor, bias: boolean): QuantizedProduct {
    const { g } = this;
    const added = bias ? this.weight(`${module}.bias`) : undefined;
    const matrix = this.weights.quantized?.get(`${module}.weight`);
    if (!matrix) {
      const y = g.gemm(x, this.weight(`${module}.weight`), { transB: true, ...(added ? { c: added } : {}) });
      return { y, rest: undefined };
    }
    const { y, rest } = quantizedLinear(this, matrix, x);
    return { y: added ? g.add(y, added) : y, rest };
  }

  /** x as 8-bit products take it, rounded once for all that read it. */
  rounded(site: OutlierSite, x: Tensor): RoundedInput {
    const input = this.#rounded.get(x) ?? roundInput(this, site, x);
    this.#rounded.set(x, input);
    return input;
  }

  /** Makes the largest rounded magnitude of each rounded input an output of the graph, `largest`; says which stand where. */
  outputLargest(): readonly OutlierSite[] {
    const inputs = [...this.#rounded.values()];
    const largest = inputs.map(({ scales }) => this.g.reshape(this.g.one('ReduceMax', [scales], { axes: scales.shape.map((_, axis) => axis), keepDims: false }), [1])); // prettier-ignore
    if (largest.length > 0) this.g.output('largest', this.g.mul(this.g.concat(largest, 0), 127));
    return inputs.map(({ site }) => site);
  }

  /** Makes the largest magnitudes in the columns of all rounded inputs an output, `peaks`; says which stand where. */
  outputPeaks(): readonly OutlierSite[] {
    const { g } = this;
    const peaks = [...this.#rounded.keys()].map((x) => {
      const most = g.one('ReduceMax', [x], { axes: [0], keepDims: false });
      return g.one('Max', [most, g.neg(g.one('ReduceMin', [x], { axes: [0], keepDims: false }))], {});
    });
    if (peaks.length > 0) g.output('peaks', g.concat(peaks, 0));
    return [...this.#rounded.values()].map(({ site }) => site);
  }

  /** x with entries set to zero with probability p and the rest divided by 1 − p (Srivastava et al. 2014). */
  dropped(x: Tensor, site: string, p: number): Tensor {
    if (!this.#drops(p)) return x;
    const [rows = 1, columns = 1] = x.shape;
    const name = `dropout.${site}`;
    this.dropoutSites.push({ name, shape: [rows, columns], p });
    const keep = this.g.cast(this.g.input(name, [rows, columns], 'uint8'), 'float32');
    return this.g.mul(this.g.mul(x, keep), 1 / (1 - p));
  }

  /** RMSNorm over the last dimension. */
  norm(module: string, x: Tensor): Tensor {
    const weight = this.weight(`${module}.weight`);
    const scale = this.spec.normPlusOne ? this.g.add(weight, 1) : weight;
    return this.g.one('RmsNorm', [x, scale], { epsilon: this.spec.epsilon });
  }

  /** Token ids int32 [N] → [N, H], with the embedding's own LoRA where there is one. */
  embed(ids: Tensor): Tensor {
    const { g, spec } = this;
    const module = 'model.embed_tokens';
    let x = g.one('Gather', [this.weight(`${module}.weight`), ids], {});
    const lora = this.options.adapter ? this.weights.adapter.lora.get(module) : undefined;
    if (lora) {
      const low = g.one('Gather', [g.transpose(this.input(lora.a), [1, 0]), ids], {});
      x = g.add(x, g.gemm(low, this.input(lora.b), { transB: true, alpha: lora.scale }));
    }
    return spec.embeddingScale === 1 ? x : g.mul(x, spec.embeddingScale);
  }

  /**
   * The output projection as one matrix: hidden [N, H] and W [V, H] such that logits = hidden·Wᵀ. With LoRA on lm_head
   * both grow by r columns: [h, s·h·Aᵀ]·[W, B]ᵀ = h·Wᵀ + s·h·Aᵀ·Bᵀ.
   */
  head(hidden: Tensor): { hidden: Tensor; weight: Tensor } {
    const { g } = this;
    const own = this.options.adapter ? this.weights.adapter.saved.get('lm_head.weight') : undefined;
    // a tied projection stays the base's table, also where an adapter trains a copy of the embedding
    const tied = this.weights.base.get(this.spec.tied ? 'model.embed_tokens.weight' : 'lm_head.weight');
    const parameter = own ?? tied;
    if (!parameter) throw new Error('the model has no output projection');
    const weight = this.input(parameter);
    const lora = this.options.adapter ? this.weights.adapter.lora.get('lm_head') : undefined;
    if (!lora) return { hidden, weight };
    const low = g.gemm(this.dropped(hidden, 'lm_head', lora.dropout), this.input(lora.a), {
      transB: true,
      alpha: lora.scale,
    });
    return { hidden: g.concat([hidden, low], 1), weight: g.concat([weight, this.input(lora.b)], 1) };
  }
}
