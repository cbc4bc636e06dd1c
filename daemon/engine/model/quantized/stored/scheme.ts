// How the weights of a model folder are quantised already: quantization_config in config.json, as transformers reads it.
import { z } from 'zod';
import { UserError } from '../../../../errors.ts';

export type StoredScheme =
  | { readonly method: 'gptq'; readonly bits: 2 | 3 | 4 | 8; readonly groupSize: number; readonly zeroOffset: number }
  | { readonly method: 'awq'; readonly groupSize: number }
  | { readonly method: 'bitsandbytes'; readonly bits: 4 | 8 };

const schema = z.looseObject({
  quant_method: z.string().nullish(),
  bits: z.number().nullish(),
  w_bit: z.number().nullish(),
  group_size: z.number().int().nullish(),
  q_group_size: z.number().int().nullish(),
  checkpoint_format: z.string().nullish(),
  version: z.string().nullish(),
  load_in_4bit: z.boolean().nullish(),
  load_in_8bit: z.boolean().nullish(),
});

const refused = (folder: string, what: string): UserError =>
  new UserError('stored-quantization', `The weights in ${folder} are quantised in a way Anneal cannot read (${what}): use the unquantised model, with quantization_bit if memory is short.`); // prettier-ignore

/** Undefined where the weights are plain. Throws UserError for what cannot be read. */
export function storedScheme(config: unknown, folder: string): StoredScheme | undefined {
  if (config === undefined || config === null) return undefined;
  const { data, success } = schema.safeParse(config);
  if (!success) throw refused(folder, 'its quantization_config cannot be understood');
  const method = data.quant_method ?? (data.load_in_4bit || data.load_in_8bit ? 'bitsandbytes' : 'unknown');
  const bits = data.bits ?? data.w_bit ?? 4;
  // -1: one group for the whole row
  const groupSize = data.group_size ?? data.q_group_size ?? 128;
  if (groupSize !== -1 && groupSize <= 0) throw refused(folder, `group_size ${groupSize}`);
  switch (method) {
    case 'gptq':
      if (bits !== 2 && bits !== 3 && bits !== 4 && bits !== 8) throw refused(folder, `GPTQ with ${bits} bits`);
      // the first format stores zero points less one; the second as they are
      return { method, bits, groupSize, zeroOffset: data.checkpoint_format === 'gptq_v2' ? 0 : 1 };
    case 'awq':
      if (bits !== 4 || (data.version ?? 'gemm').toLowerCase() !== 'gemm')
        throw refused(folder, `AWQ with ${bits} bits, ${data.version ?? 'gemm'}`);
      return { method, groupSize };
    case 'bitsandbytes':
      return { method, bits: data.load_in_8bit ? 8 : 4 };
    default:
      throw refused(folder, method);
  }
}
