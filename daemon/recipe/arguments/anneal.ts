// Recipe keys of Anneal's own. LLaMA-Factory refuses them, so a recipe that both read leaves them out.
import { argument as key } from '../argument.ts';

export const annealArguments = {
  anneal_device: key<string>(
    'string',
    'auto',
    'Device that trains: cpu, webgpu, cuda, or auto for the best one that works.',
    {
      group: 'anneal',
      choices: ['auto', 'cpu', 'webgpu', 'cuda'],
      support: 'built',
    },
  ),
  anneal_threads: key<number>('int', 0, 'Threads of the CPU device; 0 takes one for each core.', {
    group: 'anneal',
    support: 'built',
  }),
  anneal_memory_gb: key<number | null>(
    'float',
    null,
    'Memory in GB that kept activations may take; beyond it layers are computed again.',
    {
      group: 'anneal',
      support: 'built',
    },
  ),
  anneal_cache_gb: key<number>(
    'float',
    10,
    'Disk space in GB for tokenised rows, so that later runs start at once; the oldest go first. 0 keeps none.',
    { group: 'anneal', support: 'built' },
  ),
  anneal_sample_prompts: key<readonly string[] | null>(
    'string[]',
    null,
    'Questions that the model answers before, during and after training.',
    { group: 'anneal', support: 'built' },
  ),
  anneal_sample_steps: key<number>(
    'int',
    0,
    'Steps between answers to anneal_sample_prompts; 0: before and after only.',
    {
      group: 'anneal',
      support: 'built',
    },
  ),
} as const;
