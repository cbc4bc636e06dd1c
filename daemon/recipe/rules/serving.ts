// Rules about loading a model to talk to it, exporting it, and what of both does not belong in a training recipe.
import * as l10n from '@vscode/l10n';
import { EXPORT, filled, rule, SERVE, TRAIN, type Problem, type Rule, type RuleInput } from './rule.ts';

const LOADING = [...SERVE, ...EXPORT];

/** What vLLM does not support. */
const vllm = (name: string, key: 'stage' | 'quantization_bit' | 'rope_scaling' | 'adapter_name_or_path', refused: (input: RuleInput) => Problem | undefined): Rule => // prettier-ignore
  rule(name, 'error', ['infer_backend', key], (input) => input.recipe.infer_backend === 'vllm' ? refused(input) : undefined, LOADING); // prettier-ignore

const pixels = (
  name: string,
  most: 'image_max_pixels' | 'video_max_pixels',
  least: 'image_min_pixels' | 'video_min_pixels',
): Rule =>
  // prettier-ignore
  rule(name, 'error', [most, least], ({ recipe, given, set }) =>
    recipe[most] < recipe[least]
      ? {
          key: given.has(least) ? least : most,
          message: l10n.t('{0} ({1}) is below {2} ({3}).', most, recipe[most], least, recipe[least]),
          fix: given.has(least) ? set(least, String(recipe[most])) : set(most, String(recipe[least])),
        }
      : undefined,
  );

export const servingRules: readonly Rule[] = [
  rule(
    'train-infer-backend',
    'error',
    ['infer_backend'],
    ({ recipe, remove }) =>
      recipe.infer_backend === 'huggingface'
        ? undefined
        : {
            key: 'infer_backend',
            message: l10n.t('{0} is for chat and serving; training and evaluation use the built-in engine: remove infer_backend.', recipe.infer_backend), // prettier-ignore
            fix: remove('infer_backend'),
          },
    [...TRAIN, 'eval'],
  ),
  vllm('vllm-stage', 'stage', ({ recipe, remove }) =>
    recipe.stage === 'sft'
      ? undefined
      : { key: 'stage', message: l10n.t('vLLM serves models that write text: stage must be sft.'), fix: remove('stage') },
  ), // prettier-ignore
  vllm('vllm-quantization', 'quantization_bit', ({ recipe, remove, set }) =>
    recipe.quantization_bit === null
      ? undefined
      : {
          key: 'quantization_bit',
          message: l10n.t('vLLM takes models that are quantised already, but does not quantise while loading: remove quantization_bit.'), // prettier-ignore
          fix: remove('quantization_bit'),
          otherFixes: [set('infer_backend', 'huggingface')],
        },
  ), // prettier-ignore
  vllm('vllm-rope', 'rope_scaling', ({ recipe, remove }) =>
    recipe.rope_scaling === null
      ? undefined
      : { key: 'rope_scaling', message: l10n.t('vLLM cannot be given rope_scaling here.'), fix: remove('rope_scaling') }, // prettier-ignore
  ), // prettier-ignore
  vllm('vllm-several-adapters', 'adapter_name_or_path', ({ parts }) =>
    parts('adapter_name_or_path').length > 1
      ? { key: 'adapter_name_or_path', on: 'value', message: l10n.t('vLLM takes one adapter: merge them first.') }
      : undefined,
  ), // prettier-ignore
  rule('lora-rank-above-vllm', 'error', ['infer_backend', 'vllm_max_lora_rank', 'adapter_name_or_path'], ({ recipe, facts, set }) => { // prettier-ignore
    const rank = Math.max(0, ...facts.adapters.map(({ config }) => Number(config?.['r'] ?? 0)));
    if (recipe.infer_backend !== 'vllm' || rank <= recipe.vllm_max_lora_rank) return undefined;
    const message = l10n.t('The adapter has rank {0}, and vLLM is told to take at most {1}.', rank, recipe.vllm_max_lora_rank); // prettier-ignore
    const fix = set('vllm_max_lora_rank', String(rank), 'adapter_name_or_path');
    return { key: 'adapter_name_or_path', message, fix };
  }, LOADING), // prettier-ignore
  pixels('image-pixels-reversed', 'image_max_pixels', 'image_min_pixels'),
  pixels('video-pixels-reversed', 'video_max_pixels', 'video_min_pixels'),
  rule(
    'export-quantization-without-data',
    'error',
    ['export_quantization_bit', 'export_quantization_dataset'],
    ({ recipe }) =>
      // prettier-ignore
      recipe.export_quantization_bit !== null && !filled(recipe.export_quantization_dataset)
      ? {
          key: 'export_quantization_bit',
          message: l10n.t('A quantised export needs texts to calibrate with: set export_quantization_dataset.'),
        }
      : undefined,
  ),
  rule(
    'eval-save-dir-exists',
    'error',
    ['save_dir'],
    ({ recipe, facts }) =>
      recipe.save_dir !== null && facts.files?.kind(recipe.save_dir) !== undefined
        ? { key: 'save_dir', on: 'value', message: l10n.t('{0} exists already: scores need a new folder.', recipe.save_dir) } // prettier-ignore
        : undefined,
    ['eval'],
  ),
  rule('export-bits', 'error', ['export_quantization_bit'], ({ recipe, set }) =>
    recipe.export_quantization_bit !== null && ![8, 4, 3, 2].includes(recipe.export_quantization_bit)
      ? {
          key: 'export_quantization_bit',
          on: 'value',
          message: l10n.t('{0} quantises to {1} bits, not {2}.', 'GPTQ', '2, 3, 4, 8', recipe.export_quantization_bit),
          fix: set('export_quantization_bit', '4'),
        }
      : undefined,
    EXPORT,
  ), // prettier-ignore
  rule('export-adapter-and-quantize', 'error', ['adapter_name_or_path', 'export_quantization_bit'], ({ recipe, remove }) => // prettier-ignore
    filled(recipe.adapter_name_or_path) && recipe.export_quantization_bit !== null
      ? {
          key: 'export_quantization_bit',
          message: l10n.t('Merging an adapter and quantising take two exports: merge first, then quantise what came out.'), // prettier-ignore
          fix: remove('export_quantization_bit'),
        }
      : undefined,
    EXPORT,
  ), // prettier-ignore
];
