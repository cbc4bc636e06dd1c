// Mistral 7B: llama with a sliding window in every layer, where config.json gives one.
import type { Architecture } from '../spec.ts';
import { llamaSpec } from './llama.ts';

export const mistral: Architecture = {
  modelType: 'mistral',
  spec: (config) => {
    // absent means the first release's 4096, null means none
    const window = config.raw.sliding_window === undefined ? 4096 : (config.raw.sliding_window ?? undefined);
    return { ...llamaSpec(config), queryKeyValueBias: false, outputBias: false, mlpBias: false, window: () => window };
  },
};
