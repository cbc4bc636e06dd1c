// Weights of GPTQ (Frantar et al. 2022) and AWQ (Lin et al. 2023) as float32: whole numbers in 32-bit words, a scale and a zero
// point for each group of inputs and each output: w = scale · (q − zero).

/** Tensors of one GPTQ linear [out, in], as AutoGPTQ and GPTQModel store them. */
export interface GptqTensors {
  /** int32 [in · bits / 32, out]: down each column a stream of numbers, lowest bits first. */
  readonly qweight: Uint32Array;
  /** int32 [groups, out · bits / 32]: along each row such a stream. */
  readonly qzeros: Uint32Array;
  readonly scales: Float32Array; // [groups, out]
  /** The group of each input [in]: with desc_act they are in no order. */
  readonly groups: Int32Array;
}

type Shape = readonly [number, number];

/** `bits` bits at place `index` of a stream of 32-bit words, of which `word(i)` is the i-th. */
function fromStream(word: (i: number) => number, bits: number, index: number): number {
  const start = index * bits;
  const [first, shift] = [start >>> 5, start & 31];
  const low = word(first) >>> shift;
  const high = shift + bits > 32 ? word(first + 1) << (32 - shift) : 0;
  return (low | high) & ((1 << bits) - 1);
}

/** `zeroOffset`: what the format stores zero points less. */
export function dequantiseGptq(
  { qweight, qzeros, scales, groups }: GptqTensors,
  [out, width]: Shape,
  bits: number,
  zeroOffset: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(out * width);
  const most = (1 << bits) - 1;
  const zeroWords = (out * bits) / 32;
  const zeros = Int32Array.from(scales, (_, i) => {
    const row = Math.floor(i / out) * zeroWords;
    return (fromStream((word) => qzeros[row + word] as number, bits, i % out) + zeroOffset) & most;
  });
  for (let column = 0; column < out; column++) {
    const word = (i: number): number => qweight[i * out + column] as number;
    for (let input = 0; input < width; input++) {
      const at = (groups[input] as number) * out + column;
      values[column * width + input] = (scales[at] as number) * (fromStream(word, bits, input) - (zeros[at] as number));
    }
  }
  return values;
}

/** Tensors of one AWQ linear [out, in] in its gemm version: 4 bits. */
export interface AwqTensors {
  readonly qweight: Uint32Array; // int32 [in, out / 8]
  readonly qzeros: Uint32Array; // int32 [groups, out / 8]
  readonly scales: Float32Array; // [groups, out]
}

/** Where each of the eight outputs of a word has its four bits: 0, 2, 4, 6, 1, 3, 5, 7 lie side by side. */
const awqPlace = [0, 4, 1, 5, 2, 6, 3, 7] as const;

export function dequantiseAwq(
  { qweight, qzeros, scales }: AwqTensors,
  [out, width]: Shape,
  groupSize: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(out * width);
  const words = out / 8;
  for (let input = 0; input < width; input++) {
    const group = Math.floor(input / groupSize);
    for (let column = 0; column < out; column++) {
      const shift = (awqPlace[column & 7] as number) * 4;
      const q = ((qweight[input * words + (column >> 3)] as number) >>> shift) & 15;
      const zero = ((qzeros[group * words + (column >> 3)] as number) >>> shift) & 15;
      values[column * width + input] = (q - zero) * (scales[group * out + column] as number);
    }
  }
  return values;
}
