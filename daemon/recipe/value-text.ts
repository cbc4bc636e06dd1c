// A value that must be text, or texts with a separator between.
import * as l10n from '@vscode/l10n';
import type { Argument } from './argument.ts';
import { visible } from './number-text.ts';
import {
  change,
  noneWord,
  replace,
  wrong,
  type GivenValue,
  type ReadValue,
  type ValueProblem,
} from './value-problem.ts';

export function readText(argument: Argument<unknown>, given: GivenValue): ReadValue {
  const { name, value, source, node } = given;
  if (typeof value === 'string') return readString(argument, given, value);
  if (typeof value === 'boolean') return booleanForText(argument, given, value);
  if (typeof value === 'number') {
    const written = node ? source : String(value);
    if (argument.separator !== undefined || argument.strictText === true)
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
    if (plain && argument.separator !== undefined && argument.textOnly !== true)
      return readItems(argument, given, value);
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
  const harmless = !value && argument.default === null && argument.choices === undefined && argument.textOnly !== true && argument.strictText !== true; // prettier-ignore
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
  const fixed = argument.freeText === true ? value : plainText(argument, value);
  if (fixed === value) return { value };
  return { value: fixed, problem: invisibleIn(given.name, fixed) };
}

/** The items of a list, of which the first that is not plain text is told. */
function readItems(argument: Argument<unknown>, { name, node }: GivenValue, items: readonly unknown[]): ReadValue {
  const fixed = items.map((item) => (typeof item === 'string' ? plainText(argument, item) : item));
  const at = items.findIndex((item, index) => item !== fixed[index]);
  if (at < 0) return { value: items };
  const { range } = node?.items?.[at] ?? {};
  const { fix, ...problem } = invisibleIn(name, String(fixed[at]));
  return { value: fixed, problem: { ...problem, ...(range && fix ? { range, fix: { ...fix, edits: [{ range, text: fix.text }] } } : {}) } }; // prettier-ignore
}

const invisibleIn = (name: string, fixed: string): ValueProblem => ({
  code: 'invisible-character',
  severity: 'error',
  message: l10n.t('{0} has a full-width or invisible character in it: write {1}.', name, fixed),
  fix: change(fixed, true),
});

/** A text without what was hardly meant; blanks at its ends are seen, and what they spoil is told by who looks the value up. */
function plainText(argument: Argument<unknown>, value: string): string {
  const quotedBy = curly.exec(value)?.[1];
  if (quotedBy !== undefined) return quotedBy;
  const clean = visible(value);
  if (clean === value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')) return value;
  // a full-width sign may belong to a path or a name; an invisible one never does
  const closed = argument.choices !== undefined || argument.separator !== undefined;
  return closed ? clean : value.replace(invisible, '').trim();
}

/** A whole value in the quotes of a word processor: YAML takes them for a part of it. */
const curly = /^\s*[“”‘’„]([^“”‘’„]+)[“”‘’]\s*$/;
const invisible = /[\u00AD\u200B-\u200F\u2028\u2029\u2060\uFEFF]/g;
