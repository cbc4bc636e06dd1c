// Lengths counted in bars of a round width.

export interface Bar {
  /** First length that counts here. */
  readonly from: number;
  /** First length that does not; null in the last bar where it is open. */
  readonly to: number | null;
  readonly rows: number;
}

/** Bars in all, the open one too. */
const BARS = 12;

/** Widths a person can read: 1, 2, 5, 10, 20, 50 … */
function roundWidth(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
}

/** Bars up to the length that 99 of 100 rows keep to, and an open one for the rest. `sorted` from short to long. */
export function histogramOf(sorted: Int32Array): Bar[] {
  if (sorted.length === 0) return [];
  const longest = sorted.at(-1) ?? 0;
  const usual = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? longest;
  const width = roundWidth((usual + 1) / (BARS - 1));
  const start = Math.floor((sorted[0] ?? 0) / width);
  const counts = new Map<number, number>();
  const last = Math.max(start, Math.floor(usual / width));
  for (const length of sorted) {
    const bar = Math.min(Math.floor(length / width), last + 1);
    counts.set(bar, (counts.get(bar) ?? 0) + 1);
  }
  const bars: Bar[] = [];
  for (let bar = start; bar <= last; bar++)
    bars.push({ from: bar * width, to: (bar + 1) * width, rows: counts.get(bar) ?? 0 });
  const beyond = counts.get(last + 1);
  return beyond === undefined ? bars : [...bars, { from: (last + 1) * width, to: null, rows: beyond }];
}
