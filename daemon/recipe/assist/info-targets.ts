// The entries of a dataset_info.json with their places, and what they point at: data files and repositories.
import { parseTree, type Node } from 'jsonc-parser';
import type { Pointer } from './targets.ts';
import type { Surroundings } from './surroundings.ts';
import type { Word } from './text.ts';

export interface EntryPlace {
  readonly name: string;
  /** Its key, with the quotes. */
  readonly key: Word;
  /** The whole property. */
  readonly from: number;
  readonly to: number;
  readonly fields: readonly {
    readonly name: string;
    readonly key: Word;
    readonly value: Word;
    readonly isText: boolean;
  }[];
}

const wordOf = ({ offset, length, value }: Node): Word => ({
  from: offset,
  to: offset + length,
  text: typeof value === 'string' ? value : '',
  quote: '"',
});

const propertiesOf = (node: Node | undefined): { property: Node; key: Node; value: Node }[] =>
  node?.type === 'object'
    ? (node.children ?? []).flatMap((property) => {
        const [key, value] = property.children ?? [];
        return key && value ? [{ property, key, value }] : [];
      })
    : [];

/** All entries, however broken the text is behind them. */
export function infoEntries(text: string): readonly EntryPlace[] {
  return propertiesOf(parseTree(text)).map(({ property, key, value }) => ({
    name: String(key.value),
    key: wordOf(key),
    from: property.offset,
    to: property.offset + property.length,
    fields: propertiesOf(value).map((field) => ({
      name: String(field.key.value),
      key: wordOf(field.key),
      value: wordOf(field.value),
      isText: field.value.type === 'string',
    })),
  }));
}

export const entryKeyAt = (text: string, offset: number): EntryPlace | undefined =>
  infoEntries(text).find(({ key }) => offset >= key.from && offset <= key.to);

const hubs: Readonly<Record<string, string>> = { hf_hub_url: 'hf' };

/** Files and repositories that entries name. Paths start at the folder of dataset_info.json. */
export function infoPointers(text: string, surroundings: Surroundings): readonly Pointer[] {
  return infoEntries(text).flatMap(({ fields }) =>
    fields.flatMap(({ name, value, isText }): Pointer[] => {
      if (!isText || value.text === '') return [];
      if (name === 'file_name' && surroundings.isFile(value.text))
        return [{ key: name, word: value, target: { kind: 'file', path: value.text } }];
      if (name in hubs) return [{ key: name, word: value, target: { kind: 'hub', id: `datasets/${value.text}` } }];
      return [];
    }),
  );
}
