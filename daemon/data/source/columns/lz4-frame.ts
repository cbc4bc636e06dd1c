// LZ4 frames (lz4_Frame_format.md and lz4_Block_format.md of the LZ4 project): a header, blocks that may refer to what those before
// them made, an end mark. Checksums are passed over.

const MAGIC = 0x184d2204;
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const IS_STORED = 0x80000000;

/** Bytes that one packed byte can stand for. */
const MOST = 255;

const damaged = (): Error => new Error('an LZ4 frame is damaged');

/** Unpacks a frame. Throws an Error for bytes that are none. */
export function unpackLz4(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw damaged();
  const flags = view.getUint8(4);
  const size = (flags & HAS_CONTENT_SIZE) !== 0 && frame.length >= 15 ? Number(view.getBigUint64(6, true)) : undefined;
  const headerEnd = 7 + (size === undefined ? 0 : 8) + ((flags & HAS_DICTIONARY) === 0 ? 0 : 4);
  const limit = Math.min(size ?? Infinity, frame.length * MOST);
  const out = new Unpacked(size === undefined ? frame.length * 4 : limit, limit);
  for (let at = headerEnd; ;) {
    if (at + 4 > frame.length) throw damaged();
    const head = view.getUint32(at, true);
    if (head === 0) break;
    const length = head & ~IS_STORED;
    const start = at + 4;
    at = start + length + ((flags & HAS_BLOCK_CHECKSUM) === 0 ? 0 : 4);
    if (length < 0 || at > frame.length) throw damaged();
    const block = frame.subarray(start, start + length);
    if ((head & IS_STORED) === 0) unpackBlock(block, out);
    else out.append(block, 0, length);
  }
  if (size !== undefined && out.length !== size) throw damaged();
  return out.bytes;
}

/** What is unpacked so far. */
class Unpacked {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #limit: number;
  length = 0;

  constructor(capacity: number, limit: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#limit = limit;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  append(from: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#bytes.set(from.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Repeats what stands `back` bytes before the end; it may overlap with what is written. */
  repeat(back: number, length: number): void {
    if (back === 0 || back > this.length) throw damaged();
    this.#makeRoom(length);
    const bytes = this.#bytes;
    for (let i = this.length; i < this.length + length; i++) bytes[i] = bytes[i - back] ?? 0;
    this.length += length;
  }

  #makeRoom(length: number): void {
    const needed = this.length + length;
    if (needed > this.#limit) throw damaged();
    if (needed <= this.#bytes.length) return;
    const more = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)));
    more.set(this.#bytes.subarray(0, this.length));
    this.#bytes = more;
  }
}

function unpackBlock(block: Uint8Array, out: Unpacked): void {
  let at = 0;
  /** A length of 15 goes on in bytes up to one that is not 255. */
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const more = block[at++];
      if (more === undefined) throw damaged();
      length += more;
      if (more < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length) throw damaged();
    out.append(block, at, at + literals);
    at += literals;
    // the last sequence has no match
    if (at === block.length) return;
    if (at + 2 > block.length) throw damaged();
    const back = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    out.repeat(back, lengthFrom(token & 15) + 4);
  }
}
