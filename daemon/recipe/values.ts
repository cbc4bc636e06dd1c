// One value of a recipe against its key: the type, the choices, the range, and what YAML makes of it that was not meant.
import * as l10n from '@vscode/l10n';
import type { Argument } from './argument.ts';
import type { Edit } from './finding.ts';
import { visible } from './number-text.ts';
import { partsOf, type Part } from './parts.ts';
import { describeRange, inRange, type NumberRange } from './ranges.ts';
import type { ArgumentName } from './recipe.ts';
import { nearest } from './suggest.ts';
import { brief, change, noneWord, wrong, type GivenValue, type ReadValue, type ValueProblem } from './value-problem.ts';
import { readNumberValue } from './value-number.ts';
import { readText } from './value-text.ts';

export function readValue(argument: Argument<unknown>, given: GivenValue, range: NumberRange | undefined): ReadValue {
  if (given.value === null) return readNull(argument, given);
  const types = argument.type.split('|');
  const attempts = types.map((type) => readAs(type, argument, given));
  const read = attempts.find(({ problem }) => problem === undefined) ?? closest(attempts, types, given.value);
  if (read.value === undefined) return read;
  const refused = refuse(argument, { ...given, value: read.value }, range);
  return refused ? { ...(refused.severity === 'error' ? {} : { value: read.value }), problem: refused } : read;
}

/** Of several types that a value does not have, the one it was most likely meant for. */
function closest(attempts: readonly ReadValue[], types: readonly string[], value: unknown): ReadValue {
  const wanted = typeof value === 'object' && !Array.isArray(value) ? 'object' : Array.isArray(value) ? 'string[]' : 'string'; // prettier-ignore
  return attempts[Math.max(0, types.indexOf(wanted))] ?? {};
}

/** Keys at whose null LLaMA-Factory stops when it reads the recipe; at others later, or never. */
const stopsAtNull = new Set<ArgumentName>([
  'infer_backend', 'image_max_pixels', 'image_min_pixels', 'video_max_pixels', 'video_min_pixels', 'lr_scheduler_type', 'warmup_steps', 'optim',
  'logging_strategy', 'logging_steps', 'eval_strategy', 'save_strategy', 'save_steps', 'hub_strategy', 'seed', 'ddp_timeout', 'lora_rank',
  'use_galore', 'use_apollo', 'use_badam', 'finetuning_type', 'stage', 'cutoff_len', 'learning_rate', 'num_train_epochs', 'max_steps',
  'per_device_train_batch_size', 'gradient_accumulation_steps',
]); // prettier-ignore

/** A key with nothing behind it is null, not its default. */
function readNull(argument: Argument<unknown>, { name }: GivenValue): ReadValue {
  if (argument.default === null || argument.nullable === true) return { value: null };
  const stops = stopsAtNull.has(name as ArgumentName);
  if (argument.default === false && !stops) return {};
  const text = typeof argument.default === 'string' ? argument.default : brief(argument.default);
  const message = l10n.t('{0} has no value. LLaMA-Factory takes that as null, not as the default {1}: give it a value or leave it out.', name, text); // prettier-ignore
  return { problem: { code: 'wrong-type', severity: stops ? 'error' : 'warning', message, fix: change(text) } };
}

function readAs(type: string, argument: Argument<unknown>, given: GivenValue): ReadValue {
  switch (type) {
    case 'bool':
      return readBoolean(given);
    case 'int':
    case 'float':
      return readNumberValue(type, given);
    case 'string':
      return isJson(given.value) && argument.type.includes('object') ? readJson(given.name, given.value) : readText(argument, given); // prettier-ignore
    case 'string[]':
      return Array.isArray(given.value) && given.value.every((item) => typeof item === 'string')
        ? { value: given.value }
        : wrong(l10n.t('{0} must be a list of texts, like [{1}].', given.name, brief(given.value)), listFix(given));
    case 'object':
      return readObject(given);
    default:
      throw new Error(`no such argument type: ${type}`);
  }
}

const listFix = ({ value, source }: GivenValue): Partial<ValueProblem> =>
  typeof value === 'string' ? { fix: change(`[${source}]`) } : {};

const TRUE = ['true', 'yes', 'on'];
const FALSE = ['false', 'no', 'off'];

function readBoolean({ name, value }: GivenValue): ReadValue {
  if (typeof value === 'boolean') return { value };
  if (value === 0 || value === 1) {
    const meant = value === 1 ? 'true' : 'false';
    const message = l10n.t('{0} is true or false: write {1} in place of {2}.', name, meant, value);
    return {
      value: value === 1,
      problem: { code: 'wrong-type', severity: 'warning', message, fix: change(meant, true) },
    };
  }
  if (typeof value !== 'string') return wrong(l10n.t('{0} must be true or false, not {1}.', name, brief(value)));
  const word = visible(value).toLowerCase();
  if (TRUE.includes(word) || word === 'y' || word === 't')
    return {
      value: true,
      problem: {
        code: 'boolean-like-string',
        severity: 'warning',
        message: l10n.t('{0} is text here, and only works because all text counts as true: write true.', brief(value)),
        fix: change('true', true),
      },
    };
  if (FALSE.includes(word) || word === 'n' || word === 'f')
    return {
      value: false,
      problem: {
        code: 'boolean-like-string',
        severity: 'error',
        message: l10n.t('{0} is text here, and text counts as true: write false.', brief(value)),
        fix: change('false', true),
      },
    };
  if (/^(none|null|nil)$/i.test(word)) return noneWord(name, 'error');
  const close = nearest(word, [...TRUE, ...FALSE]);
  const meant = close === undefined ? undefined : TRUE.includes(close) ? 'true' : 'false';
  return wrong(
    l10n.t('{0} must be true or false, not {1}.', name, brief(value)),
    meant === undefined ? {} : { fix: change(meant) },
  );
}

function readObject({ name, value, node }: GivenValue): ReadValue {
  if (typeof value === 'object' && !Array.isArray(value)) return { value };
  if (isJson(value)) return readJson(name, value);
  if (value === false) {
    const message = l10n.t('{0} must be a mapping, not {1}.', name, 'false');
    return { problem: { code: 'wrong-type', severity: 'warning', message, fix: change('null', true) } };
  }
  if (node?.style === 'plain' && value === 'None') return noneWord(name, 'error');
  return wrong(l10n.t('{0} must be a mapping, not {1}.', name, brief(value)));
}

const isJson = (value: unknown): value is string => typeof value === 'string' && value.trimStart().startsWith('{');

/** A mapping as JSON text, which is how a command line gives one. */
function readJson(name: string, text: string): ReadValue {
  try {
    JSON.parse(text);
    return { value: text };
  } catch (cause) {
    return wrong(l10n.t('{0} is text that begins like JSON, but cannot be read: {1}.', name, (cause as Error).message));
  }
}

/** Values of the right type that are none of the choices, or out of range. */
function refuse(
  argument: Argument<unknown>,
  given: GivenValue,
  range: NumberRange | undefined,
): ValueProblem | undefined {
  const { name, value } = given;
  if (typeof value === 'number' && range && !inRange(value, range))
    return {
      code: 'out-of-range',
      severity: 'error',
      message: l10n.t('{0} cannot be {1}: it must be {2}.', name, value, describeRange(range)),
    };
  const { choices, separator, unlisted = [] } = argument;
  if (!choices || typeof value === 'boolean' || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const parts: readonly Part[] = partsOf(given, separator);
  const unknown = parts.find(
    ({ text }) => !choices.some((choice) => String(choice) === text) && !unlisted.includes(text),
  );
  return unknown ? invalidChoice(name, choices.map(String), unknown) : undefined;
}

function invalidChoice(name: string, choices: readonly string[], { text, range }: Part): ValueProblem {
  const close = choices.find((choice) => choice.toLowerCase() === text.toLowerCase()) ?? nearest(text, choices);
  const list = choices.length > 14 ? `${choices.slice(0, 14).join(', ')}, …` : choices.join(', ');
  const edits: readonly Edit[] | undefined = close !== undefined && range ? [{ range, text: close }] : undefined;
  return {
    code: 'invalid-enum',
    severity: 'error',
    message: close
      ? l10n.t('{0} cannot be {1}; did you mean {2}?', name, text, close)
      : l10n.t('{0} cannot be {1}: choose {2}.', name, text, list),
    ...(range ? { range } : {}),
    ...(close ? { fix: { title: l10n.t('Change to {0}', close), text: close, ...(edits ? { edits } : {}) } } : {}),
  };
}
