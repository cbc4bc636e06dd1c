// What a key is, as Markdown: what it does, its type, default, choices, stages. Completion and hover show the same text.
import * as l10n from '@vscode/l10n';
import type { Argument } from '../argument.ts';
import { groupTitle } from './groups.ts';
import { knowledge, type Knowledge } from './knowledge.ts';

const inCode = (value: unknown): string => `\`${String(value)}\``;

export function typeName(argument: Argument<unknown>): string {
  const names: Readonly<Record<string, string>> = {
    bool: l10n.t('true or false'),
    int: l10n.t('whole number'),
    float: l10n.t('number'),
    string: l10n.t('text'),
    'string[]': l10n.t('list of texts'),
    object: l10n.t('mapping'),
  };
  const types = argument.type.split('|').map((type) => names[type] ?? type);
  if (argument.separator !== undefined) types.push(argument.textOnly ? l10n.t('several with commas') : l10n.t('list'));
  return types.join(l10n.t(' or '));
}

/** A default as a recipe would write it. */
export function valueText(value: unknown): string {
  if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const defaultText = (value: unknown): string =>
  value === null ? l10n.t('unset by default') : l10n.t('default {0}', inCode(valueText(value)));

export function describeKey(name: string, argument: Argument<unknown>): string {
  const known: Knowledge = (knowledge as Readonly<Record<string, Knowledge>>)[name] ?? {};
  const unit = known.unit ? ` (${known.unit()})` : '';
  const facts = [
    `${typeName(argument)}${unit}`,
    argument.required ? l10n.t('required') : defaultText(argument.default),
    groupTitle(argument.group),
  ];
  const lines = [`**${name}** · ${facts.join(' · ')}`, l10n.t(argument.doc)];
  if (known.deprecated) lines.push(`⚠ ${known.deprecated()}`);
  if (known.whenUnset) lines.push(known.whenUnset());
  if (argument.choices) lines.push(l10n.t('One of {0}.', argument.choices.map(inCode).join(', ')));
  if (argument.stages) lines.push(l10n.t('For stage {0}.', argument.stages.map(inCode).join(', ')));
  if (argument.onlyWith) {
    const [key, ...values] = argument.onlyWith;
    const condition = values.length > 0 ? `${key}: ${values.join(' | ')}` : key;
    lines.push(l10n.t('Does something with {0} only.', inCode(condition)));
  }
  if (argument.support === 'later') lines.push(l10n.t('Anneal knows this key, but does not have it yet.'));
  if (argument.support === 'no-effect' && argument.because)
    lines.push(l10n.t('No effect here: {0}.', l10n.t(argument.because)));
  return lines.join('\n\n');
}
