// A value that must be text, or texts with a separator between.
import * as l10n from '@vscode/l10n';
import type { Argument } from './argument.ts';
import { visible } from './number-text.ts';
import { change, noneWord, replace, wrong, type GivenValue, type ReadValue } from './value-problem.ts';

export function readText(argument: Argument<unknown>, given: GivenValue): ReadValue {
  const { name, value, source, node } = given;
  if (typeof value === 'string') return readString(argument, given, value);
  if (typeof value === 'boolean') return booleanForText(argument, given, value);
  if (typeof value === 'number') {
    const written = node ? source : String(value);
    if (argument.separator !== undefined)
      return wrong(l10n.t('{0} must be text, and {1} is a number: put it in quotes.', name, written), { fix: change(`"${written}"`) }); // prettier-ignore
    if (node === undefined || String(value) === written) return { value: written };
    return {
      value: written,
      problem: {
        code: 'yaml-value-surprise',
        severity: 'warning',
        message: l10n.t('YAML reads {0} as the number {1}: put it in quotes.', written, value),
        fix: replace(l10n.t('Put it in quotes'), `"${written}"`, true),
      },
    };
  }
  const separator = argument.separator ?? ',';
  if (Array.isArray(value)) {
    const plain = value.every((item) => typeof item === 'string' || typeof item === 'number');
    if (plain && argument.separator !== undefined && argument.textOnly !== true) return { value };
    const joined = plain ? value.join(separator) : undefined;
    const message =
      argument.separator === undefined
        ? l10n.t('{0} is one name, not a list.', name)
        : l10n.t('{0} must be one text with "{1}" between the parts; LLaMA-Factory fails on a list.', name, separator);
    return {
      ...(plain && argument.separator !== undefined ? { value } : {}),
      problem: {
        code: 'wrong-type',
        severity: 'error',
        message,
        ...(joined !== undefined && joined !== '' ? { fix: change(joined, argument.separator !== undefined) } : {}),
      },
    };
  }
  const only = node?.fields?.length === 1 ? node.fields[0]?.node.value : undefined;
  return wrong(l10n.t('{0} must be text, not a mapping.', name), typeof only === 'string' ? { fix: change(only) } : {});
}

/** YAML reads an unquoted no as false. */
function booleanForText(argument: Argument<unknown>, { name, source, node }: GivenValue, value: boolean): ReadValue {
  const word = node ? source : value ? 'true' : 'no';
  const surprising = !/^(true|false)$/i.test(word);
  // Python takes false for "not set" where null is the default
  const harmless = !value && argument.default === null && argument.choices === undefined;
  const choice = argument.choices?.map(String).find((each) => each === word.toLowerCase() || (!value && each === 'no'));
  if (choice !== undefined || surprising) {
    const quotedWord = `"${choice ?? word}"`;
    return {
      ...(choice === undefined ? {} : { value: choice }),
      problem: {
        code: 'yaml-value-surprise',
        severity: harmless ? 'warning' : 'error',
        message: l10n.t('YAML reads {0} as {1}: write {2} in quotes.', word, value, quotedWord),
        fix: replace(l10n.t('Put it in quotes'), quotedWord, choice !== undefined),
      },
    };
  }
  const message = l10n.t('{0} must be text, not {1}.', name, value);
  return { problem: { code: 'wrong-type', severity: harmless ? 'warning' : 'error', message } };
}

function readString(argument: Argument<unknown>, given: GivenValue, value: string): ReadValue {
  if (given.node?.style === 'plain' && value === 'None') {
    const text = argument.default === null && argument.choices === undefined && !argument.type.includes('object');
    return noneWord(given.name, text ? 'warning' : 'error');
  }
  const clean = visible(value);
  if (clean === value || argument.freeText === true) return { value };
  // a full-width sign may belong to a path or a name; an invisible one never does
  const bare = value.replace(invisible, '').trim();
  const closed = argument.choices !== undefined || argument.separator !== undefined;
  const fixed = closed ? clean : bare;
  if (fixed === value) return { value };
  return {
    value: fixed,
    problem: {
      code: 'invisible-character',
      severity: 'error',
      message: l10n.t('{0} has a full-width or invisible character in it: write {1}.', given.name, fixed),
      fix: change(fixed, true),
    },
  };
}

const invisible = /[\u00AD\u200B-\u200F\u2028\u2029\u2060\uFEFF]/g;
