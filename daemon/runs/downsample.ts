// Fewer points with the same shape: largest triangle three buckets.
// Source: S. Steinarsson, Downsampling Time Series for Visual Representation, University of Iceland 2013, section 4.2.

/**
 * Indices of the points to keep, ascending, the first and the last among them: from each bucket the point that spans the
 * largest triangle with the one kept before and the mean of the next bucket. Values that are no numbers are never kept for
 * their size. All indices where there are no more than `count` (at least 3) points.
 */
export function downsample(x: ArrayLike<number>, y: ArrayLike<number>, count: number): number[] {
  const length = x.length;
  if (length <= count || count < 3) return Array.from({ length }, (_, i) => i);
  const kept = [0];
  const width = (length - 2) / (count - 2);
  const edge = (bucket: number): number => Math.floor(bucket * width) + 1;
  let before = 0;
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const next = meanOf(x, y, edge(bucket + 1), Math.min(edge(bucket + 2), length));
    let best = edge(bucket);
    let largest = -1;
    for (let i = edge(bucket); i < edge(bucket + 1); i++) {
      const area = Math.abs(
        ((x[before] ?? 0) - next.x) * ((y[i] ?? 0) - (y[before] ?? 0)) -
          ((x[before] ?? 0) - (x[i] ?? 0)) * (next.y - (y[before] ?? 0)),
      );
      if (area > largest) {
        largest = area;
        best = i;
      }
    }
    kept.push(best);
    before = best;
  }
  kept.push(length - 1);
  return kept;
}

function meanOf(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  start: number,
  end: number,
): { readonly x: number; readonly y: number } {
  let sumX = 0;
  let sumY = 0;
  for (let i = start; i < end; i++) {
    sumX += x[i] ?? 0;
    sumY += y[i] ?? 0;
  }
  const count = Math.max(1, end - start);
  return { x: sumX / count, y: sumY / count };
}
