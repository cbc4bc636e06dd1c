// What columns rows have and what is in them, gathered while they pass: the facts that dataset_info.json is checked against.
import type { ColumnFacts, ValueKind } from '../../recipe/dataset-info/facts.ts';
import { isRow, type Row } from '../align/row.ts';

/** Rows whose messages are looked into; after them only columns and kinds are. */
const DEEP = 2000;
/** Different texts and their length, up to which they may be names of authors. */
const NAMES = 24;
const NAME_LENGTH = 40;

interface Key {
  count: number;
  readonly kinds: Set<ValueKind>;
  texts: Set<string> | undefined;
}

interface Column {
  readonly kinds: Set<ValueKind>;
  filled: number;
  readonly keys: Map<string, Key>;
}

export class Survey {
  readonly #columns = new Map<string, Column>();
  rows = 0;

  add(row: Row): void {
    this.rows += 1;
    for (const name in row) {
      const value = row[name];
      let column = this.#columns.get(name);
      if (!column) {
        column = { kinds: new Set(), filled: 0, keys: new Map() };
        this.#columns.set(name, column);
      }
      const kind = valueKind(value);
      column.kinds.add(kind);
      if (kind === 'null' || value === '' || (kind === 'list' && (value as unknown[]).length === 0)) continue;
      column.filled += 1;
      if (this.rows > DEEP) continue;
      if (kind === 'object') addKeys(column, value as Row);
      else if (kind === 'list') for (const item of value as unknown[]) if (isRow(item)) addKeys(column, item);
    }
  }

  get columns(): ReadonlyMap<string, ColumnFacts> {
    return this.#columns;
  }
}

function addKeys(column: Column, item: Row): void {
  for (const name in item) {
    const value = item[name];
    let key = column.keys.get(name);
    if (!key) {
      key = { count: 0, kinds: new Set(), texts: new Set() };
      column.keys.set(name, key);
    }
    key.count += 1;
    key.kinds.add(valueKind(value));
    if (typeof value !== 'string' || !key.texts) continue;
    if (value.length > NAME_LENGTH) key.texts = undefined;
    else if (!key.texts.has(value)) {
      key.texts.add(value);
      if (key.texts.size > NAMES) key.texts = undefined;
    }
  }
}

export function valueKind(value: unknown): ValueKind {
  if (typeof value === 'string') return 'text';
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return Array.isArray(value) ? 'list' : 'object';
}
