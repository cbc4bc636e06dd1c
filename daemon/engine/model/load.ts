// A model folder as weights: read or initialised, quantised where asked for, embeddings resized.
import { UserError } from '../../errors.ts';
import { decoderSpec } from './architectures/registry.ts';
import { readModelConfig, type ModelConfig } from './config.ts';
import { parameter, type Parameter } from './parameters.ts';
import { LARGE_HEAD, quantizedHead, type QuantizedHead } from './quantized/head.ts';
import { withUnsignedCodes, type QuantizedMatrix } from './quantized/matrix.ts';
import { loadMatrices } from './quantized/quantise.ts';
import { readStoredLinears, type StoredWeights } from './quantized/stored/read.ts';
import { storedScheme, type StoredScheme } from './quantized/stored/scheme.ts';
import type { QuantizationSettings } from './quantized/settings.ts';
import { withRopeScaling } from './rope.ts';
import { readAside } from './safetensors/aside.ts';
import { layerLinears, weightSpecs, type DecoderSpec } from './spec.ts';

/** Fills arrays with random values; the stream names what for. */
export interface RandomSource {
  normal(out: Float32Array, deviation: number, stream: string): void;
  uniform(out: Float32Array, bound: number, stream: string): void;
}

export interface LoadOptions {
  readonly folder: string;
  readonly trainFromScratch: boolean;
  readonly ropeScaling: string | undefined;
  readonly cutoffLength: number;
  /** Tokens the tokenizer has now, where resize_vocab asks for rows for them. */
  readonly resizeTo: number | undefined;
  /** How the linear weights of the layers are coded; absent: they stay in float32. */
  readonly quantization?: QuantizationSettings | undefined;
  /** Off: 8-bit codes are unsigned, as some processors need them. On by default. */
  readonly signedCodes?: boolean;
  /** With 8 bits: the output projection is coded too, beside its float32 weights. */
  readonly quantizeHead?: boolean;
  /** The weights may still be on their way when the model is handed on (LoadedModel.ready). */
  readonly late?: boolean;
  /** Tells of work that takes long. */
  readonly progress?: (message: string, done: number, total: number) => void;
}

export interface LoadedModel {
  readonly config: ModelConfig;
  readonly spec: DecoderSpec;
  readonly base: Map<string, Parameter>;
  readonly quantized?: ReadonlyMap<string, QuantizedMatrix>;
  readonly head?: QuantizedHead;
  /** Where the numbers of the base weights come later: once they are there. */
  readonly ready?: Promise<void>;
}

/** Reads a model folder, or makes fresh weights by its config. Throws UserError naming what is missing or wrong. */
export async function loadModel(options: LoadOptions, random: RandomSource): Promise<LoadedModel> {
  let config = await readModelConfig(options.folder);
  if (options.ropeScaling !== undefined) config = withRopeScaling(config, options.ropeScaling, options.cutoffLength);
  const spec = decoderSpec(config);
  const specs = weightSpecs(spec);
  const base = new Map<string, Parameter>();
  if (options.trainFromScratch) {
    if (options.quantization) {
      throw new UserError(
        'quantized-from-scratch',
        'train_from_scratch makes weights that have to be trained, and quantised ones cannot be: remove quantization_bit.',
      );
    }
    for (const { name, shape } of specs) base.set(name, initialise(parameter(name, shape), config, spec, random));
    return resized({ config, spec, base }, options.resizeTo, random);
  }
  const scheme = storedScheme(config.raw['quantization_config'], options.folder);
  const coded: CodedWeights | undefined = scheme
    ? await loadStored(options, spec, scheme)
    : await loadQuantized(options, spec);
  const rest = specs.filter(({ name }) => !coded?.quantized.has(name));
  const dequantised = coded?.floats;
  const { weights, ready } = await readAside(options.folder, rest.filter(({ name }) => !dequantised?.has(name))); // prettier-ignore
  for (const { name, shape } of rest) {
    const values = dequantised?.get(name);
    const weight = values ? parameter(name, shape, values) : weights.get(name);
    if (weight) base.set(name, weight);
  }
  const grows = options.resizeTo !== undefined && options.resizeTo > spec.vocabSize;
  if (options.late && !coded && !grows) return { config, spec, base, ready };
  await ready;
  const { quantized, head } = coded ?? {};
  return resized({ config, spec, base, ...(quantized ? { quantized } : {}), ...(head ? { head } : {}) }, options.resizeTo, random); // prettier-ignore
}

/** Linears in few bits; of a folder that is quantised already also those that became float32. */
type CodedWeights = Pick<StoredWeights, 'quantized'> & Partial<StoredWeights> & Pick<LoadedModel, 'head'>;

/** The names of the linear weights of the layers. */
function linearNames(spec: DecoderSpec): Set<string> {
  const names = new Set<string>();
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const { module } of layerLinears(spec)) names.add(`model.layers.${layer}.${module}.weight`);
  }
  return names;
}

/** The linear weights of the layers of a folder that is quantised already, as its config says. */
function loadStored({ folder, progress }: LoadOptions, spec: DecoderSpec, scheme: StoredScheme): Promise<CodedWeights> {
  const names = linearNames(spec);
  const wanted = weightSpecs(spec).filter(({ name }) => names.has(name));
  const what = scheme.method === 'bitsandbytes' ? 'Reading quantised weights' : `Dequantising ${scheme.method.toUpperCase()} weights to float32`; // prettier-ignore
  return readStoredLinears(folder, wanted, scheme, (done, total) => progress?.(what, done, total));
}

/** The linear weights of the layers in few bits, where that is asked for: what upstream quantises too. */
async function loadQuantized(
  { folder, quantization, signedCodes = true, quantizeHead = false, progress }: LoadOptions,
  spec: DecoderSpec,
): Promise<CodedWeights | undefined> {
  if (!quantization) return undefined;
  const names = linearNames(spec);
  const headName = spec.tied ? 'model.embed_tokens.weight' : 'lm_head.weight';
  const withHead = quantizeHead && quantization.bits === 8 && spec.vocabSize * spec.hiddenSize >= LARGE_HEAD;
  if (withHead) names.add(headName);
  const wanted = weightSpecs(spec).filter(({ name }) => names.has(name));
  const matrices = await loadMatrices(folder, wanted, quantization, (done, total) =>
    progress?.(`Quantising to ${quantization.bits} bits`, done, total),
  );
  const usable = signedCodes ? matrices : withUnsignedCodes(matrices);
  const quantized = new Map(usable.map((matrix) => [matrix.name, matrix]));
  const head = withHead ? quantized.get(headName) : undefined;
  quantized.delete(headName);
  return head?.kind === 'int8' ? { quantized, head: quantizedHead(head) } : { quantized };
}

/** As transformers initialises: matrices normal with initializer_range, biases 0, norms 1 (0 where they multiply by 1 + w). */
function initialise(weight: Parameter, config: ModelConfig, spec: DecoderSpec, random: RandomSource): Parameter {
  if (weight.shape.length === 2) random.normal(weight.data, config.initializerRange, weight.name);
  else if (weight.name.endsWith('.weight') && !spec.normPlusOne) weight.data.fill(1);
  return weight;
}

/**
 * Rows for new tokens, as LLaMA-Factory's resize_embedding_layer makes them: the mean of the old rows plus normal noise of
 * variance 1/hidden; the vocabulary is padded to a multiple of 64.
 */
function resized(model: LoadedModel, size: number | undefined, random: RandomSource): LoadedModel {
  const old = model.spec.vocabSize;
  if (size === undefined || size <= old) return model;
  const rows = Math.ceil(size / 64) * 64;
  const names = model.spec.tied ? ['model.embed_tokens.weight'] : ['model.embed_tokens.weight', 'lm_head.weight'];
  const base = new Map(model.base);
  for (const name of names) {
    const weight = base.get(name);
    if (weight) base.set(name, grown(weight, rows, random));
  }
  const raw = { ...model.config.raw, vocab_size: rows };
  const { head: _, ...rest } = model;
  return {
    ...rest,
    base,
    config: { ...model.config, raw, vocabSize: rows },
    spec: { ...model.spec, vocabSize: rows },
  };
}

function grown(weight: Parameter, rows: number, random: RandomSource): Parameter {
  const [old = 0, width = 1] = weight.shape;
  const data = new Float32Array(rows * width);
  data.set(weight.data);
  const mean = new Float64Array(width);
  for (let i = 0; i < weight.data.length; i++)
    mean[i % width] = (mean[i % width] as number) + (weight.data[i] as number) / old;
  const noise = data.subarray(old * width);
  random.normal(noise, 1 / Math.sqrt(width), `resize.${weight.name}`);
  for (let i = 0; i < noise.length; i++) noise[i] = (noise[i] as number) + (mean[i % width] as number);
  return parameter(weight.name, [rows, width], data);
}
