// The safetensors format (huggingface/safetensors, README "Format"): 8 bytes header length, a JSON header, then the tensors.
// Headers come from untrusted files, so nothing in them is believed before it is checked.
import { z } from 'zod';
import { UserError } from '../../../errors.ts';
import { sizeOf } from '../../graph/tensor.ts';

export type StoredType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export const bytesPerElement: Record<StoredType, number> = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1,
}; // prettier-ignore

export const isFloat = (dtype: StoredType): boolean => /F/.test(dtype);

/** The format's own limit. */
const MAX_HEADER = 100_000_000;

export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

const entry = z.object({
  dtype: z.enum(['F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'I16', 'I8', 'U8', 'BOOL']),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/** Length of the header from the first 8 bytes. Throws UserError where it cannot be one. */
export function headerLength(file: string, first: Uint8Array, fileSize: number): number {
  const length =
    first.length < 8 ? Number.NaN : Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (!(length > 0 && length <= MAX_HEADER && 8 + length <= fileSize)) {
    throw new UserError('safetensors-truncated', `${file} is not a whole safetensors file: download or save it again.`);
  }
  return length;
}

/** Parses and checks a header: known types, sizes that fit their shapes, all inside the file. */
export function parseHeader(file: string, header: Uint8Array, fileSize: number): StoredTensor[] {
  const broken = (why: string): UserError =>
    new UserError('safetensors-broken', `${file} is damaged (${why}): download or save it again.`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch {
    throw broken('its header is not JSON');
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(json);
  if (!parsed.success) throw broken('its header is not an object');
  const base = 8 + header.length;
  const tensors: StoredTensor[] = [];
  for (const [name, value] of Object.entries(parsed.data)) {
    if (name === '__metadata__') continue;
    const { data, success } = entry.safeParse(value);
    if (!success) throw broken(`its entry for ${name} cannot be read`);
    const [start, end] = data.data_offsets;
    if (end - start !== sizeOf(data.shape) * bytesPerElement[data.dtype])
      throw broken(`the size of ${name} does not fit its shape`);
    if (base + end > fileSize) {
      throw new UserError(
        'safetensors-truncated',
        `${file} ends before the weight ${name}: download or save it again.`,
      );
    }
    tensors.push({ name, dtype: data.dtype, shape: data.shape, start: base + start, end: base + end });
  }
  return tensors;
}

/** Float32 values of stored bytes. bf16 is the upper half of a float32; fp16 goes through a table of its 65,536 values. */
export function toFloat32(bytes: Uint8Array, dtype: StoredType, out: Float32Array): void {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (dtype) {
    case 'F32':
      new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
      return;
    case 'BF16': {
      const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
      const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
      for (let i = 0; i < halves.length; i++) words[i] = (halves[i] as number) << 16;
      return;
    }
    case 'F16': {
      const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
      for (let i = 0; i < halves.length; i++) out[i] = fromHalf(halves[i] as number);
      return;
    }
    case 'F64':
      out.set(new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)));
      return;
    case 'I64':
    case 'I32':
    case 'I16':
    case 'I8':
    case 'U8':
    case 'BOOL':
      throw new Error(`${dtype} is no floating-point type`);
  }
}

/** IEEE 754 binary16 → number. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export type FloatType = 'F32' | 'BF16' | 'F16';

/** Bytes of float32 values stored as `dtype`, rounded to nearest even. */
export function fromFloat32(values: Float32Array, dtype: FloatType): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const halves = new Uint16Array(values.length);
  if (dtype === 'BF16') {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      const isNaN = (word & 0x7fffffff) > 0x7f800000;
      halves[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    }
  } else {
    for (let i = 0; i < values.length; i++) halves[i] = toHalf(values[i] as number);
  }
  return new Uint8Array(halves.buffer);
}

/** number → IEEE 754 binary16, to nearest even. */
function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const unit = 2 ** (exponent - 10);
  const steps = roundEven(size / unit);
  // steps of a normal number carry the implicit bit: 1024 … 2048
  return sign | (size < 2 ** -14 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
