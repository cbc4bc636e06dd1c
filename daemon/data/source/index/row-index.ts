// Where rows stand in a text file: the place of every few hundredth row. A row between two of them is found by cutting a few
// rows, so the index of a file of many gigabytes is some hundred kilobytes.
import { cutFile } from '../text/bytes.ts';
import { splitterFor, type TextFile } from '../text/layout.ts';
import type { Place } from '../text/splitter.ts';

const ROWS_APART = 256;
const BYTES_APART = 1 << 20;

/** Bytes read at a time. */
const CHUNK = 4 << 20;

/** Entries in order: a row's number, its first byte and its line. */
export interface RowIndex {
  readonly rows: number;
  readonly numbers: Float64Array;
  readonly offsets: Float64Array;
  readonly lines: Float64Array;
}

export interface IndexOptions {
  /** Told of the bytes that were looked at. */
  readonly progress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A new entry after this many rows (default 256), or a megabyte, whichever comes first. */
  readonly rowsApart?: number;
}

/** Reads a file once. Throws BrokenRowError where the borders of rows cannot be found. */
export async function indexRows(
  file: TextFile,
  { progress, signal, rowsApart = ROWS_APART }: IndexOptions = {},
): Promise<RowIndex> {
  const numbers: number[] = [];
  const offsets: number[] = [];
  const lines: number[] = [];
  let rows = 0;
  let [nextRow, nextOffset] = [0, 0];
  const splitter = splitterFor(file, file.first.line);
  const options = { offset: file.first.offset, chunk: CHUNK, signal };
  for await (const { window, base, spans } of cutFile(file, splitter, options)) {
    for (let i = 0; i < spans.length; i += 3) {
      const offset = base + (spans[i] ?? 0);
      if (rows >= nextRow || offset >= nextOffset) {
        numbers.push(rows);
        offsets.push(offset);
        lines.push(spans[i + 2] ?? 1);
        nextRow = rows + rowsApart;
        nextOffset = offset + BYTES_APART;
      }
      rows += 1;
    }
    progress?.(base + window.length);
  }
  return {
    rows,
    numbers: Float64Array.from(numbers),
    offsets: Float64Array.from(offsets),
    lines: Float64Array.from(lines),
  };
}

/** The last entry whose value is not above the one looked for; 0 where all are. */
function lastNotAbove(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface Entry {
  readonly row: number;
  readonly place: Place;
}

/** The entry from which a row, a byte or a line is reached by going on. The index must not be empty. */
export function entryBefore(
  index: RowIndex,
  { row, offset, line }: { row?: number; offset?: number; line?: number },
): Entry {
  const at =
    row !== undefined
      ? lastNotAbove(index.numbers, row)
      : offset !== undefined
        ? lastNotAbove(index.offsets, offset)
        : lastNotAbove(index.lines, line ?? 1);
  return {
    row: index.numbers[at] ?? 0,
    place: { offset: index.offsets[at] ?? 0, line: index.lines[at] ?? 1 },
  };
}
