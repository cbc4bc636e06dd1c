// Recipe keys: galore, apollo, badam. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const memoryOptimizersArguments = {
  // galore
  use_galore: key<boolean>('bool', false, 'Optimise in a low-rank projection of the gradient (GaLore).', {
    group: 'galore',
    support: 'later',
  }),
  galore_target: key<string | readonly (string | number)[]>(
    'string',
    'all',
    'Modules that GaLore acts on; all takes every linear layer.',
    { group: 'galore', separator: ',', onlyWith: ['use_galore'], support: 'later' },
  ),
  galore_rank: key<number>('int', 16, 'Rank of the projection.', {
    group: 'galore',
    onlyWith: ['use_galore'],
    support: 'later',
  }),
  galore_update_interval: key<number>('int', 200, 'Steps between new projections.', {
    group: 'galore',
    onlyWith: ['use_galore'],
    support: 'later',
  }),
  galore_scale: key<number>('float', 2.0, 'Scale of the projected update.', {
    group: 'galore',
    onlyWith: ['use_galore'],
    support: 'later',
  }),
  galore_proj_type: key<string>('string', 'std', 'Side of the gradient that is projected.', {
    group: 'galore',
    choices: ['std', 'reverse_std', 'right', 'left', 'full'],
    onlyWith: ['use_galore'],
    support: 'later',
  }),
  galore_layerwise: key<boolean>('bool', false, 'Update each layer during the backward pass.', {
    group: 'galore',
    onlyWith: ['use_galore'],
    support: 'later',
  }),
  // apollo
  use_apollo: key<boolean>('bool', false, 'Use the APOLLO optimizer.', { group: 'apollo', support: 'later' }),
  apollo_target: key<string | readonly (string | number)[]>(
    'string',
    'all',
    'Modules that APOLLO acts on; all takes every linear layer.',
    { group: 'apollo', separator: ',', onlyWith: ['use_apollo'], support: 'later' },
  ),
  apollo_rank: key<number>('int', 16, 'Rank of the projection.', {
    group: 'apollo',
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_update_interval: key<number>('int', 200, 'Steps between new projections.', {
    group: 'apollo',
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_scale: key<number>('float', 32.0, 'Scale of the update.', {
    group: 'apollo',
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_proj: key<string>('string', 'random', 'How the projection is made.', {
    group: 'apollo',
    choices: ['svd', 'random'],
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_proj_type: key<string>('string', 'std', 'Side of the gradient that is projected.', {
    group: 'apollo',
    choices: ['std', 'right', 'left'],
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_scale_type: key<string>('string', 'channel', 'Scale per channel or per tensor.', {
    group: 'apollo',
    choices: ['channel', 'tensor'],
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_layerwise: key<boolean>('bool', false, 'Update each layer during the backward pass.', {
    group: 'apollo',
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  apollo_scale_front: key<boolean>('bool', false, 'Limit the growth of the norm before scaling instead of after.', {
    group: 'apollo',
    onlyWith: ['use_apollo'],
    support: 'later',
  }),
  // badam
  use_badam: key<boolean>('bool', false, 'Use the block-wise BAdam optimizer.', { group: 'badam', support: 'later' }),
  badam_mode: key<string>('string', 'layer', 'Update one layer at a time, or a share of all weights.', {
    group: 'badam',
    choices: ['layer', 'ratio'],
    onlyWith: ['use_badam'],
    support: 'later',
  }),
  badam_start_block: key<number | null>('int', null, 'First block in layer mode.', {
    group: 'badam',
    onlyWith: ['use_badam'],
    support: 'later',
  }),
  badam_switch_mode: key<string | null>('string', 'ascending', 'Order of the blocks in layer mode.', {
    group: 'badam',
    choices: ['ascending', 'descending', 'random', 'fixed'],
    nullable: true,
    onlyWith: ['use_badam'],
    support: 'later',
  }),
  badam_switch_interval: key<number | null>('int', 50, 'Steps between blocks; -1 stays with one.', {
    group: 'badam',
    nullable: true,
    onlyWith: ['use_badam'],
    support: 'later',
  }),
  badam_update_ratio: key<number>('float', 0.05, 'Share of weights updated in ratio mode.', {
    group: 'badam',
    onlyWith: ['use_badam'],
    support: 'later',
  }),
  badam_mask_mode: key<string>('string', 'adjacent', 'Whether the chosen weights lie together or are spread out.', {
    group: 'badam',
    choices: ['adjacent', 'scatter'],
    onlyWith: ['use_badam'],
    support: 'later',
  }),
  badam_verbose: key<number>('int', 0, 'How much is printed: 0 nothing, 1 block names, 2 parameter names.', {
    group: 'badam',
    onlyWith: ['use_badam'],
    support: 'later',
  }),
} as const;
