// Writing safetensors, tensor after tensor: the model is never in memory twice.
import { open } from 'node:fs/promises';
import { sizeOf, type Shape } from '../../graph/tensor.ts';
import { bytesPerElement, fromFloat32, type FloatType, type StoredType } from './format.ts';

export interface WrittenTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A tensor of any type as the bytes of its elements. */
export interface StoredBytes {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** Elements converted at a time. */
const PIECE = 4 << 20;

/** Writes one file of floats, flushed to the disk. Names are sorted as the safetensors library does for equal types. */
export async function writeSafetensors(
  path: string,
  tensors: readonly WrittenTensor[],
  dtype: FloatType = 'F32',
): Promise<void> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const entries = sorted.map(({ name, shape }) => ({ name, shape, dtype }));
  await writeTensors(path, entries, async (write) => {
    for (const { data } of sorted) {
      for (let start = 0; start < data.length; start += PIECE) {
        await write(fromFloat32(data.subarray(start, start + PIECE), dtype));
      }
    }
  });
}

/** Writes one file of tensors as they are, widest types first so that each begins at a multiple of its size. */
export async function writeBytes(path: string, tensors: readonly StoredBytes[]): Promise<void> {
  const sorted = [...tensors].sort((a, b) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype]);
  await writeTensors(path, sorted, async (write) => {
    for (const { bytes } of sorted) await write(bytes);
  });
}

async function writeTensors(
  path: string,
  tensors: readonly Omit<StoredBytes, 'bytes'>[],
  writeAll: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = offset + sizeOf(shape) * bytesPerElement[dtype];
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);

  const handle = await open(path, 'w');
  try {
    await handle.writeFile(length);
    await handle.writeFile(padded);
    await writeAll((bytes) => handle.writeFile(bytes));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Groups tensors into shards of at most `limit` bytes in order, as huggingface_hub splits them. */
export function shard(tensors: readonly WrittenTensor[], dtype: FloatType, limit = 5_000_000_000): WrittenTensor[][] {
  const shards: WrittenTensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const size = sizeOf(tensor.shape) * bytesPerElement[dtype];
    if (shards.length === 0 || size > room) {
      shards.push([]);
      room = limit;
    }
    shards.at(-1)?.push(tensor);
    room -= size;
  }
  return shards;
}
