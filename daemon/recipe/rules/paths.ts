// Rules about files and folders that a recipe names. A name with one slash may be one of the hub's: no more than a hint then.
import * as l10n from '@vscode/l10n';
import { joined, split, type Files } from '../facts/files.ts';
import type { Fix } from '../finding.ts';
import type { Part } from '../parts.ts';
import type { ArgumentName } from '../recipe.ts';
import { nearest } from '../suggest.ts';
import { rule, TRAIN, type Problem, type Rule, type RuleInput } from './rule.ts';

/** "owner/name" or "name", as the hub has them. */
const maybeHubName = (path: string): boolean => /^[\w][\w.-]*(\/[\w][\w.-]*)?$/.test(path);

/** A path that does not exist; `local`: it cannot be anything but a path here. */
function absent({ facts }: RuleInput, key: ArgumentName, { text, range }: Part, local: boolean): Problem | undefined {
  const { files } = facts;
  if (!files || text === '' || files.kind(text) !== undefined || /^(https?|s3|gs|hf|oss):\/\//.test(text))
    return undefined;
  const close = sibling(text, files);
  // where the folder above is here, a missing name in it is no hub's
  const here = text.includes('/') && files.kind(text.split('/')[0] ?? '') === 'folder';
  if (!local && maybeHubName(text) && !here) {
    if (!text.includes('/') || key === 'model_name_or_path') return undefined;
    const message = l10n.t('There is no {0} here; it is taken as a name of the hub.', text);
    return { key, on: 'value', range, severity: 'hint', message };
  }
  const fix: Fix | undefined = close !== undefined && range ? { title: l10n.t('Change to {0}', close), text: close, edits: [{ range, text: close }] } : undefined; // prettier-ignore
  const message = close
    ? l10n.t('There is no {0}; did you mean {1}?', text, close)
    : l10n.t('There is no file or folder {0}.', text);
  return { key, on: 'value', range, message, fix };
}

/** A name near it in the same folder. */
function sibling(path: string, files: Files): string | undefined {
  const { folder, name } = split(path);
  if (files.kind(folder) !== 'folder') return undefined;
  const close = nearest(name, files.names(folder));
  return close === undefined ? undefined : folder === '.' && !path.startsWith('.') ? close : joined(folder, close);
}

const paths = (name: string, key: ArgumentName, local: boolean, applies?: (input: RuleInput) => boolean): Rule =>
  rule(
    name,
    'warning',
    [key],
    (input) =>
    applies && !applies(input) ? undefined : input.parts(key).map((part) => absent(input, key, part, local)).filter((problem) => problem !== undefined), // prettier-ignore
  );

export const pathRules: readonly Rule[] = [
  paths('model-path', 'model_name_or_path', false),
  paths('adapter-path', 'adapter_name_or_path', false),
  paths('reference-path', 'ref_model', false),
  paths('reference-path', 'ref_model_adapters', false),
  paths('reference-path', 'reward_model', false, ({ recipe }) => recipe.reward_model_type !== 'api'),
  paths('reference-path', 'reward_model_adapters', false),
  paths('media-dir', 'media_dir', true),
  paths('calibration-path', 'export_quantization_dataset', false),
  paths('resume-path', 'resume_from_checkpoint', true, ({ recipe }) => typeof recipe.resume_from_checkpoint === 'string'), // prettier-ignore
  paths('fsdp-file', 'fsdp_config', true, ({ recipe }) => typeof recipe.fsdp_config === 'string' && !recipe.fsdp_config.trimStart().startsWith('{')), // prettier-ignore
  paths('accelerator-file', 'accelerator_config', true, ({ recipe }) => typeof recipe.accelerator_config === 'string' && !recipe.accelerator_config.trimStart().startsWith('{')), // prettier-ignore
  rule('special-tokens-file-unreadable', 'error', ['new_special_tokens_config'], ({ recipe, facts }) =>
    facts.specialTokens === 'missing' || facts.specialTokens === 'unreadable'
      ? {
          key: 'new_special_tokens_config',
          on: 'value',
          severity: facts.specialTokens === 'missing' ? 'warning' : 'error',
          message: l10n.t('{0}, the file of new special tokens, is not here or is no YAML.', recipe.new_special_tokens_config ?? ''), // prettier-ignore
        }
      : undefined,
  ),
  rule('special-tokens-file-not-mapping', 'error', ['new_special_tokens_config'], ({ recipe, facts }) =>
    facts.specialTokens === 'not-a-mapping'
      ? {
          key: 'new_special_tokens_config',
          on: 'value',
          message: l10n.t('{0} must map each new token to a description.', recipe.new_special_tokens_config ?? ''),
        }
      : undefined,
  ),
  rule('checkpoint-without-state', 'warning', ['resume_from_checkpoint'], ({ recipe, facts }) => {
    const { resume_from_checkpoint: from } = recipe;
    const { files } = facts;
    if (typeof from !== 'string' || files?.kind(from) !== 'folder' || files.kind(joined(from, 'trainer_state.json')) === 'file') // prettier-ignore
      return undefined;
    const message = l10n.t('{0} has no trainer_state.json: it is no checkpoint to go on from.', from);
    return { key: 'resume_from_checkpoint', on: 'value', message };
  }, TRAIN), // prettier-ignore
];
