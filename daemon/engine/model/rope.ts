// Rotary tables: inverse frequencies of every scaling transformers knows, and cos/sin by position, rounded to float32 where
// torch rounds. Sources: Su et al. 2021 (RoPE); Chen et al. 2023 (linear); bloc97 2023 (dynamic NTK); Peng et al. 2023
// (YaRN); Llama 3.1's frequency bands; Ding et al. 2024 (LongRoPE).
import { UserError } from '../../errors.ts';
import type { ModelConfig, RopeParameters } from './config.ts';

export interface RopeTable {
  readonly inverseFrequencies: Float32Array; // [R/2]
  /** Factor on cos and sin (YaRN, LongRoPE). */
  readonly attentionScaling: number;
}

const f32 = Math.fround;

/** theta^(−2i/dim) in float32 steps. */
function plain(theta: number, dim: number): Float32Array {
  return Float32Array.from({ length: dim / 2 }, (_, i) => 1 / f32(theta ** f32((2 * i) / dim)));
}

/** Rotated dimensions of a head. */
export const rotaryDim = ({ headDim, rotaryFactor }: ModelConfig): number => Math.floor(headDim * rotaryFactor);

/** The table of one kind of layer for sequences of `length` tokens; only dynamic and longrope depend on the length. */
export function ropeTable(config: ModelConfig, kind: 'global' | 'local', length: number): RopeTable {
  const parameters = config.rope[kind];
  const dim = rotaryDim(config);
  const number = (key: string, fallback: number): number => {
    const value = parameters.settings[key];
    return typeof value === 'number' ? value : fallback;
  };
  const factor = number('factor', 1);
  switch (parameters.type) {
    case 'default':
      return { inverseFrequencies: plain(parameters.theta, dim), attentionScaling: 1 };
    case 'linear':
      return { inverseFrequencies: plain(parameters.theta, dim).map((value) => value / factor), attentionScaling: 1 };
    case 'dynamic': {
      // the length the config gives now, as transformers 5.6 has it, not the one before a recipe's rope_scaling
      const original = config.maxPositions;
      const longest = Math.max(length, original);
      const base = parameters.theta * ((factor * longest) / original - (factor - 1)) ** (dim / (dim - 2));
      return { inverseFrequencies: plain(base, dim), attentionScaling: 1 };
    }
    case 'llama3':
      return { inverseFrequencies: llama3(parameters, dim, number), attentionScaling: 1 };
    case 'yarn':
      return yarn(parameters, dim, number, number('original_max_position_embeddings', config.maxPositions));
    case 'longrope':
      return longrope(config, parameters, dim, number, length);
    default:
      throw new UserError('rope-type', `config.json asks for rope scaling "${parameters.type}", which is not known.`);
  }
}

type Setting = (key: string, fallback: number) => number;

function llama3({ theta }: RopeParameters, dim: number, number: Setting): Float32Array {
  const factor = number('factor', 8);
  const low = number('low_freq_factor', 1);
  const high = number('high_freq_factor', 4);
  const original = number('original_max_position_embeddings', 8192);
  return plain(theta, dim).map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return frequency / factor;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

function yarn(parameters: RopeParameters, dim: number, number: Setting, original: number): RopeTable {
  const { theta, settings } = parameters;
  const factor = number('factor', 1);
  const scale = (by: number, mscale: number): number => (by <= 1 ? 1 : 0.1 * mscale * Math.log(by) + 1);
  let attentionScaling = number('attention_factor', Number.NaN);
  if (Number.isNaN(attentionScaling)) {
    const mscale = number('mscale', 0);
    const all = number('mscale_all_dim', 0);
    attentionScaling = mscale && all ? scale(factor, mscale) / scale(factor, all) : scale(factor, 1);
  }
  // dimensions below `low` turn often enough to be left alone, those above `high` are interpolated
  const dimensionOf = (rotations: number): number =>
    (dim * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const truncate = settings['truncate'] !== false;
  let low = dimensionOf(number('beta_fast', 32));
  let high = dimensionOf(number('beta_slow', 1));
  if (truncate) [low, high] = [Math.floor(low), Math.ceil(high)];
  low = Math.max(low, 0);
  high = Math.min(high, dim - 1);
  if (low === high) high += 0.001;
  const inverseFrequencies = plain(theta, dim).map((_, i) => {
    const position = f32(theta ** f32((2 * i) / dim));
    const ramp = f32(Math.min(1, Math.max(0, f32((i - low) / (high - low)))));
    const extrapolation = f32(1 - ramp);
    return f32(f32(1 / f32(factor * position)) * f32(1 - extrapolation)) + f32(f32(1 / position) * extrapolation);
  });
  return { inverseFrequencies, attentionScaling };
}

function longrope(
  config: ModelConfig,
  parameters: RopeParameters,
  dim: number,
  number: Setting,
  length: number,
): RopeTable {
  const { theta, settings } = parameters;
  const original =
    config.raw.original_max_position_embeddings ?? number('original_max_position_embeddings', config.maxPositions);
  const factor = config.raw.original_max_position_embeddings ? config.maxPositions / original : number('factor', 1);
  const attentionScaling = number(
    'attention_factor',
    factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)),
  );
  const factors = settings[length > original ? 'long_factor' : 'short_factor'];
  if (!Array.isArray(factors) || factors.length !== dim / 2) {
    throw new UserError(
      'rope-type',
      'config.json asks for longrope without long_factor and short_factor of half a head each.',
    );
  }
  const inverseFrequencies = plain(theta, dim).map(
    (_, i) => 1 / f32(f32(Number(factors[i])) * f32(theta ** f32((2 * i) / dim))),
  );
  return { inverseFrequencies, attentionScaling };
}

/** cos and sin of position · frequency, [positions, R/2] each; the product is rounded to float32 as in torch. */
export function ropeCosSin(
  { inverseFrequencies, attentionScaling }: RopeTable,
  positions: Int32Array,
): { cos: Float32Array; sin: Float32Array } {
  const half = inverseFrequencies.length;
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  for (let p = 0; p < positions.length; p++) {
    for (let i = 0; i < half; i++) {
      const angle = f32((positions[p] as number) * (inverseFrequencies[i] as number));
      cos[p * half + i] = f32(Math.cos(angle)) * attentionScaling;
      sin[p * half + i] = f32(Math.sin(angle)) * attentionScaling;
    }
  }
  return { cos, sin };
}

/** LLaMA-Factory's recipe key rope_scaling: positions stretched to hold cutoff_len tokens, for models that hold fewer. */
export function withRopeScaling(config: ModelConfig, kind: string, cutoffLength: number): ModelConfig {
  const original = config.maxPositions;
  if (cutoffLength <= original) return config;
  const factor = Math.ceil(cutoffLength / original);
  const settings: Record<string, unknown> = { rope_type: kind, factor };
  if (kind === 'dynamic' || kind === 'yarn') settings['original_max_position_embeddings'] = original;
  if (kind === 'llama3') {
    Object.assign(settings, { original_max_position_embeddings: original, low_freq_factor: 1, high_freq_factor: 4 });
  }
  const maxPositions = original * factor;
  const global: RopeParameters = { type: kind, theta: config.rope.global.theta, settings };
  const raw = { ...config.raw, max_position_embeddings: maxPositions, rope_scaling: settings };
  return { ...config, raw, maxPositions, rope: { ...config.rope, global } };
}
