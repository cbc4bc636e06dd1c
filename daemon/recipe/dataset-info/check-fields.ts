// Fields of an entry: those that nothing reads, and values of the wrong kind.
import * as l10n from '@vscode/l10n';
import { nearest } from '../suggest.ts';
import { valueOf, type InfoDocument, type InfoEntry, type InfoField } from './document.ts';
import type { EntryView } from './entry.ts';
import { columnFields, columnNames, entryFields, entryNames, sourceFields, tagNames, type Field } from './fields.ts';

const hidden = /[\u00A0\u200B-\u200F\u2028\u2029\u2060\uFEFF\u3000\uFF01-\uFF5E]/;

/** Invisible and full-width characters in names that are plain otherwise: of entries, fields, files, columns and tags. */
export function checkNames(entry: InfoEntry, { report }: InfoDocument): void {
  const look = (node: InfoField['key']): void => {
    for (const child of node.children ?? []) look(child);
    const text = node.type === 'string' ? String(valueOf(node)) : '';
    const [found] = hidden.exec(text) ?? [];
    const plain = text.replaceAll(new RegExp(hidden, 'g'), plainCharacter).trim();
    if (found === undefined || !/^[ -~]*$/.test(plain)) return;
    const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const message = l10n.t('The name "{0}" has an invisible or full-width character (U+{1}): write "{2}".', text, code, plain); // prettier-ignore
    report(node, 'error', 'invisible-character', message, change(JSON.stringify(plain)));
  };
  look(entry.key);
  look(entry.node);
}

function plainCharacter(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
  return code === 0xa0 || code === 0x3000 ? ' ' : '';
}

const change = (text: string): { title: string; text: string } => ({ title: l10n.t('Change to {0}', text), text });

/** Names that people write for a field, and what they mean. */
const synonyms: Readonly<Record<string, string>> = {
  file: 'file_name', filename: 'file_name', path: 'file_name', data_file: 'file_name', data_files: 'file_name', file_path: 'file_name', hub_url: 'hf_hub_url', hf_url: 'hf_hub_url',
  format: 'formatting', type: 'formatting', rank: 'ranking', samples: 'num_samples', max_samples: 'num_samples', column: 'columns', tag: 'tags', config: 'subset', name: 'subset',
  instruction: 'prompt', question: 'prompt', input: 'query', output: 'response', answer: 'response', completion: 'response', conversations: 'messages', conversation: 'messages',
  label: 'kto_tag', image: 'images', video: 'videos', audio: 'audios', role: 'role_tag', from: 'role_tag', content: 'content_tag', value: 'content_tag', user: 'user_tag',
  human: 'user_tag', assistant: 'assistant_tag', gpt: 'assistant_tag', observation: 'observation_tag', tool: 'observation_tag', function: 'function_tag',
  function_call: 'function_tag', system: 'system_tag',
}; // prettier-ignore

const isColumn = (name: string): boolean => (columnNames as readonly string[]).includes(name);
const isTag = (name: string): boolean => (tagNames as readonly string[]).includes(name);

function unknown(
  view: EntryView,
  field: InfoField,
  where: 'entry' | 'columns' | 'tags',
  known: readonly string[],
): void {
  const { name, key } = field;
  const meant = Object.hasOwn(synonyms, name) ? synonyms[name] : undefined;
  const close = meant !== undefined && known.includes(meant) ? meant : nearest(name, known);
  const home = where !== 'columns' && isColumn(name) ? 'columns' : where !== 'tags' && isTag(name) ? 'tags' : where !== 'entry' && entryNames.includes(name) ? l10n.t('the entry itself') : undefined; // prettier-ignore
  const code = where === 'entry' ? 'unknown-entry-key' : where === 'columns' ? 'unknown-column-key' : 'unknown-tag-key';
  const message =
    home !== undefined
      ? l10n.t('"{0}" does nothing here: move it into {1}.', name, home === 'columns' || home === 'tags' ? `"${home}"` : home) // prettier-ignore
      : close !== undefined
        ? l10n.t('Nothing reads "{0}"; did you mean "{1}"?', name, close)
        : l10n.t('Nothing reads "{0}": remove it, or choose one of {1}.', name, known.join(', '));
  const fix = home === undefined && close !== undefined ? change(JSON.stringify(close)) : undefined;
  view.document.report(key, 'error', code, message, fix);
}

/** Checks names and types; false where `formatting` is none that is known. */
export function checkFields(view: EntryView): boolean {
  const { entry, columnFields: columns, tagFields: tags } = view;
  const all: Readonly<Record<string, Field>> = { ...sourceFields, ...entryFields };
  let sound = true;
  for (const field of entry.fields.values()) {
    const known = Object.hasOwn(all, field.name) ? all[field.name] : undefined;
    if (known) sound = checkValue(view, field, known) && sound;
    else unknown(view, field, 'entry', entryNames);
  }
  for (const field of columns?.values() ?? []) {
    if (isColumn(field.name)) checkValue(view, field, columnFields.prompt);
    else unknown(view, field, 'columns', columnNames);
  }
  for (const field of tags?.values() ?? []) {
    if (isTag(field.name)) checkValue(view, field, columnFields.prompt);
    else unknown(view, field, 'tags', tagNames);
  }
  return sound;
}

/** Fields whose null upstream cannot use: it stands for nothing in the others. */
const notNull = new Set(['columns', 'tags', 'formatting', 'split']);

function checkValue(view: EntryView, { name, value }: InfoField, field: Field): boolean {
  const given = valueOf(value);
  const wrong = (message: string, text?: string, code = 'wrong-type'): boolean => {
    view.document.report(value, 'error', code, message, text === undefined ? undefined : change(text));
    return name !== 'formatting';
  };
  if (given === null) {
    return notNull.has(name) ? wrong(l10n.t('{0} cannot be null: leave it out instead.', name)) : true;
  }
  switch (field.type) {
    case 'object':
      return typeof given === 'object' && !Array.isArray(given)
        ? true
        : wrong(l10n.t('{0} must be an object that names each of its fields.', name));
    case 'boolean':
      return typeof given === 'boolean' ? true : notBoolean(name, given, wrong);
    case 'integer':
      return checkInteger(name, given, wrong);
    case 'string':
      if (typeof given === 'string') return checkChoice(name, given, field, wrong);
      if (Array.isArray(given) && given.length === 1 && typeof given[0] === 'string')
        return wrong(l10n.t('{0} takes one name, not a list.', name), JSON.stringify(given[0]));
      return wrong(l10n.t('{0} must be a text, not {1}.', name, JSON.stringify(given)));
  }
}

type Wrong = (message: string, text?: string, code?: string) => boolean;

function notBoolean(name: string, given: unknown, wrong: Wrong): boolean {
  if (typeof given === 'string') {
    const meant = /^\s*(true|yes|on|1)\s*$/i.test(given) ? 'true' : /^\s*(false|no|off|0|none|null)?\s*$/i.test(given) ? 'false' : undefined; // prettier-ignore
    if (meant !== undefined)
      return wrong(l10n.t('{0} is text here, and text is neither true nor false: write {1} without quotes.', name, meant), meant, 'boolean-like-string'); // prettier-ignore
  }
  if (given === 0 || given === 1)
    return wrong(l10n.t('{0} must be true or false: write {1}.', name, given === 1 ? 'true' : 'false'), given === 1 ? 'true' : 'false'); // prettier-ignore
  return wrong(l10n.t('{0} must be true or false, not {1}.', name, JSON.stringify(given)));
}

function checkInteger(name: string, given: unknown, wrong: Wrong): boolean {
  if (typeof given === 'string' && /^\s*\d+\s*$/.test(given))
    return wrong(l10n.t('{0} must be a number, but the quotes make it text.', name), given.trim());
  if (typeof given !== 'number' || !Number.isInteger(given))
    return wrong(l10n.t('{0} must be a whole number, not {1}.', name, JSON.stringify(given)));
  return given > 0
    ? true
    : wrong(l10n.t('{0} must be above 0: leave it out to take all rows.', name), undefined, 'out-of-range');
}

function checkChoice(name: string, given: string, { choices }: Field, wrong: Wrong): boolean {
  if (!choices || choices.includes(given)) return true;
  const close = choices.find((choice) => choice === given.trim().toLowerCase()) ?? nearest(given, choices);
  return close === undefined
    ? wrong(l10n.t('{0} cannot be "{1}": choose {2}.', name, given, choices.join(', ')), undefined, 'invalid-enum')
    : wrong(l10n.t('{0} cannot be "{1}"; did you mean "{2}"?', name, given, close), JSON.stringify(close), 'invalid-enum'); // prettier-ignore
}
