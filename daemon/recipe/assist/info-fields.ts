// The fields of dataset_info.json as Markdown, and which of them an object at a path can have.
import type { JSONPath } from 'jsonc-parser';
import * as l10n from '@vscode/l10n';
import { columnFields, entryFields, sourceFields, tagFields, type Field } from '../dataset-info/fields.ts';

export interface NamedField extends Field {
  readonly name: string;
}

const named = (fields: Readonly<Record<string, Field>>): readonly NamedField[] =>
  Object.entries(fields).map(([name, field]) => ({ name, ...field }));

const isSource = (name: string): boolean => Object.hasOwn(sourceFields, name);

/** Fields of an entry in the order in which people write them: the file first, hubs last. */
const ofEntry = [...named(sourceFields).filter(({ name }) => name === 'file_name'), ...named(entryFields), ...named(sourceFields).filter(({ name }) => name !== 'file_name')]; // prettier-ignore
const ofColumns = named(columnFields);
const ofTags = named(tagFields);

/** The fields of the object at a path of keys: an entry, its columns, its tags. The last part of the path is the field itself. */
export function fieldsAt(path: JSONPath): readonly NamedField[] {
  if (path.length === 2) return ofEntry;
  if (path.length === 3 && path[1] === 'columns') return ofColumns;
  return path.length === 3 && path[1] === 'tags' ? ofTags : [];
}

export const isSourceField = ({ name }: NamedField): boolean => isSource(name);

export function describeField({ name, type, choices, default: value, doc, formatting }: NamedField): string {
  const types = { string: l10n.t('text'), boolean: l10n.t('true or false'), integer: l10n.t('whole number'), object: l10n.t('mapping') }; // prettier-ignore
  const facts = [types[type], value === null ? undefined : l10n.t('default {0}', `\`${value}\``)];
  const parts = [`**${name}** · ${facts.filter((fact) => fact !== undefined).join(' · ')}`, l10n.t(doc)];
  if (choices) parts.push(l10n.t('One of {0}.', choices.map((choice) => `\`${choice}\``).join(', ')));
  if (formatting) parts.push(l10n.t('For rows in the layout {0}.', formatting.map((layout) => `\`${layout}\``).join(', '))); // prettier-ignore
  return parts.join('\n\n');
}
