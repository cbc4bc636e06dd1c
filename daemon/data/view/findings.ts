// Findings of a few rows that are looked at, and on the shape of all rows, from the first of them.
import type { RowsUse } from '../lint/checker.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { numberOf, valuesOf, type ReadRow } from './first-rows.ts';
import { columnOf } from './place.ts';
import { RowCheck, type FindingsSink, type RowFinding } from './row-check.ts';

/** Findings by the number of the row. `head`: the first rows of the dataset; `compared`: what only a look at all rows tells. */
export async function findingsOf(
  rows: readonly ReadRow[],
  use: RowsUse,
  head: readonly ReadRow[],
  compared: ReadonlyMap<number, RowFinding>,
): Promise<Map<number, RowFinding[]>> {
  const findings = new Map<number, RowFinding[]>(rows.map((row) => [numberOf(row), []]));
  const add = (finding: RowFinding): void => void findings.get(finding.row)?.push(finding);
  const columns = new Map<number, number | undefined>();
  for (const row of rows) if (!(row instanceof BrokenRowError) && needsColumn(row)) columns.set(row.row, await columnOf(row)); // prettier-ignore
  // rows of a screen are no file: which repeat others is not told from them
  const sink: FindingsSink = {
    found: ({ code, whole }) => (code === 'duplicate-row' ? undefined : add(whole())),
    shape: () => undefined,
  };
  check(rows, use, head, sink, ({ row }) => columns.get(row) ?? 1);
  for (const row of findings.keys()) {
    const known = compared.get(row);
    if (known) add(known);
  }
  return findings;
}

/** A line of JSONL begins with its row. */
const needsColumn = ({ file, text }: SourceRow): boolean => text !== undefined && /\.json(?:\.gz)?$/i.test(file);

/** What is wrong with all rows at once. */
export function shapeFindings(head: readonly ReadRow[], use: RowsUse): RowFinding[] {
  const findings: RowFinding[] = [];
  check(head, use, [], { found: () => undefined, shape: (finding) => void findings.push(finding) });
  return findings;
}

function check(
  rows: readonly ReadRow[],
  use: RowsUse,
  head: readonly ReadRow[],
  sink: FindingsSink,
  columns?: (row: SourceRow) => number,
): void {
  const [first] = rows;
  if (!first) return;
  const file = first instanceof BrokenRowError ? first.place.file : first.file;
  const rowCheck = new RowCheck(file, use, valuesOf(head), sink, columns);
  for (const row of rows) rowCheck.add(row);
  rowCheck.end();
}
