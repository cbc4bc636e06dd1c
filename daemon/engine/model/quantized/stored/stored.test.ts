// Weights of quantised checkpoints against what their formats' own packing means: recorded by the packing loops of AutoGPTQ and
// AutoAWQ (groups.safetensors), and by bitsandbytes itself (the recorded quantised cases).
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { StoredType } from '../../safetensors/format.ts';
import { SafetensorsFile } from '../../safetensors/read.ts';
import { writeBytes, type StoredBytes } from '../../safetensors/write.ts';
import { dynamicMap, unnestScales } from '../absmax.ts';
import { dequantiseBlocks } from '../block4.ts';
import { dequantise } from '../matrix.ts';
import { readStoredLinears } from './read.ts';
import { storedScheme } from './scheme.ts';

const fixtures = fileURLToPath(new URL('./fixtures/groups.safetensors', import.meta.url));
const cases = fileURLToPath(new URL('../../../../../tests/goldens/cases/', import.meta.url));

async function tensorsOf(path: string): Promise<Map<string, StoredBytes>> {
  const file = await SafetensorsFile.open(path);
  const tensors = new Map<string, StoredBytes>();
  for (const { name, dtype, shape, start, end } of file.tensors.values()) {
    const bytes = new Uint8Array(end - start);
    await file.readBytes(name, bytes);
    tensors.set(name, { name, dtype, shape, bytes });
  }
  await file.close();
  return tensors;
}

/** A folder with one linear "m", of tensors named by their ends. */
async function folderOf(parts: readonly StoredBytes[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-stored-'));
  await writeBytes(join(folder, 'model.safetensors'), [...parts]);
  return folder;
}

const floats = ({ bytes }: StoredBytes): Float32Array<ArrayBuffer> => new Float32Array(bytes.slice().buffer);
const got = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a tensor is missing');
  return value;
};
const silent = (): void => undefined;

describe('groups of whole numbers', async () => {
  const all = await tensorsOf(fixtures);
  const read = async (
    key: string,
    config: Record<string, unknown>,
    without = '',
  ): Promise<Float32Array | undefined> => {
    const parts = ['qweight', 'qzeros', 'scales', 'g_idx'].flatMap((part) => {
      const tensor = all.get(`${key}.${part}`);
      return tensor && part !== without ? [{ ...tensor, name: `m.${part}` }] : [];
    });
    const folder = await folderOf(parts);
    const scheme = got(storedScheme(config, folder));
    return (await readStoredLinears(folder, [{ name: 'm.weight', shape: [32, 64] }], scheme, silent)).floats.get('m.weight'); // prettier-ignore
  };

  test.each([
    ['gptq2', { bits: 2 }],
    ['gptq3', { bits: 3, sym: true }],
    ['gptq4.act', { bits: 4, desc_act: true }],
    ['gptq4.v2', { bits: 4, checkpoint_format: 'gptq_v2' }],
    ['gptq8', { bits: 8 }],
  ])('%s', async (key, config) => {
    const values = await read(key, { quant_method: 'gptq', group_size: 32, ...config });
    expect(values).toEqual(floats(got(all.get(`${key}.expected`))));
  });

  test('GPTQ without g_idx has its groups in order', async () => {
    expect(await read('gptq8', { quant_method: 'gptq', bits: 8, group_size: 32 }, 'g_idx')).toEqual(floats(got(all.get('gptq8.expected')))); // prettier-ignore
  });

  test('AWQ', async () => {
    const values = await read('awq', { quant_method: 'awq', bits: 4, group_size: 32, version: 'gemm' });
    expect(values).toEqual(floats(got(all.get('awq.expected'))));
  });

  test('tensors that do not fit the config are refused by name', async () => {
    await expect(read('gptq8', { quant_method: 'gptq', bits: 4, group_size: 32 })).rejects.toThrow('m.qzeros');
    await expect(read('gptq4.v2', { quant_method: 'gptq', bits: 4, group_size: 32 }, 'scales')).rejects.toThrow('m.scales'); // prettier-ignore
  });
});

describe('what bitsandbytes saved', () => {
  const key = 'model.layers.0.self_attn.k_proj.weight';
  const shape = [32, 64] as const;
  const blocks = 32;
  const as = (name: string, tensor: StoredBytes | undefined, dtype: StoredType, stored: readonly number[]): StoredBytes => ({ ...got(tensor), name, dtype, shape: stored }); // prettier-ignore
  const state = (table: string, more: object): StoredBytes => {
    const json = { quant_type: table, blocksize: 64, dtype: 'float32', shape, ...more };
    const bytes = new TextEncoder().encode(JSON.stringify(json));
    return { name: `m.weight.quant_state.bitsandbytes__${table}`, dtype: 'U8', shape: [bytes.length], bytes };
  };
  const read = async (parts: readonly StoredBytes[], config: object, size: readonly number[] = shape): Promise<Float32Array> => {
    const folder = await folderOf(parts);
    const scheme = got(storedScheme({ quant_method: 'bitsandbytes', ...config }, folder));
    const { quantized } = await readStoredLinears(folder, [{ name: 'm.weight', shape: size }], scheme, silent);
    return dequantise(got(quantized.get('m.weight')));
  }; // prettier-ignore

  test.each([
    ['nf4', 'sft-lora-llama-nf4-single'],
    ['fp4', 'sft-lora-llama-fp4'],
  ])('%s', async (table, recordedCase) => {
    const all = await tensorsOf(join(cases, recordedCase, 'quant.safetensors'));
    const packed = as('m.weight', all.get(`${key}.packed`), 'U8', [1024, 1]);
    const absmax = as('m.weight.absmax', all.get(`${key}.absmax`), 'F32', [blocks]);
    const values = await read([packed, absmax, state(table, {})], { load_in_4bit: true });
    // but for the sign of zeros
    expect([...values].map((value) => value + 0)).toEqual([...floats(got(all.get(`${key}.dequantised`)))].map((value) => value + 0)); // prettier-ignore
    await expect(read([packed, absmax, state(table, { shape: [1, 2] })], { load_in_4bit: true })).rejects.toThrow('quant_state'); // prettier-ignore
  });

  test('scales that are coded themselves', async () => {
    const all = await tensorsOf(join(cases, 'sft-lora-llama-nf4', 'quant.safetensors'));
    const codes = got(all.get(`${key}.packed`));
    const nested = {
      codes: Uint8Array.from(got(all.get(`${key}.absmax_codes`)).bytes),
      absmax: floats(got(all.get(`${key}.absmax_absmax`))),
      table: dynamicMap(),
      offset: 0.0625,
    };
    const values = await read(
      [
        as('m.weight', codes, 'U8', [1024, 1]),
        as('m.weight.absmax', all.get(`${key}.absmax_codes`), 'U8', [blocks]),
        as('m.weight.nested_absmax', all.get(`${key}.absmax_absmax`), 'F32', [1]),
        as('m.weight.nested_quant_map', all.get('absmax_code_table'), 'F32', [256]),
        state('nf4', { nested_blocksize: 256, nested_offset: 0.0625, nested_dtype: 'float32' }),
      ],
      { load_in_4bit: true },
    );
    expect(values).toEqual(dequantiseBlocks({ codes: Uint8Array.from(codes.bytes), absmax: unnestScales(nested) }, 'nf4', 32 * 64)); // prettier-ignore
  });

  test('8 bits', async () => {
    const all = await tensorsOf(join(cases, 'quantise-blocks', 'tensors.safetensors'));
    const codes = as('m.weight', all.get('int8.codes'), 'I8', [128, 160]);
    const rows = as('m.SCB', all.get('int8.row_absmax'), 'F32', [128]);
    const values = await read([codes, rows], { load_in_8bit: true }, [128, 160]);
    const [whole, most] = [new Int8Array(codes.bytes.slice().buffer), floats(rows)];
    expect(values).toEqual(Float32Array.from(whole, (code, i) => code * Math.fround((most[Math.floor(i / 160)] ?? 0) / 127))); // prettier-ignore
  });
});

test('what cannot be read is refused in one sentence', () => {
  expect(storedScheme(undefined, 'f')).toBeUndefined();
  for (const config of [
    { quant_method: 'aqlm' },
    { quant_method: 'gptq', bits: 5 },
    { quant_method: 'awq', version: 'gemv' },
  ])
    expect(() => storedScheme(config, 'f')).toThrow('use the unquantised model');
});
