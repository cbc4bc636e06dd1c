// What is drawn of a curve: the lowest and the highest value of every pixel column, in the order they come. All curves of a chart stand
// on the same columns, so the work and the memory of a frame follow from the chart's width, not from the length of the run.
import { indexAtLeast } from './points.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Two places a column: [columns × 2] x values, evenly spaced over the range. */
export function gridOf({ from, to }: Range, columns: number): Float64Array {
  const width = (to - from) / columns;
  const grid = new Float64Array(columns * 2);
  for (let i = 0; i < columns; i++) {
    grid[i * 2] = from + width * (i + 0.25);
    grid[i * 2 + 1] = from + width * (i + 0.75);
  }
  return grid;
}

/**
 * y of the grid's places, null where the column has no point: written into `out` ([columns × 2]). A column with one value has it in its first
 * place. The nearest point outside either end of the range is put into the outermost free column, so that a line leaves the picture.
 */
export function fillGrid(out: (number | null)[], x: Float64Array, y: Float64Array, { from, to }: Range): void {
  out.fill(null);
  const columns = out.length / 2;
  const scale = columns / (to - from);
  const first = indexAtLeast(x, from, false);
  const last = indexAtLeast(x, to, true);
  let i = first;
  while (i < last) {
    const column = Math.min(columns - 1, Math.floor(((x[i] ?? 0) - from) * scale));
    const end = column === columns - 1 ? Number.POSITIVE_INFINITY : from + (column + 1) / scale;
    let low = y[i] ?? 0;
    let high = low;
    let lowAt = i;
    let highAt = i;
    for (i += 1; i < last && (x[i] ?? 0) < end; i++) {
      const value = y[i] ?? 0;
      if (value < low) {
        low = value;
        lowAt = i;
      } else if (value > high) {
        high = value;
        highAt = i;
      }
    }
    out[column * 2] = lowAt <= highAt ? low : high;
    if (lowAt !== highAt) out[column * 2 + 1] = lowAt <= highAt ? high : low;
  }
  if (first > 0) out[0] ??= crossing(x, y, first, from);
  if (last < x.length && last > 0) out[out.length - 1] ??= crossing(x, y, last, to);
}

/** The line's height where it crosses `at`, between the points i - 1 and i; of the nearest point where there is only one. */
function crossing(x: Float64Array, y: Float64Array, i: number, at: number): number | null {
  const right = Math.min(i, x.length - 1);
  const left = Math.max(0, i - 1);
  const distance = (x[right] ?? 0) - (x[left] ?? 0);
  const share = distance > 0 ? Math.min(1, Math.max(0, (at - (x[left] ?? 0)) / distance)) : 0;
  return (y[left] ?? 0) + share * ((y[right] ?? 0) - (y[left] ?? 0));
}
