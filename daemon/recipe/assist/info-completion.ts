// Completion in dataset_info.json: fields, columns that are really in the file, author names that really occur.
import * as l10n from '@vscode/l10n';
import { inferFromFacts, namesFor, writeEntry } from '../dataset-info/infer.ts';
import type { ColumnName } from '../dataset-info/fields.ts';
import type { KeyFacts } from '../dataset-info/facts.ts';
import { isObject } from './datasets.ts';
import { describeField, fieldsAt, isSourceField, type NamedField } from './info-fields.ts';
import { formattingOf, infoPlace, type InfoPlace } from './info-place.ts';
import { snippetText, type Suggestion } from './suggestion.ts';
import type { Surroundings } from './surroundings.ts';

const dataFile = /\.(?:jsonl?|csv|tsv|parquet|arrow|txt)(?:\.gz)?$/;

export function completeInfo(text: string, offset: number, surroundings: Surroundings): Suggestion[] {
  const place = infoPlace(text, offset);
  if (!place.isKey) return values(place, surroundings);
  return place.path.length === 1 ? newEntries(place, surroundings) : fields(place, surroundings);
}

function fields(place: InfoPlace, surroundings: Surroundings): Suggestion[] {
  const { path, siblings, entry } = place;
  const formatting = formattingOf(entry);
  const suits = (field: NamedField): boolean => field.formatting?.some((layout) => layout === formatting) ?? true;
  const inside = path.length > 2;
  const others = fieldsAt(path).filter((field) => !siblings.includes(field.name) && (!inside || suits(field)));
  const hasSource = fieldsAt(path).some((field) => isSourceField(field) && siblings.includes(field.name));
  const rank = (field: NamedField): number => (suits(field) ? 0 : 2) + (hasSource && isSourceField(field) ? 1 : 0);
  return others.toSorted((a, b) => rank(a) - rank(b)).map((field) => ({
    label: field.name,
    kind: 'key',
    ...(suits(field) ? {} : { description: l10n.t('not read in the layout {0}', formatting) }),
    documentation: describeField(field),
    ...insertion(field, likelyValue(field, place, surroundings), place),
  })); // prettier-ignore
}

/** What a new field would most likely hold: the column or author that fits it. */
function likelyValue({ name, default: value }: NamedField, place: InfoPlace, surroundings: Surroundings): string {
  if (place.path[1] === 'columns') {
    const columns = columnsOf(place, surroundings);
    return namesFor(name as ColumnName).find((known) => columns.includes(known)) ?? '';
  }
  if (place.path[1] === 'tags') {
    const names = tagNames(name, place, surroundings);
    return typeof value === 'string' && names.includes(value) ? value : (names[0] ?? '');
  }
  return '';
}

function insertion(
  { name, type, choices }: NamedField,
  likely: string,
  place: InfoPlace,
): Pick<Suggestion, 'insert' | 'snippet' | 'from' | 'to' | 'filter' | 'asksAgain'> {
  // prettier-ignore
  const { from, to, hasValue } = place;
  const key = JSON.stringify(name);
  const where = { from, to, filter: key };
  if (hasValue) return { ...where, insert: key };
  switch (type) {
    case 'boolean':
      return { ...where, insert: `${key}: true`, snippet: `${key}: \${1|true,false|}` };
    case 'integer':
      return { ...where, insert: `${key}: 1000`, snippet: `${key}: \${1:1000}` };
    case 'object':
      return { ...where, insert: `${key}: {}`, snippet: `${key}: {\n  $1\n\\}`, asksAgain: true };
    case 'string': {
      const [, second = ''] = choices ?? [];
      if (choices) return { ...where, insert: `${key}: "${second}"`, snippet: `${key}: "\${1|${choices.join(',')}|}"` };
      const text = JSON.stringify(likely).slice(1, -1);
      return { ...where, insert: `${key}: "${text}"`, snippet: `${key}: "\${1:${snippetText(text)}}"`, asksAgain: true }; // prettier-ignore
    }
  }
}

/** Entries for data files that no entry is named after yet. */
function newEntries({ from, to, hasValue, siblings }: InfoPlace, surroundings: Surroundings): Suggestion[] {
  if (hasValue) return [];
  return dataFiles(surroundings).flatMap((file): Suggestion[] => {
    const name = file.replace(dataFile, '');
    const facts = surroundings.facts(file);
    if (siblings.includes(name) || !facts) return [];
    const inferred = inferFromFacts(facts);
    const body = JSON.stringify(inferred ? writeEntry(file, inferred) : { file_name: file }, null, 2);
    const insert = `${JSON.stringify(name)}: ${body.replaceAll('\n', '\n  ')}`;
    const documentation = `\`\`\`json\n${insert}\n\`\`\``;
    return [{ label: name, kind: 'dataset', description: file, documentation, insert, from, to, filter: JSON.stringify(name) }]; // prettier-ignore
  });
}

function values(place: InfoPlace, surroundings: Surroundings): Suggestion[] {
  const { path, from, to } = place;
  const field = fieldsAt(path).find(({ name }) => name === path.at(-1));
  if (!field) return [];
  const offer = (label: string, kind: Suggestion['kind'], insert = JSON.stringify(label)): Suggestion => ({ label, kind, insert, from, to, filter: insert }); // prettier-ignore
  if (field.type === 'boolean') return ['true', 'false'].map((value) => offer(value, 'value', value));
  if (field.choices) return likelyFirst(field.choices, place, surroundings).map((choice) => offer(choice, 'value'));
  if (path[1] === 'columns') return columnNames(field.name, place, surroundings).map((name) => offer(name, 'column'));
  if (path[1] === 'tags') return tagNames(field.name, place, surroundings).map((name) => offer(name, 'column'));
  if (field.name === 'file_name') return [...dataFiles(surroundings), ...folders(surroundings)].map((name) => offer(name, 'file')); // prettier-ignore
  return typeof field.default === 'string' ? [offer(field.default, 'value')] : [];
}

/** The layout that the rows have stands first. */
function likelyFirst(choices: readonly string[], { file }: InfoPlace, surroundings: Surroundings): readonly string[] {
  const facts = file === undefined ? undefined : surroundings.facts(file);
  const likely = facts && inferFromFacts(facts)?.formatting;
  return choices.toSorted((a, b) => Number(b === likely) - Number(a === likely));
}

const columnsOf = ({ file }: InfoPlace, surroundings: Surroundings): readonly string[] =>
  file === undefined ? [] : [...(surroundings.facts(file)?.columns?.keys() ?? [])];

/** Columns of the file: those with a usual name for the field first, those that another field has last. */
function columnNames(field: string, place: InfoPlace, surroundings: Surroundings): string[] {
  const named = isObject(place.entry['columns']) ? Object.entries(place.entry['columns']) : [];
  const taken = new Set(named.filter(([key]) => key !== field).map(([, value]) => value));
  const usual = namesFor(field as ColumnName);
  const rank = (name: string): number => (taken.has(name) ? 1000 : usual.includes(name) ? usual.indexOf(name) : 500);
  return columnsOf(place, surroundings).toSorted((a, b) => rank(a) - rank(b));
}

/** role_tag and content_tag: fields of the messages; the others: names that their authors have. */
function tagNames(tag: string, place: InfoPlace, surroundings: Surroundings): readonly string[] {
  const keys = messageKeys(place, surroundings);
  if (!keys) return [];
  const isName = ([, { texts }]: readonly [string, KeyFacts]): boolean => texts !== undefined;
  const entries = [...keys];
  if (tag === 'role_tag' || tag === 'content_tag') {
    const first = entries.filter((entry) => isName(entry) === (tag === 'role_tag'));
    return [...first, ...entries.filter((entry) => !first.includes(entry))].map(([name]) => name);
  }
  const tags = isObject(place.entry['tags']) ? place.entry['tags'] : {};
  const role =
    typeof tags['role_tag'] === 'string' ? tags['role_tag'] : ['from', 'role'].find((name) => keys.has(name));
  return [...(keys.get(role ?? '')?.texts ?? [])];
}

/** The fields of messages, in the column that the entry names or the first that holds such a list. */
function messageKeys(
  { entry, file }: InfoPlace,
  surroundings: Surroundings,
): ReadonlyMap<string, KeyFacts> | undefined {
  const columns = file === undefined ? undefined : surroundings.facts(file)?.columns;
  if (!columns) return undefined;
  const named = isObject(entry['columns']) ? entry['columns']['messages'] : 'conversations';
  const column = typeof named === 'string' ? columns.get(named) : undefined;
  return (column ?? [...columns.values()].find(({ kinds, keys }) => kinds.has('list') && keys.size > 0))?.keys;
}

const dataFiles = (surroundings: Surroundings): string[] =>
  (surroundings.list('.') ?? []).filter(({ name, isFolder }) => !isFolder && dataFile.test(name) && name !== 'dataset_info.json').map(({ name }) => name); // prettier-ignore

const folders = (surroundings: Surroundings): string[] =>
  (surroundings.list('.') ?? []).filter(({ name, isFolder }) => isFolder && !name.startsWith('.')).map(({ name }) => name); // prettier-ignore
