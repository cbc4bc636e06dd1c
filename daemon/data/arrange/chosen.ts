// Rows of several tables in one order: what examples are arranged from.
import { createHash } from 'node:crypto';
import type { MixedRows } from '../mix.ts';
import type { KeptRow, RowTable } from '../row-table.ts';

/** The rows to arrange, in order; numbers into it are places. */
export interface ChosenRows {
  readonly tables: readonly RowTable[];
  readonly order: MixedRows;
}

/** Tokens of the row at a place, -1 where it is left out. */
export function lengthAt({ tables, order }: ChosenRows, place: number): number {
  return tables[order.sets[place] ?? 0]?.lengths[order.rows[place] ?? 0] ?? -1;
}

/** Rows at places in the order asked for; each table is asked once. */
export async function readPlaces({ tables, order }: ChosenRows, places: ArrayLike<number>): Promise<KeptRow[]> {
  const rows = Array.from<KeptRow>({ length: places.length });
  for (const [set, table] of tables.entries()) {
    const mine = Array.from(places, (place, i) => ({ place, i })).filter(({ place }) => order.sets[place] === set);
    if (mine.length === 0) continue;
    const found = await table.read(mine.map(({ place }) => order.rows[place] ?? 0));
    for (const [k, { i }] of mine.entries()) {
      const row = found[k];
      if (row) rows[i] = row;
    }
  }
  return rows;
}

/** SHA-256 over rows and their order, and what else decides about the examples made of them. */
export function hashOf({ tables, order }: ChosenRows, arrangement: Readonly<Record<string, unknown>>): string {
  const hash = createHash('sha256').update(JSON.stringify(arrangement));
  for (const table of tables) hash.update(table.hash);
  return hash.update(order.sets).update(order.rows).digest('hex');
}
