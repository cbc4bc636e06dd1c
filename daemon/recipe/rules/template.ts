// Rules about the chat template and tool format, and whether they belong to the model.
import * as l10n from '@vscode/l10n';
import { knownModel, type KnownModel } from '../known-models.ts';
import { nearest } from '../suggest.ts';
import { efficientEosTemplates, reasoningTemplates, templateNames, toolFormatNames } from '../template-names.ts';
import { templateFamily } from '../template-families.ts';
import { rule, TRAIN, type Rule } from './rule.ts';

/** A name without what people add or leave out: Llama-3, llama_3 and llama3 alike. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_. ]/g, '');

const meant = (name: string): string | undefined =>
  templateNames.find((each) => plain(each) === plain(name)) ?? nearest(name, templateNames);

export const templateRules: readonly Rule[] = [
  rule('template-unknown', 'error', ['template'], ({ recipe, set }) => {
    const { template } = recipe;
    if (template === null || templateNames.includes(template)) return undefined;
    const close = meant(template);
    return {
      key: 'template',
      on: 'value',
      message: close
        ? l10n.t('There is no template "{0}"; did you mean {1}?', template, close)
        : l10n.t('There is no template "{0}".', template),
      fix: close === undefined ? undefined : set('template', close),
    };
  }),
  rule('template-unset', 'hint', ['template'], ({ recipe, given }) =>
    recipe.template === null && recipe.stage !== 'pt' && given.has('model_name_or_path')
      ? {
          key: 'model_name_or_path',
          message: l10n.t('Without template the tokenizer\'s own is used, or plain text where it has none.'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('template-model-mismatch', 'warning', ['template', 'model_name_or_path'], ({ recipe, set }) => {
    const model = recipe.model_name_or_path === null ? undefined : modelNamed(recipe.model_name_or_path);
    const { template } = recipe;
    if (!model?.template || template === null || !templateNames.includes(template)) return undefined;
    const [own, chosen] = [templateFamily(model.template), templateFamily(template)];
    if (own === undefined || chosen === undefined || own === chosen) return undefined;
    // what a base model is taught is for the recipe to choose
    const severity = model.chat ? 'warning' : 'hint';
    return {
      key: 'template',
      on: 'value',
      severity,
      message: l10n.t('{0} was trained with the template {1}, and {2} belongs to another family.', model.id, model.template, template), // prettier-ignore
      fix: set('template', model.template),
    };
  }),
  rule('train-on-prompt-efficient-eos', 'error', ['train_on_prompt', 'template'], ({ recipe, remove }) =>
    recipe.train_on_prompt && recipe.template !== null && efficientEosTemplates.includes(recipe.template)
      ? {
          key: 'train_on_prompt',
          message: l10n.t('The template {0} shares its end token between turns, so prompts cannot be trained: remove train_on_prompt.', recipe.template), // prettier-ignore
          fix: remove('train_on_prompt'),
        }
      : undefined,
    TRAIN,
  ), // prettier-ignore
  rule('reasoning-template-hint', 'hint', ['template', 'enable_thinking'], ({ recipe, set }) => {
    const { template } = recipe;
    if (template === null || !reasoningTemplates.includes(template)) return undefined;
    const quiet = `${template}_nothink`;
    const message = templateNames.includes(quiet)
      ? l10n.t('{0} is for models that think; for one that does not, take {1}.', template, quiet)
      : l10n.t('{0} is for models that think.', template);
    return { key: 'template', on: 'value', message, fix: templateNames.includes(quiet) ? set('template', quiet) : undefined }; // prettier-ignore
  }),
  rule('tool-format-unknown', 'error', ['tool_format'], ({ recipe, set }) => {
    const { tool_format: format } = recipe;
    if (format === null || toolFormatNames.includes(format)) return undefined;
    const close = nearest(format, toolFormatNames);
    return {
      key: 'tool_format',
      on: 'value',
      message: close
        ? l10n.t('{0} cannot be {1}; did you mean {2}?', 'tool_format', format, close)
        : l10n.t('{0} cannot be {1}: choose {2}.', 'tool_format', format, toolFormatNames.join(', ')),
      fix: close === undefined ? undefined : set('tool_format', close),
    };
  }),
];

/** A known model by its id, or by the last part of a path, as folders of downloaded models are called. */
const modelNamed = (path: string): KnownModel | undefined => knownModel(path) ?? knownModelByName(path);

const knownModelByName = (path: string): KnownModel | undefined => {
  const name = path.split(/[/\\]/).filter(Boolean).at(-1);
  return name === undefined ? undefined : knownModel(name);
};
