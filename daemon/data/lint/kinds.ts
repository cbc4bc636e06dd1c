// Which kind of value stands where in the rows. LLaMA-Factory reads JSON as a table whose columns, and all that is nested in them, have
// one kind each: text in one row and a number in another stops it, whoever reads the column.
import type { ValueKind } from '../../recipe/dataset-info/facts.ts';
import { isRow, type Row } from '../align/row.ts';
import type { Path } from './row.ts';
import { valueKind } from './survey.ts';

/** Places that are remembered, and how deep they lie: rows may have names without end. */
const MOST_PLACES = 20_000;
const DEEPEST = 32;

type Kind = Exclude<ValueKind, 'null'>;

interface Place {
  /** How often each kind was there, until one is chosen. */
  readonly counts: Partial<Record<Kind, number>>;
  kind: Kind | undefined;
  fields: Map<string, Place> | undefined;
  item: Place | undefined;
}

export interface OddValue {
  readonly path: Path;
  readonly expected: Kind;
}

export class RowKinds {
  readonly #root: Place = newPlace();
  #places = 1;

  /** Adds one of the first rows, among which each place finds its kind. */
  count(row: Row): void {
    this.#count(this.#root, row, 0);
  }

  /** The most frequent kind of each place is the right one; of several, the one that came first. */
  settle(place: Place = this.#root): void {
    const found = Object.entries(place.counts) as [Kind, number][];
    place.kind ??= found.sort(([, a], [, b]) => b - a)[0]?.[0];
    if (place.item) this.settle(place.item);
    for (const field of place.fields?.values() ?? []) this.settle(field);
  }

  /** The first value of a row that is of another kind than its place; undefined where the row fits. */
  odd(row: Row): OddValue | undefined {
    return this.#odd(this.#root, row, 0);
  }

  #count(place: Place, value: unknown, depth: number): void {
    const kind = valueKind(value);
    if (kind === 'null') return;
    place.counts[kind] = (place.counts[kind] ?? 0) + 1;
    if (depth >= DEEPEST) return;
    if (kind === 'list')
      for (const item of value as unknown[]) this.#count((place.item ??= this.#newPlace()), item, depth + 1);
    else if (isRow(value)) for (const name in value) this.#count(this.#field(place, name), value[name], depth + 1);
  }

  #odd(place: Place, value: unknown, depth: number): OddValue | undefined {
    const kind = valueKind(value);
    if (kind === 'null') return undefined;
    place.kind ??= kind;
    if (place.kind !== kind) return { path: [], expected: place.kind };
    if (depth >= DEEPEST) return undefined;
    if (kind === 'list') {
      const list = value as unknown[];
      for (let index = 0; index < list.length; index++) {
        const odd = this.#odd((place.item ??= this.#newPlace()), list[index], depth + 1);
        if (odd) return { ...odd, path: [index, ...odd.path] };
      }
    } else if (isRow(value)) {
      for (const name in value) {
        const odd = this.#odd(this.#field(place, name), value[name], depth + 1);
        if (odd) return { ...odd, path: [name, ...odd.path] };
      }
    }
    return undefined;
  }

  #field(place: Place, name: string): Place {
    const fields = (place.fields ??= new Map<string, Place>());
    let field = fields.get(name);
    if (!field) {
      field = this.#newPlace();
      if (this.#places < MOST_PLACES) fields.set(name, field);
    }
    return field;
  }

  #newPlace(): Place {
    this.#places += 1;
    return newPlace();
  }
}

const newPlace = (): Place => ({ counts: {}, kind: undefined, fields: undefined, item: undefined });
