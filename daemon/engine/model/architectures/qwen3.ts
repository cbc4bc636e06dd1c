// Qwen 3 (dense): norms on the heads of q and k in place of biases.
import type { Architecture } from '../spec.ts';
import { llamaSpec } from './llama.ts';
import { qwenWindow } from './qwen2.ts';

export const qwen3: Architecture = {
  modelType: 'qwen3',
  spec: (config) => ({ ...llamaSpec(config), queryKeyNorm: true, mlpBias: false, window: qwenWindow(config) }),
};
