// Phi 3: one projection for q, k and v and one for gate and up.
import type { Architecture } from '../spec.ts';
import { llamaSpec } from './llama.ts';

export const phi3: Architecture = {
  modelType: 'phi3',
  spec: (config) => {
    const window = config.raw.sliding_window ?? undefined;
    return {
      ...llamaSpec(config),
      fusedProjections: true,
      queryKeyValueBias: false,
      outputBias: false,
      mlpBias: false,
      window: () => window,
    };
  },
};
