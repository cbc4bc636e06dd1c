// Qwen 2 and 2.5: biases on q, k and v; a sliding window in the layers from max_window_layers on, if switched on.
import type { ModelConfig } from '../config.ts';
import type { Architecture } from '../spec.ts';
import { llamaSpec } from './llama.ts';

/** Window of the layers that config.json marks as sliding, by layer_types or, without them, by max_window_layers. */
export function qwenWindow({ raw }: ModelConfig): (layer: number) => number | undefined {
  const { sliding_window: window, use_sliding_window: used, layer_types: types, max_window_layers: first } = raw;
  if (!used || !window) return () => undefined;
  return (layer) => ((types ? types[layer] === 'sliding_attention' : layer >= (first ?? 28)) ? window : undefined);
}

export const qwen2: Architecture = {
  modelType: 'qwen2',
  spec: (config) => ({
    ...llamaSpec(config),
    queryKeyValueBias: true,
    outputBias: false,
    mlpBias: false,
    window: qwenWindow(config),
  }),
};
