// Bytes that tell when they are damaged: an Arrow stream, which ends where it says, and behind it a mark and a checksum.
import { crc32 } from 'node:zlib';

const MARK = Buffer.from('anneal01', 'latin1');
/** The mark, the length of the stream in 8 bytes, and the CRC-32 of the stream, the mark and the length in 4. */
const TRAILER = MARK.length + 12;

/** What stands behind a stream. */
export function sealOf(stream: Uint8Array): Buffer {
  const trailer = Buffer.alloc(TRAILER);
  MARK.copy(trailer);
  trailer.writeBigUInt64LE(BigInt(stream.length), MARK.length);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, TRAILER - 4), crc32(stream)), TRAILER - 4);
  return trailer;
}

/** The stream; undefined where a byte is missing, changed or too many. */
export function unseal(bytes: Buffer): Buffer | undefined {
  const length = bytes.length - TRAILER;
  if (length < 0) return undefined;
  const trailer = bytes.subarray(length);
  if (!trailer.subarray(0, MARK.length).equals(MARK) || trailer.readBigUInt64LE(MARK.length) !== BigInt(length))
    return undefined;
  if (crc32(bytes.subarray(0, -4)) !== trailer.readUInt32LE(TRAILER - 4)) return undefined;
  return bytes.subarray(0, length);
}
