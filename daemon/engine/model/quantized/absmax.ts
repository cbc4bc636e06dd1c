// Double quantisation (QLoRA, section 3): the scales of 4-bit blocks, less their mean, are coded in 8 bits, 256 to a block,
// by bitsandbytes' dynamic map (Dettmers 2015, arXiv 1511.04561): a tree of exponents with fractions of changing length.

/** Scales that share a scale of their own. */
export const NESTED_BLOCK = 256;

export interface NestedScales {
  readonly codes: Uint8Array<ArrayBuffer>;
  /** Largest magnitude of each block of 256 scales. */
  readonly absmax: Float32Array<ArrayBuffer>;
  /** Values of the 256 codes. */
  readonly table: Float32Array;
  /** Mean of the scales. */
  readonly offset: number;
}

const { fround } = Math;

/** The signed dynamic map of 8 bits, ascending: 7 exponents from 1e-6 up, 2^i fractions for the i-th, both signs, 0 and 1. */
export function dynamicMap(): Float32Array {
  const values = [0, 1];
  for (let i = 0; i < 7; i++) {
    const items = 2 ** i;
    const boundary = (at: number): number => linspace(0.1, 1, items + 1, at);
    for (let item = 0; item < items; item++) {
      const mean = fround(fround(boundary(item) + boundary(item + 1)) / 2);
      const value = fround(10 ** (i - 6)) * mean;
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

/** torch.linspace in float32: from both ends to the middle, each value rounded once. */
function linspace(start: number, end: number, count: number, at: number): number {
  const step = fround(fround(fround(end) - fround(start)) / (count - 1));
  return at < count / 2 ? fround(fround(start) + step * at) : fround(fround(end) - step * (count - 1 - at));
}

/** Codes scales. Where a scale lies within float noise of a midpoint bitsandbytes may take the neighbouring code. */
export function nestScales(scales: Float32Array): NestedScales {
  const table = dynamicMap();
  const offset = fround(scales.reduce((sum, scale) => sum + scale, 0) / scales.length);
  const codes = new Uint8Array(scales.length);
  const absmax = new Float32Array(Math.ceil(scales.length / NESTED_BLOCK));
  for (let block = 0; block < absmax.length; block++) {
    const start = block * NESTED_BLOCK;
    const part = scales.subarray(start, start + NESTED_BLOCK).map((scale) => scale - offset);
    const most = part.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
    absmax[block] = most;
    part.forEach((value, i) => {
      codes[start + i] = nearest(table, most === 0 ? 0 : fround(value / most));
    });
  }
  return { codes, absmax, table, offset };
}

/** Index of the entry nearest to `value`; the lower one in the middle between two. */
function nearest(table: Float32Array, value: number): number {
  let low = 0;
  let high = table.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as number) < value) low = middle;
    else high = middle;
  }
  return value - (table[low] as number) <= (table[high] as number) - value ? low : high;
}

/** Scales from their codes: code · absmax + offset, each step in float32. */
export const unnestScales = ({ codes, absmax, table, offset }: NestedScales): Float32Array<ArrayBuffer> =>
  Float32Array.from(codes, (code, i) =>
    fround(fround((table[code] as number) * (absmax[Math.floor(i / NESTED_BLOCK)] as number)) + offset),
  );
