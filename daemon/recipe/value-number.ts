// A value that must be a number: what YAML and people make of numbers.
import * as l10n from '@vscode/l10n';
import { readNumber, visible } from './number-text.ts';
import { brief, change, noneWord, wrong, type GivenValue, type ReadValue } from './value-problem.ts';

export function readNumberValue(type: 'int' | 'float', given: GivenValue): ReadValue {
  const { name, value, source } = given;
  const what = type === 'int' ? l10n.t('a whole number') : l10n.t('a number');
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return wrong(l10n.t('{0} must be {1}, not {2}.', name, what, source));
    if (type === 'int' && !Number.isInteger(value))
      return wrong(l10n.t('{0} must be {1}, not {2}.', name, what, source), { fix: change(String(Math.round(value))) });
    return { value, ...numberSurprise(type, given, value) };
  }
  if (typeof value === 'string') {
    if (/^(none|null|nil)$/i.test(visible(value))) return noneWord(name, 'error');
    const meant = readNumber(value, type);
    const shown = given.node?.style === 'plain' ? value : brief(value);
    if (meant === undefined) return wrong(l10n.t('{0} must be {1}, not {2}.', name, what, shown));
    const fix = change(meant.text, meant.certain);
    if (meant.invisible)
      return {
        problem: {
          code: 'invisible-character',
          severity: 'error',
          message: l10n.t('{0} has a full-width or invisible character in it: write {1}.', name, meant.text),
          fix,
        },
      };
    return wrong(
      given.node?.style === 'plain'
        ? l10n.t('{0} must be {1}, and YAML reads {2} as text: write {3}.', name, what, value, meant.text)
        : l10n.t('{0} must be {1}, but in quotes it is text: write {2}.', name, what, meant.text),
      { fix },
    );
  }
  return wrong(l10n.t('{0} must be {1}, not {2}.', name, what, brief(value)));
}

/** Numbers that are not what they look like. */
function numberSurprise(type: 'int' | 'float', { node, source }: GivenValue, value: number): ReadValue {
  if (node?.style !== 'plain') return {};
  const octal = /^[-+]?0[0-7_]+$/.test(source);
  if (octal || source.includes(':')) {
    const meant = octal ? source.replace(/^([-+]?)0+(?=\d)/, '$1') : undefined;
    return {
      problem: {
        code: 'yaml-value-surprise',
        severity: 'warning',
        message: octal
          ? l10n.t('YAML reads {0} as octal, which is {1}: write {2}.', source, value, meant ?? '')
          : l10n.t('YAML reads {0} as a number to the base 60, which is {1}.', source, value),
        fix: change(meant ?? String(value)),
      },
    };
  }
  if (type === 'int' && /[.eE]/.test(source) && !/^[-+]?0x/i.test(source))
    return {
      problem: {
        code: 'wrong-type',
        severity: 'warning',
        message: l10n.t('{0} is a fraction to LLaMA-Factory, which wants a whole number here: write {1}.', source, value), // prettier-ignore
        fix: change(String(value), true),
      },
    };
  return {};
}
