// One entry of dataset_info.json as the rules see it: its fields with their places, what it means, and the data behind it.
import { nearest } from '../suggest.ts';
import { fieldsOf, valueOf, type InfoDocument, type InfoEntry, type InfoField, type Place } from './document.ts';
import type { DataFacts } from './facts.ts';
import {
  columnFields,
  columnNames,
  columnsOf,
  formattings,
  tagsOf,
  type ColumnName,
  type Columns,
  type Formatting,
  type TagName,
  type Tags,
} from './fields.ts';
import { inferFromFacts, type InferredEntry } from './infer.ts';

export interface EntryView {
  readonly name: string;
  readonly entry: InfoEntry;
  readonly document: InfoDocument;
  /** The stage of the recipe it is meant for, where one is known. */
  readonly stage: string | undefined;
  readonly formatting: Formatting;
  readonly ranking: boolean;
  /** undefined: the entry has none, and the defaults hold. */
  readonly columnFields: ReadonlyMap<string, InfoField> | undefined;
  readonly tagFields: ReadonlyMap<string, InfoField> | undefined;
  readonly columns: Columns;
  readonly tags: Tags;
  readonly data: DataFacts | undefined;
  readonly inferred: InferredEntry | undefined;
}

/** undefined where the entry is no object. */
export function viewEntry(
  entry: InfoEntry,
  document: InfoDocument,
  data: DataFacts | undefined,
  stage: string | undefined,
): EntryView | undefined {
  if (entry.node.type !== 'object') return undefined;
  const value = (name: string): unknown => {
    const field = entry.fields.get(name);
    return field && valueOf(field.value);
  };
  const inside = (name: string): ReadonlyMap<string, InfoField> | undefined => {
    const field = entry.fields.get(name);
    if (!field || field.value.type !== 'object') return undefined;
    return new Map(fieldsOf(field.value, document.report).map((each) => [each.name, each]));
  };
  const formatting = value('formatting');
  return {
    name: entry.name,
    entry,
    document,
    stage,
    formatting: formattings.find((known) => known === formatting) ?? 'alpaca',
    // as upstream: true, or a number other than 0
    ranking: value('ranking') === true || (typeof value('ranking') === 'number' && value('ranking') !== 0),
    columnFields: inside('columns'),
    tagFields: inside('tags'),
    columns: columnsOf(value('columns')),
    tags: tagsOf(value('tags')),
    data,
    inferred: data && inferFromFacts(data),
  };
}

/** Where to point at for a field that is not there: the key of the file, else the entry's own. */
export const sourcePlace = ({ entry }: EntryView): Place =>
  (entry.fields.get('file_name') ?? [...entry.fields.values()][0])?.key ?? entry.key;

/** The place of a column: its value, else the columns' key, else the file's. */
export const columnPlace = (view: EntryView, column: ColumnName): Place =>
  view.columnFields?.get(column)?.value ?? view.entry.fields.get('columns')?.key ?? sourcePlace(view);

export const tagPlace = (view: EntryView, tag: TagName): Place =>
  view.tagFields?.get(tag)?.value ?? view.entry.fields.get('tags')?.key ?? sourcePlace(view);

/** Columns that a row must have, with the names they go by; as upstream's converters look them up. */
export function neededColumns({ columns, formatting, ranking, stage }: EntryView): [ColumnName, string][] {
  const pair: ColumnName[] = ranking ? ['chosen', 'rejected'] : [];
  const media: ColumnName[] = ['images', 'videos', 'audios', 'kto_tag'];
  const needed: ColumnName[] =
    formatting === 'alpaca'
      ? ['prompt', 'query', 'history', 'system', 'tools', ...(ranking ? pair : (['response'] as const)), ...media]
      : formatting === 'sharegpt'
        ? ['messages', 'system', 'tools', ...pair, ...media]
        : ['messages', ...pair, ...media];
  return (
    needed
      // pre-training with a column of text and the default names for the rest stops upstream too
      .filter((column) => !(column === 'response' && stage === 'pt' && columns[column] === undefined))
      .flatMap((column): [ColumnName, string][] => {
        const name = columns[column];
        return name === undefined ? [] : [[column, name]];
      })
  );
}

/** The data's column that is most likely meant by a name, or for a purpose. */
export function likelyColumn(view: EntryView, column: ColumnName, name: string): string | undefined {
  const known = [...(view.data?.columns?.keys() ?? [])];
  const used = new Set(columnNames.flatMap((each) => view.columns[each] ?? []));
  const free = known.filter((each) => !used.has(each));
  const fits = view.inferred && sameLayout(view, view.inferred) ? view.inferred.columns[column] : undefined;
  return (
    free.find((each) => each.toLowerCase() === name.toLowerCase()) ??
    (fits !== undefined && free.includes(fits) ? fits : undefined) ??
    nearest(name, free)
  );
}

/** Rows of alpaca are flat, those of the other two are messages. */
export const sameLayout = (a: { formatting: Formatting }, b: { formatting: Formatting }): boolean =>
  (a.formatting === 'alpaca') === (b.formatting === 'alpaca');

export const readsColumn = (column: ColumnName, formatting: Formatting): boolean => {
  const field: { readonly formatting?: readonly Formatting[] } = columnFields[column];
  return field.formatting?.includes(formatting) ?? true;
};
