// Rules about weights of few bits: quantised while loading, or stored so in the model folder.
import * as l10n from '@vscode/l10n';
import type { ArgumentName } from '../recipe.ts';
import { filled, rule, TRAIN, EXPORT, type Problem, type Rule } from './rule.ts';

const adapterMethods = ['lora', 'oft'];

/** The bits that a method quantises to while loading. */
const bits = (name: string, method: string, allowed: readonly number[]): Rule =>
  rule(name, 'error', ['quantization_bit', 'quantization_method'], ({ recipe, facts, set }) => {
    const { quantization_bit: bit, quantization_method: chosen } = recipe;
    if (bit === null || chosen !== method || allowed.includes(bit) || facts.model?.prequantized) return undefined;
    const near = allowed.toSorted((a, b) => Math.abs(a - bit) - Math.abs(b - bit))[0];
    return {
      key: 'quantization_bit',
      on: 'value',
      message: l10n.t('{0} quantises to {1} bits, not {2}.', method, allowed.join(', '), bit),
      fix: set('quantization_bit', String(near)),
    };
  });

const conflict = (name: string, key: ArgumentName, message: () => string): Rule =>
  rule(name, 'error', ['quantization_bit', key], ({ recipe, remove }) =>
    recipe.quantization_bit !== null && recipe[key] === true
      ? { key, message: message(), fix: remove(key), otherFixes: [remove('quantization_bit')] }
      : undefined,
  );

export const quantizationRules: readonly Rule[] = [
  rule('quantization-method-mismatch', 'error', ['quantization_bit', 'finetuning_type'], ({ recipe, remove, set }) =>
    recipe.quantization_bit !== null && !adapterMethods.includes(recipe.finetuning_type)
      ? {
          key: 'quantization_bit',
          message: l10n.t('Quantised weights cannot be trained themselves: finetuning_type must be lora, and it is {0}.', recipe.finetuning_type), // prettier-ignore
          fix: set('finetuning_type', 'lora', 'quantization_bit'),
          otherFixes: [remove('quantization_bit')],
        }
      : undefined,
  ),
  conflict('quantization-with-pissa', 'pissa_init', () =>
    l10n.t('PiSSA starts from the exact weights, which a model quantised while loading does not have.'),
  ),
  conflict('quantization-with-resize', 'resize_vocab', () =>
    l10n.t('The vocabulary of a quantised model cannot be resized: remove resize_vocab or quantization_bit.'),
  ),
  rule(
    'quantization-new-adapter',
    'error',
    ['quantization_bit', 'adapter_name_or_path', 'create_new_adapter'],
    ({ recipe, remove }) =>
      recipe.quantization_bit !== null && filled(recipe.adapter_name_or_path) && recipe.create_new_adapter
        ? {
            key: 'create_new_adapter',
            message: l10n.t('A new adapter on top of another would need that one merged into quantised weights: remove create_new_adapter.'), // prettier-ignore
            fix: remove('create_new_adapter'),
          }
        : undefined,
  ),
  rule('quantization-several-adapters', 'error', ['quantization_bit', 'adapter_name_or_path'], ({ recipe, parts }) =>
    recipe.quantization_bit !== null && parts('adapter_name_or_path').length > 1
      ? {
          key: 'adapter_name_or_path',
          on: 'value',
          message: l10n.t('A quantised model takes one adapter: merge them first.'),
        }
      : undefined,
  ),
  bits('bnb-bits', 'bnb', [4, 8]),
  bits('hqq-bits', 'hqq', [1, 2, 3, 4, 5, 6, 8]),
  bits('eetq-bits', 'eetq', [8]),
  rule(
    'quantization-method-ignored',
    'warning',
    ['quantization_bit', 'quantization_method'],
    ({ recipe, facts, set }) =>
      // prettier-ignore
      recipe.quantization_bit !== null && !['bnb', 'hqq', 'eetq'].includes(recipe.quantization_method) && !facts.model?.prequantized // prettier-ignore
      ? {
          key: 'quantization_method',
          on: 'value',
          message: l10n.t('Only bnb, hqq and eetq quantise while loading; with {0} quantization_bit is ignored.', recipe.quantization_method), // prettier-ignore
          fix: set('quantization_method', 'bnb'),
        }
      : undefined,
  ),
  rule('quantization-bits-ignored', 'warning', ['quantization_bit'], ({ recipe, facts, remove }) =>
    recipe.quantization_bit !== null && facts.model?.prequantized
      ? {
          key: 'quantization_bit',
          message: l10n.t('{0} is quantised already, so quantization_bit does nothing.', facts.model.folder),
          fix: remove('quantization_bit'),
        }
      : undefined,
  ),
  rule(
    'hqq-eetq-sharded',
    'error',
    ['quantization_bit', 'quantization_method', 'deepspeed', 'fsdp'],
    ({ recipe, facts }) =>
      // prettier-ignore
      recipe.quantization_bit !== null && ['hqq', 'eetq'].includes(recipe.quantization_method) && facts.zero3
      ? { key: 'deepspeed', message: l10n.t('{0} does not go with DeepSpeed ZeRO-3.', recipe.quantization_method) }
      : undefined,
    TRAIN,
  ),
  rule(
    'bnb-8bit-sharded',
    'error',
    ['quantization_bit', 'quantization_method', 'quantization_device_map', 'deepspeed', 'do_train'],
    ({ recipe, facts, command, set }) => {
      // prettier-ignore
      const { quantization_bit: bit, quantization_method: method, quantization_device_map: map } = recipe;
      // that map is refused in training anyway
      const placed = map === 'auto' && !(command === 'train' && recipe.do_train);
      if (bit !== 8 || method !== 'bnb' || (!facts.zero3 && !placed)) return undefined;
      const message = l10n.t('Sharded or automatically placed weights need quantization_bit 4.');
      return { key: 'quantization_bit', message, fix: set('quantization_bit', '4') };
    },
  ),
  rule(
    'fp8-with-quantization',
    'error',
    ['fp8', 'quantization_bit'],
    ({ recipe, remove }) =>
      recipe.fp8 && recipe.quantization_bit !== null
        ? {
            key: 'fp8',
            message: l10n.t('fp8 training needs weights that are not quantised: remove fp8 or quantization_bit.'),
            fix: remove('fp8'),
            otherFixes: [remove('quantization_bit')],
          }
        : undefined,
    TRAIN,
  ),
  rule(
    'device-map-in-training',
    'error',
    ['do_train', 'quantization_device_map'],
    ({ recipe, remove }) =>
      recipe.do_train && recipe.quantization_device_map === 'auto'
        ? {
            key: 'quantization_device_map',
            message: l10n.t('quantization_device_map: auto is for inference only: remove it from a training recipe.'),
            fix: remove('quantization_device_map'),
          }
        : undefined,
    TRAIN,
  ),
  rule(
    'quantized-without-upcast',
    'info',
    ['do_train', 'quantization_bit', 'upcast_layernorm'],
    ({ recipe, set }) =>
      recipe.do_train && recipe.quantization_bit !== null && !recipe.upcast_layernorm
        ? {
            key: 'quantization_bit',
            message: l10n.t('Training on quantised weights is steadier with upcast_layernorm: true.'),
            fix: set('upcast_layernorm', 'true', 'quantization_bit'),
          }
        : undefined,
    TRAIN,
  ),
  rule(
    'evaluating-quantized',
    'info',
    ['do_train', 'quantization_bit'],
    ({ recipe }) =>
      !recipe.do_train && recipe.quantization_bit !== null
        ? { key: 'quantization_bit', message: l10n.t('Scores of a quantised model may be lower than those of the model itself.') } // prettier-ignore
        : undefined,
    TRAIN,
  ),
  ...prequantizedRules(),
];

/** Rules about a model folder whose weights are quantised. */
function prequantizedRules(): Rule[] {
  const about = (key: ArgumentName, message: string): Problem => ({ key, message });
  return [
    rule(
      'quantized-non-adapter',
      'error',
      ['model_name_or_path', 'finetuning_type', 'do_train'],
      ({ recipe, facts, set }) =>
        // prettier-ignore
        facts.model?.prequantized && recipe.do_train && !adapterMethods.includes(recipe.finetuning_type)
        ? {
            ...about('finetuning_type', l10n.t('The weights in {0} are quantised and cannot be trained themselves: use finetuning_type lora.', facts.model.folder)), // prettier-ignore
            fix: set('finetuning_type', 'lora'),
          }
        : undefined,
      TRAIN,
    ),
    rule(
      'quantized-pissa',
      'error',
      ['model_name_or_path', 'pissa_init'],
      ({ recipe, facts, remove }) =>
        facts.model?.prequantized && recipe.pissa_init
          ? { ...about('pissa_init', l10n.t('PiSSA needs weights that are not quantised, and those in {0} are.', facts.model.folder)), fix: remove('pissa_init') } // prettier-ignore
          : undefined,
      TRAIN,
    ),
    rule(
      'dora-prequantized',
      'error',
      ['model_name_or_path', 'use_dora'],
      ({ recipe, facts, remove }) =>
        facts.model?.prequantized && facts.model.quantMethod !== 'bitsandbytes' && recipe.use_dora
          ? { ...about('use_dora', l10n.t('DoRA does not go with weights quantised by {0}.', facts.model.quantMethod ?? '')), fix: remove('use_dora') } // prettier-ignore
          : undefined,
      TRAIN,
    ),
    rule(
      'prequantized-sharded',
      'error',
      ['model_name_or_path', 'deepspeed'],
      ({ facts }) =>
        facts.model?.prequantized && !['mxfp4', 'fp8'].includes(facts.model.quantMethod ?? '') && facts.zero3
          ? about('deepspeed', l10n.t('DeepSpeed ZeRO-3 does not take weights that are quantised already, as those in {0} are.', facts.model.folder)) // prettier-ignore
          : undefined,
      TRAIN,
    ),
    rule(
      'export-merge-quantized',
      'error',
      ['adapter_name_or_path', 'quantization_bit', 'model_name_or_path'],
      ({ recipe, facts, remove }) =>
        // prettier-ignore
        filled(recipe.adapter_name_or_path) && (recipe.quantization_bit !== null || facts.model?.prequantized)
        ? {
            ...about(recipe.quantization_bit === null ? 'model_name_or_path' : 'quantization_bit', l10n.t('An adapter cannot be merged into quantised weights: export from the model as it was before.')), // prettier-ignore
            fix: remove('quantization_bit'),
          }
        : undefined,
      EXPORT,
    ),
  ];
}
