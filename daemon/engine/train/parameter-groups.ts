// The trained parameters, laid out flat by group: one array of weights and one of gradients each, so that norms, clipping
// and updates run over long pieces instead of hundreds of small tensors.
import { parameter, type Parameter } from '../model/parameters.ts';
import { sizeOf } from '../graph/tensor.ts';

export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly weightDecay: number;
}

/**
 * Transformers' rule of the normal path (Trainer.get_decay_parameter_names): biases and everything whose name says norm or
 * layernorm are not decayed; embeddings, the output projection and LoRA matrices are.
 */
export const isDecayed = (name: string): boolean =>
  !/bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/.test(name.toLowerCase());

/** Moves parameters into two flat groups, decayed and not. Returns the moved parameters by their old name. */
export function groupParameters(
  trainable: readonly Parameter[],
  weightDecay: number,
): { groups: ParameterGroup[]; moved: Map<string, Parameter>; gradients: Map<string, Float32Array> } {
  const moved = new Map<string, Parameter>();
  const gradients = new Map<string, Float32Array>();
  const groups = [true, false].map((decayed): ParameterGroup => {
    const members = trainable.filter(({ name }) => isDecayed(name) === decayed);
    const total = members.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const weights = new Float32Array(total);
    const sums = new Float32Array(total);
    let start = 0;
    const parameters = members.map(({ name, shape, data }) => {
      const end = start + data.length;
      weights.set(data, start);
      const copy = parameter(name, shape, weights.subarray(start, end));
      moved.set(name, copy);
      gradients.set(name, sums.subarray(start, end));
      start = end;
      return copy;
    });
    return { parameters, weights, gradients: sums, weightDecay: decayed ? weightDecay : 0 };
  });
  return { groups: groups.filter(({ parameters }) => parameters.length > 0), moved, gradients };
}
