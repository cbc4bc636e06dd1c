// 4-bit codes with one scale a block (QLoRA, Dettmers et al. 2023, section 3), bit for bit as bitsandbytes 0.50 makes them:
// blocks run over the flattened matrix, each divided by its largest magnitude, each value coded by the table entry that
// lies nearest. The first value of a byte stands in its high half.
import { tables4, type Table4 } from '../../graph/ops/codes4.ts';

/** Values that share a scale: what transformers asks bitsandbytes for. */
export const BLOCK_SIZE = 64;

export interface Block4 {
  /** Two codes a byte, padded with zeros to whole blocks: [⌈n / blockSize⌉ · blockSize / 2]. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** Largest magnitude of each block. */
  readonly absmax: Float32Array<ArrayBuffer>;
}

const { fround } = Math;

/** Codes in the order of their values, and the largest value that still belongs to each. */
interface Buckets {
  readonly order: Uint8Array;
  readonly bounds: Float32Array;
  /** Bucket of the lower end of each of 4096 equal pieces of [−1, 1]. */
  readonly starts: Uint8Array;
}

const PIECES = 4096;

function bucketsOf(table: Float32Array): Buckets {
  const value = (code: number): number => table[code] as number;
  // the two zeros of FP4 keep their order: positive values take the second
  const order = Uint8Array.from(table.keys()).sort((a, b) => value(a) - value(b) || a - b);
  const bounds = new Float32Array(16).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < 15; i++) bounds[i] = fround(fround(value(order[i] ?? 0) + value(order[i + 1] ?? 0)) / 2);
  const starts = new Uint8Array(PIECES + 1);
  for (let piece = 0; piece <= PIECES; piece++) {
    starts[piece] = bounds.findIndex((bound) => (piece / PIECES) * 2 - 1 <= bound);
  }
  return { order, bounds, starts };
}

const buckets: Readonly<Record<Table4, Buckets>> = { nf4: bucketsOf(tables4.nf4), fp4: bucketsOf(tables4.fp4) };

/** Codes a matrix, given flat. */
export function quantiseBlocks(values: Float32Array, table: Table4, blockSize = BLOCK_SIZE): Block4 {
  const blocks = Math.ceil(values.length / blockSize);
  const codes = new Uint8Array((blocks * blockSize) / 2);
  const absmax = new Float32Array(blocks);
  const { order, bounds, starts } = buckets[table];
  const zero = order[bounds.findIndex((bound) => bound >= 0)] as number;
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    const end = Math.min(start + blockSize, values.length);
    let most = 0;
    for (let i = start; i < end; i++) most = Math.max(most, Math.abs(values[i] as number));
    absmax[block] = most;
    const divisor = Math.max(most, 1e-38);
    // a whole block is multiplied by the reciprocal, a short last one divided
    const inverse = end - start === blockSize ? fround(1 / fround(divisor)) : undefined;
    for (let i = start; i < start + blockSize; i++) {
      let code = zero;
      if (i < end) {
        const value = values[i] as number;
        const scaled = Math.max(-1, Math.min(1, fround(inverse === undefined ? value / divisor : value * inverse)));
        let bucket = starts[Math.floor((scaled + 1) * (PIECES / 2))] as number;
        while (scaled > (bounds[bucket] as number)) bucket += 1;
        code = order[bucket] as number;
      }
      codes[i >> 1] = (codes[i >> 1] as number) | (i & 1 ? code : code << 4);
    }
  }
  return { codes, absmax };
}

/** The first `length` values of coded blocks. */
export function dequantiseBlocks(
  { codes, absmax }: Block4,
  table: Table4,
  length: number,
  blockSize = BLOCK_SIZE,
): Float32Array {
  const values = tables4[table];
  return Float32Array.from({ length }, (_, i) => {
    const byte = codes[i >> 1] as number;
    return (values[i & 1 ? byte & 15 : byte >> 4] as number) * (absmax[Math.floor(i / blockSize)] as number);
  });
}

/** Values of the four codes of every pair of bytes, read as one little-endian number: [65536, 4]. */
export function quadTable(table: Table4): Float32Array {
  const values = tables4[table];
  const quads = new Float32Array(65536 * 4);
  for (let word = 0; word < 65536; word++) {
    [(word >> 4) & 15, word & 15, word >> 12, (word >> 8) & 15].forEach((code, i) => {
      quads[word * 4 + i] = values[code] as number;
    });
  }
  return quads;
}
