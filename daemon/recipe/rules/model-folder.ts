// Rules about what lies in the folders a recipe names: the model, adapters, the output of an earlier run.
import * as l10n from '@vscode/l10n';
import { split } from '../facts/files.ts';
import type { ArgumentName } from '../recipe.ts';
import { nearest } from '../suggest.ts';
import { filled, rule, TRAIN, type Problem, type Rule, type RuleInput } from './rule.ts';

/** Parts of a key that are none of the modules a model has. */
function unknownModules(
  { parts, facts }: RuleInput,
  key: ArgumentName,
  known: readonly string[] | undefined,
): Problem[] {
  // prettier-ignore
  const folder = facts.model?.folder;
  if (!known || known.length === 0 || folder === undefined) return [];
  return parts(key)
    .filter(({ text }) => text !== 'all' && !known.includes(text))
    .map(({ text, range }): Problem => {
      const close = nearest(text, known);
      const message = close
        ? l10n.t('The model in {0} has no module {1}; did you mean {2}?', folder, text, close)
        : l10n.t('The model in {0} has no module {1}; it has {2}.', folder, text, known.slice(0, 12).join(', '));
      const fix = close !== undefined && range ? { title: l10n.t('Change to {0}', close), text: close, edits: [{ range, text: close }] } : undefined; // prettier-ignore
      return { key, on: 'value', range, message, fix };
    });
}

const lastName = (path: string): string => split(path).name.toLowerCase();

export const modelFolderRules: readonly Rule[] = [
  rule('model-config-missing', 'error', ['model_name_or_path'], ({ facts }) =>
    facts.model && !facts.model.config
      ? {
          key: 'model_name_or_path',
          on: 'value',
          message: l10n.t('{0} is a folder, but has no config.json that can be read: it is no model.', facts.model.folder), // prettier-ignore
        }
      : undefined,
  ),
  rule('tokenizer-missing', 'warning', ['model_name_or_path'], ({ facts }) =>
    facts.model?.config && !facts.model.tokenizer && facts.model.weights
      ? {
          key: 'model_name_or_path',
          on: 'value',
          message: l10n.t('{0} has no tokenizer: copy tokenizer.json and tokenizer_config.json there.', facts.model.folder), // prettier-ignore
        }
      : undefined,
  ),
  rule('llama-pro-layers', 'error', ['use_llama_pro', 'freeze_trainable_layers', 'model_name_or_path'], ({ recipe, facts }) => { // prettier-ignore
    const layers = facts.model?.layers;
    const { freeze_trainable_layers: trained, use_llama_pro: on } = recipe;
    if (!on || layers === undefined || trained === 0 || layers % trained === 0) return undefined;
    return {
      key: 'freeze_trainable_layers',
      on: 'value',
      message: l10n.t('With use_llama_pro the {0} layers of the model must be a multiple of freeze_trainable_layers ({1}).', layers, trained), // prettier-ignore
    };
  }, TRAIN), // prettier-ignore
  rule('freeze-module-unknown', 'error', ['finetuning_type', 'freeze_trainable_modules'], (input) =>
    input.recipe.finetuning_type === 'freeze'
      ? unknownModules(input, 'freeze_trainable_modules', input.facts.model?.layerModules)
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('freeze-extra-unknown', 'error', ['finetuning_type', 'freeze_extra_modules'], (input) =>
    input.recipe.finetuning_type === 'freeze'
      ? unknownModules(input, 'freeze_extra_modules', input.facts.model?.otherModules)
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('lora-target-unknown', 'warning', ['finetuning_type', 'lora_target', 'model_name_or_path'], (input) => {
    const { linears, otherModules } = input.facts.model ?? {};
    if (input.recipe.finetuning_type !== 'lora' || !linears) return undefined;
    // a target may be the end of a longer name; dots and patterns are left alone
    const known = [...linears, ...(otherModules ?? [])];
    const problems = unknownModules(input, 'lora_target', known).filter((problem) => !/[.*|\\()]/.test(problem.message.split(' ').at(-1) ?? '')); // prettier-ignore
    const all = problems.length > 0 && problems.length === input.parts('lora_target').length;
    return problems.map((problem) => ({ ...problem, severity: all ? 'error' : 'warning' }));
  }, TRAIN), // prettier-ignore
  rule('rope-scaling-unneeded', 'warning', ['rope_scaling', 'cutoff_len', 'model_name_or_path'], ({ recipe, facts, remove }) => { // prettier-ignore
    const longest = facts.model?.maxPositions;
    if (recipe.rope_scaling === null || longest === undefined || recipe.cutoff_len > longest) return undefined;
    const message = l10n.t('The model takes {0} tokens and cutoff_len is {1}, so rope_scaling is left out.', longest, recipe.cutoff_len); // prettier-ignore
    return { key: 'rope_scaling', message, fix: remove('rope_scaling') };
  }, TRAIN), // prettier-ignore
  rule('rope-dynamic-in-training', 'warning', ['rope_scaling', 'cutoff_len', 'model_name_or_path'], ({ recipe, facts, set }) => { // prettier-ignore
    const longest = facts.model?.maxPositions;
    if (recipe.rope_scaling !== 'dynamic' || longest === undefined || recipe.cutoff_len <= longest) return undefined;
    const message = l10n.t('Dynamic scaling changes with the length of each text and fits poorly with training: take linear or yarn.'); // prettier-ignore
    return { key: 'rope_scaling', on: 'value', message, fix: set('rope_scaling', 'yarn') };
  }, TRAIN), // prettier-ignore
  rule('adapter-base-mismatch', 'warning', ['adapter_name_or_path', 'model_name_or_path'], ({ recipe, facts }) => {
    const model = recipe.model_name_or_path;
    if (model === null || model === '') return undefined;
    return facts.adapters.flatMap(({ path, config }): Problem[] => {
      const base = config?.['base_model_name_or_path'];
      if (typeof base !== 'string' || base === '' || lastName(base) === lastName(model)) return [];
      const message = l10n.t('The adapter in {0} was trained on {1}, and this model is {2}.', path, base, model);
      return [{ key: 'adapter_name_or_path', on: 'value', message }];
    });
  }),
  rule('output-dir-not-empty', 'error', ['output_dir', 'overwrite_output_dir', 'resume_from_checkpoint', 'do_train', 'stage', 'finetuning_type'], (input) => // prettier-ignore
    looksAtOutput(input) && input.facts.output?.weights && input.facts.output.checkpoints.length === 0
      ? {
          key: 'output_dir',
          on: 'value',
          message: l10n.t('{0} holds finished weights and no checkpoint to go on from: choose another output_dir, or set overwrite_output_dir: true.', input.recipe.output_dir ?? ''), // prettier-ignore
          fix: input.set('overwrite_output_dir', 'true', 'output_dir'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('output-dir-resumes', 'info', ['output_dir', 'overwrite_output_dir', 'resume_from_checkpoint', 'do_train', 'stage', 'finetuning_type'], (input) => { // prettier-ignore
    const last = input.facts.output?.checkpoints.at(-1);
    if (!looksAtOutput(input) || last === undefined) return undefined;
    const message = l10n.t('{0} holds checkpoints, so the run goes on from {1}.', input.recipe.output_dir ?? '', last);
    return { key: 'output_dir', on: 'value', message };
  }, TRAIN), // prettier-ignore
  rule('model-larger-than-memory', 'warning', ['model_name_or_path'], ({ facts }) => {
    const { memory } = facts.machine;
    const bytes = facts.model?.weightBytes ?? 0;
    if (memory === undefined || bytes <= memory) return undefined;
    const message = l10n.t('The weights in {0} take {1} GB, and this machine has {2} GB of memory.', facts.model?.folder ?? '', gigabytes(bytes), gigabytes(memory)); // prettier-ignore
    return { key: 'model_name_or_path', on: 'value', message };
  }),
];

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** Stages whose runs cannot be resumed do not look for checkpoints. */
const looksAtOutput = ({ recipe }: RuleInput): boolean =>
  recipe.do_train &&
  !recipe.overwrite_output_dir &&
  !filled(recipe.resume_from_checkpoint) &&
  !(['rm', 'ppo'].includes(recipe.stage) && ['full', 'freeze'].includes(recipe.finetuning_type));
