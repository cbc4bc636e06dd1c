// 8-bit weights as LLM.int8 has them (Dettmers et al. 2022): a scale for each output row, codes from −127 to 127. bitsandbytes
// rounds the weight to float16 first.
import { fromFloat32, toFloat32 } from '../safetensors/format.ts';

export interface Int8Rows {
  /** [out, in]. */
  readonly codes: Int8Array<ArrayBuffer>;
  /** Largest magnitude of a row / 127: [out]. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Codes a matrix of rows of `width` values, given flat. */
export function quantiseRows(values: Float32Array, width: number): Int8Rows {
  const rows = values.length / width;
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  const half = new Float32Array(width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    toFloat32(fromFloat32(values.subarray(start, start + width), 'F16'), 'F16', half);
    let most = 0;
    for (const value of half) most = Math.max(most, Math.abs(value));
    scales[row] = most / 127;
    // torch divides a number by a tensor through the reciprocal
    const inverse = most === 0 ? 0 : Math.fround(Math.fround(1 / most) * 127);
    for (let i = 0; i < width; i++) codes[start + i] = roundEven(Math.fround((half[i] as number) * inverse));
  }
  return { codes, scales };
}

function roundEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Values of codes; unsigned ones have their zero at 128. */
export function dequantiseRows(
  { codes, scales }: { readonly codes: Int8Array | Uint8Array; readonly scales: Float32Array },
  width: number,
): Float32Array {
  const zero = codes instanceof Uint8Array ? 128 : 0;
  return Float32Array.from(codes, (code, i) => (code - zero) * (scales[Math.floor(i / width)] as number));
}

/** The same codes with their zero at 128. */
export const unsigned = (codes: Int8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(codes, (code) => code + 128);
