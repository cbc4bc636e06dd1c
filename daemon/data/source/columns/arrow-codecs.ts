// Compressed buffers of Arrow files: both ways that the format knows.
import { compressionRegistry, CompressionType } from 'apache-arrow';
import { compressors } from 'hyparquet-compressors';
import { unpackLz4 } from './lz4-frame.ts';

/** Numbers of eight bytes are read where they lie, which must be at a multiple of eight. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : bytes.slice());

/** Tells apache-arrow how to unpack buffers; it knows none by itself. */
export function registerCodecs(): void {
  const unpackZstd = compressors.ZSTD;
  if (!unpackZstd) throw new Error('there is no decoder of Zstandard');
  // a frame says how long it is unpacked
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => aligned(unpackZstd(bytes, 0)) });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unpackLz4 });
}
