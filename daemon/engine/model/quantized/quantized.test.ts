// Codes and scales against what bitsandbytes 0.50 made of the same weights, and the file that keeps them.
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { SafetensorsFile } from '../safetensors/read.ts';
import { writeSafetensors } from '../safetensors/write.ts';
import { dynamicMap, nestScales, unnestScales } from './absmax.ts';
import { dequantiseBlocks, quadTable, quantiseBlocks } from './block4.ts';
import { dequantiseRows, quantiseRows } from './int8.ts';
import { dequantise, type QuantizedMatrix } from './matrix.ts';
import { loadMatrices } from './quantise.ts';
import type { QuantizationSettings } from './settings.ts';

const cases = fileURLToPath(new URL('../../../../tests/goldens/cases/', import.meta.url));

/** Tensors of a recorded file by name, as they are stored. */
async function recorded(path: string): Promise<(name: string) => Float32Array | Int8Array | Uint8Array> {
  const bytes = readFileSync(join(cases, path));
  const file = await SafetensorsFile.open(join(cases, path));
  await file.close();
  return (name) => {
    const tensor = file.tensors.get(name);
    if (!tensor) throw new Error(`${path} has no ${name}`);
    const part = bytes.buffer.slice(bytes.byteOffset + tensor.start, bytes.byteOffset + tensor.end);
    if (tensor.dtype === 'F32') return new Float32Array(part);
    return tensor.dtype === 'I8' ? new Int8Array(part) : new Uint8Array(part);
  };
}

const furthest = (mine: ArrayLike<number>, theirs: ArrayLike<number>): number => {
  expect(mine.length).toBe(theirs.length);
  return Array.from(theirs).reduce((most, value, i) => Math.max(most, Math.abs(value - (mine[i] ?? Number.NaN))), 0);
};

describe('codes of a recorded weight', async () => {
  const tensor = await recorded('quantise-blocks/tensors.safetensors');
  const weight = tensor('weight') as Float32Array;

  test.each(['nf4', 'fp4'] as const)('%s', (table) => {
    const { codes, absmax } = quantiseBlocks(weight, table);
    expect(codes).toEqual(tensor(`${table}.packed`));
    expect(absmax).toEqual(tensor(`${table}.absmax`));
    const nested = nestScales(absmax);
    expect(furthest(nested.codes, tensor(`${table}.double.absmax_codes`))).toBeLessThanOrEqual(1);
    expect(nested.absmax).toEqual(tensor(`${table}.double.absmax_absmax`));
    expect(nested.offset).toBe(0.2606740891933441);
    expect(furthest(unnestScales(nested), absmax)).toBeLessThan(0.02);
  });

  test('the map that scales are coded by', () => {
    expect(dynamicMap()).toEqual(tensor('absmax_code_table'));
  });

  test('int8', () => {
    const { codes, scales } = quantiseRows(weight, 160);
    expect(codes).toEqual(tensor('int8.codes'));
    expect(scales).toEqual(tensor('int8.row_absmax').map((value) => value / 127));
    const worst = furthest(dequantiseRows({ codes, scales }, 160), weight);
    expect(worst).toBeLessThan(Math.max(...scales));
  });
});

test.each([
  ['sft-lora-llama-nf4', { bits: 4, table: 'nf4', double: true }],
  ['sft-lora-llama-nf4-single', { bits: 4, table: 'nf4', double: false }],
  ['sft-lora-llama-fp4', { bits: 4, table: 'fp4', double: false }],
] as const)('weights of the model as %s holds them', async (name, settings) => {
  process.env['ANNEAL_HOME'] = mkdtempSync(join(tmpdir(), 'anneal-quantized-'));
  const tensor = await recorded(`${name}/quant.safetensors`);
  const matrices = await loadMatrices(
    join(cases, '../models/llama'),
    [
      { name: 'model.layers.0.self_attn.k_proj.weight', shape: [32, 64] },
      { name: 'model.layers.1.mlp.down_proj.weight', shape: [64, 128] },
    ],
    settings,
    () => undefined,
  );
  for (const matrix of matrices) {
    expect(matrix.codes).toEqual(tensor(`${matrix.name}.packed`));
    expect(furthest(dequantise(matrix), tensor(`${matrix.name}.dequantised`))).toBeLessThan(1e-7);
  }
});

describe('blocks', () => {
  test('every pair of bytes stands for its four values, the high half first', () => {
    const words = quadTable('nf4');
    const bytes = Uint8Array.of(0x0f, 0x7c);
    const values = dequantiseBlocks({ codes: bytes, absmax: Float32Array.of(1) }, 'nf4', 4);
    expect(words.subarray(0x7c0f * 4, 0x7c0f * 4 + 4)).toEqual(values);
  });

  test('a short last block and a block of zeros', () => {
    const values = new Float32Array(150).map((_, i) => (i < 64 ? 0 : Math.sin(i)));
    const { codes, absmax } = quantiseBlocks(values, 'nf4');
    expect(absmax[0]).toBe(0);
    expect(absmax).toHaveLength(3);
    expect(codes).toHaveLength(96);
    const again = dequantiseBlocks({ codes, absmax }, 'nf4', 150);
    expect(furthest(again, values)).toBeLessThan(0.16);
    expect(again.subarray(0, 64).every((value) => value === 0)).toBe(true);
  });
});

describe('the file that keeps quantised weights', () => {
  const wanted = [{ name: 'w', shape: [8, 64] }];
  const settings: QuantizationSettings = { bits: 4, table: 'nf4', double: true };
  let home = '';
  let model = '';
  const save = (factor: number): Promise<void> =>
    writeSafetensors(join(model, 'model.safetensors'), [{ name: 'w', shape: [8, 64], data: new Float32Array(512).map((_, i) => Math.sin(i * factor)) }]); // prettier-ignore
  /** The matrices, and how many had to be made. */
  const load = async (asked = settings): Promise<{ matrices: QuantizedMatrix[]; made: number }> => {
    let made = 0;
    const matrices = await loadMatrices(model, wanted, asked, () => (made += 1));
    return { matrices, made };
  };
  const files = (): string[] => readdirSync(join(home, 'cache', 'quantized'));

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'anneal-quantized-'));
    model = mkdtempSync(join(tmpdir(), 'anneal-model-'));
    process.env['ANNEAL_HOME'] = home;
    await save(1);
  });

  test('is read the second time, and holds the same', async () => {
    const first = await load();
    const second = await load();
    expect([first.made, second.made]).toEqual([1, 0]);
    expect(second.matrices).toEqual(first.matrices);
  });

  test('is of one model and one way to code it', async () => {
    const first = await load();
    await load({ ...settings, double: false });
    expect(files()).toHaveLength(2);
    await save(2);
    const changed = await load();
    expect(changed.made).toBe(1);
    expect(changed.matrices).not.toEqual(first.matrices);
  });

  test('is made anew where it is cut off', async () => {
    const first = await load();
    truncateSync(join(home, 'cache', 'quantized', files()[0] ?? ''), 100);
    const second = await load();
    expect(second.made).toBe(1);
    expect(second.matrices).toEqual(first.matrices);
    expect((await load()).made).toBe(0);
  });

  test('is done without where it cannot be written', async () => {
    writeFileSync(join(home, 'cache'), 'a file where the folder should be');
    expect((await load()).made).toBe(1);
  });
});
