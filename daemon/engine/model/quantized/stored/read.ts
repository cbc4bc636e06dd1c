// The linears of a folder that is quantised already: bitsandbytes' stay in few bits, those of GPTQ and AWQ become float32 while
// they are read, one at a time. Where a linear was left out by whoever quantised the model, its plain weight is read.
import { z } from 'zod';
import { UserError } from '../../../../errors.ts';
import { sizeOf, type Shape } from '../../../graph/tensor.ts';
import { isFloat, toFloat32, type StoredTensor } from '../../safetensors/format.ts';
import { WeightFolder, type WantedWeight } from '../../safetensors/read.ts';
import { NESTED_BLOCK } from '../absmax.ts';
import { unsigned } from '../int8.ts';
import { int8Matrix, type Blocks4Matrix, type QuantizedMatrix } from '../matrix.ts';
import { Sites } from '../outliers.ts';
import { dequantiseAwq, dequantiseGptq } from './groups.ts';
import type { StoredScheme } from './scheme.ts';

export interface StoredWeights {
  readonly quantized: Map<string, QuantizedMatrix>;
  /** Dequantised, or plain. */
  readonly floats: Map<string, Float32Array>;
}

/** Reads the wanted linears [out, in]. Throws UserError where a part is missing, or not of the form its scheme asks for. */
export async function readStoredLinears(
  folder: string,
  wanted: readonly WantedWeight[],
  scheme: StoredScheme,
  progress: (done: number, total: number) => void,
): Promise<StoredWeights> {
  const weights = await WeightFolder.open(folder);
  try {
    const reader = new StoredReader(weights);
    const read: StoredWeights = { quantized: new Map(), floats: new Map() };
    for (const [i, weight] of wanted.entries()) {
      const plain = weights.find(weight.name);
      if (plain && isFloat(plain.dtype)) read.floats.set(weight.name, await weights.read(weight));
      else if (scheme.method === 'bitsandbytes')
        read.quantized.set(weight.name, await reader.bitsandbytes(weight, scheme.bits)); // prettier-ignore
      else read.floats.set(weight.name, await reader.groups(weight, scheme));
      progress(i + 1, wanted.length);
    }
    return read;
  } finally {
    await weights.close();
  }
}

const quantState = z.object({
  quant_type: z.enum(['nf4', 'fp4']),
  blocksize: z.number().int().positive(),
  shape: z.array(z.number().int().positive()),
  nested_blocksize: z.number().optional(),
  nested_offset: z.number().optional(),
});

class StoredReader {
  readonly #weights: WeightFolder;
  readonly #sites = new Sites();

  constructor(weights: WeightFolder) {
    this.#weights = weights;
  }

  /** 4 bits: two codes a byte, absmax (coded again or not), and a JSON that says how; 8 bits: rows of codes and SCB. */
  async bitsandbytes({ name, shape }: WantedWeight, bits: 4 | 8): Promise<QuantizedMatrix> {
    const [out = 0, width = 0] = shape;
    if (bits === 8) {
      const codes = await this.#bytes(name, 'I8', [out, width]);
      const rows = (await this.#floats(name.replace(/weight$/, 'SCB'), [out])).map((most) => most / 127);
      // right on every processor
      const stored = { codes: unsigned(new Int8Array(codes.buffer)), scales: rows };
      return int8Matrix(name, [out, width], stored, this.#sites.of(name, width));
    }
    const states = (['nf4', 'fp4'] as const).map((table) => `${name}.quant_state.bitsandbytes__${table}`);
    const state = states.map((key) => this.#weights.find(key)).find((tensor) => tensor !== undefined);
    if (!state) throw this.#broken(name, 'its quant_state is missing');
    const text = new TextDecoder().decode(await this.#bytes(state.name, 'U8', state.shape));
    const parsed = quantState.safeParse(parse(text));
    if (!parsed.success || parsed.data.shape.join() !== [out, width].join())
      throw this.#broken(name, 'its quant_state does not fit');
    const {
      quant_type: table,
      blocksize: blockSize,
      nested_blocksize: nestedBlock,
      nested_offset: offset,
    } = parsed.data;
    const blocks = Math.ceil((out * width) / blockSize);
    const codes = new Uint8Array((blocks * blockSize) / 2);
    codes.set(await this.#bytes(name, 'U8', [Math.ceil((out * width) / 2), 1]));
    const matrix = { kind: 'blocks4', name, shape: [out, width], table, blockSize, codes } as const;
    if (offset === undefined) return { ...matrix, scales: await this.#floats(`${name}.absmax`, [blocks]) };
    if (nestedBlock !== NESTED_BLOCK) throw this.#broken(name, `its scales are coded in blocks of ${nestedBlock}`);
    const scales: Blocks4Matrix['scales'] = {
      codes: await this.#bytes(`${name}.absmax`, 'U8', [blocks]),
      absmax: await this.#floats(`${name}.nested_absmax`, [Math.ceil(blocks / NESTED_BLOCK)]),
      table: await this.#floats(`${name}.nested_quant_map`, [256]),
      offset,
    };
    return { ...matrix, scales };
  }

  /** GPTQ and AWQ: as float32. */
  async groups(
    { name, shape }: WantedWeight,
    scheme: Exclude<StoredScheme, { method: 'bitsandbytes' }>,
  ): Promise<Float32Array> {
    const [out = 0, width = 0] = shape;
    const module = name.replace(/\.weight$/, '');
    const groupSize = scheme.groupSize === -1 ? width : scheme.groupSize;
    const groups = Math.ceil(width / groupSize);
    const bits = scheme.method === 'awq' ? 4 : scheme.bits;
    if ((out * bits) % 32 !== 0 || (width * bits) % 32 !== 0)
      throw this.#broken(name, `[${out}, ${width}] does not fill whole words of ${bits} bits`);
    const scales = await this.#floats(`${module}.scales`, [groups, out]);
    const qzeros = await this.#words(`${module}.qzeros`, [groups, (out * bits) / 32]);
    if (scheme.method === 'awq') {
      const qweight = await this.#words(`${module}.qweight`, [width, out / 8]);
      return dequantiseAwq({ qweight, qzeros, scales }, [out, width], groupSize);
    }
    const qweight = await this.#words(`${module}.qweight`, [(width * bits) / 32, out]);
    const order = this.#weights.find(`${module}.g_idx`)
      ? new Int32Array((await this.#words(`${module}.g_idx`, [width])).buffer)
      : Int32Array.from({ length: width }, (_, i) => Math.floor(i / groupSize));
    if (order.some((group) => group < 0 || group >= groups)) throw this.#broken(name, 'g_idx names a group that is not there'); // prettier-ignore
    return dequantiseGptq({ qweight, qzeros, scales, groups: order }, [out, width], bits, scheme.zeroOffset);
  }

  async #floats(name: string, shape: Shape): Promise<Float32Array<ArrayBuffer>> {
    const { tensor, bytes } = await this.#stored(name, shape);
    if (!isFloat(tensor.dtype)) throw this.#broken(name, `it is stored as ${tensor.dtype}`);
    const values = new Float32Array(sizeOf(shape));
    toFloat32(bytes, tensor.dtype, values);
    return values;
  }

  async #words(name: string, shape: Shape): Promise<Uint32Array<ArrayBuffer>> {
    return new Uint32Array((await this.#bytes(name, 'I32', shape)).buffer);
  }

  async #bytes(name: string, dtype: StoredTensor['dtype'], shape: Shape): Promise<Uint8Array<ArrayBuffer>> {
    const { tensor, bytes } = await this.#stored(name, shape);
    if (tensor.dtype !== dtype) throw this.#broken(name, `it is stored as ${tensor.dtype}, not ${dtype}`);
    return bytes;
  }

  #stored(name: string, shape: Shape): ReturnType<WeightFolder['readStored']> {
    return this.#weights.readStored({ name, shape });
  }

  #broken(name: string, why: string): UserError {
    return new UserError('stored-quantization', `The quantised weight ${name} in ${this.#weights.folder} cannot be read (${why}): download the model again, or use the unquantised one.`); // prettier-ignore
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
