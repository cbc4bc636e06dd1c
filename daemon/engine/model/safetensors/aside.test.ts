// Weights that a thread reads are those that are read in place.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAside } from './aside.ts';
import { readWeights } from './read.ts';
import { writeSafetensors } from './write.ts';

const wanted = [
  { name: 'model.norm.weight', shape: [3] },
  { name: 'model.embed_tokens.weight', shape: [5, 2] },
];

async function folderOf(dtype: 'F32' | 'BF16'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-aside-'));
  const tensors = wanted.map(({ name, shape }, i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return { name, shape, data: Float32Array.from({ length: size }, (_, k) => k * 0.37 - i) };
  });
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, dtype);
  return folder;
}

test.each(['F32', 'BF16'] as const)('%s', async (dtype) => {
  const folder = await folderOf(dtype);
  const inPlace = await readWeights(folder, wanted);
  for (const large of [0, Infinity]) {
    const { weights, ready } = await readAside(folder, wanted, large);
    if (large === 0) expect(() => weights.get('model.norm.weight')?.data).toThrow('is still being read');
    await ready;
    expect([...weights.keys()]).toEqual(wanted.map(({ name }) => name));
    for (const { name, shape } of wanted)
      expect(weights.get(name)).toMatchObject({ name, shape, dtype: 'float32', data: inPlace.get(name) });
  }
});

test('a weight of another shape is told before anything is read', async () => {
  const folder = await folderOf('F32');
  const other = [{ name: 'model.norm.weight', shape: [4] }];
  await expect(readAside(folder, other, 0)).rejects.toMatchObject({ code: 'weight-shape' });
});
