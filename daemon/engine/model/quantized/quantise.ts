// Weights to codes while they are read: one matrix is in memory as float32 at a time. What is made is kept on disk, so that
// the next run of the same model and settings only reads.
import { WeightFolder, type WantedWeight } from '../safetensors/read.ts';
import { nestScales } from './absmax.ts';
import { BLOCK_SIZE, quantiseBlocks } from './block4.ts';
import { QuantizedCache } from './cache.ts';
import { quantiseRows } from './int8.ts';
import { int8Matrix, type QuantizedMatrix } from './matrix.ts';
import { Sites } from './outliers.ts';
import type { QuantizationSettings } from './settings.ts';

/** Tells how many of how many matrices are done. */
export type Progress = (done: number, total: number) => void;

/** The named matrices of a model folder, coded. Throws UserError where one is missing or of another shape. */
export async function loadMatrices(
  folder: string,
  wanted: readonly WantedWeight[],
  settings: QuantizationSettings,
  progress: Progress,
): Promise<QuantizedMatrix[]> {
  const stored = await WeightFolder.open(folder);
  try {
    const cache = await QuantizedCache.of(stored, settings);
    const known = await cache.read(wanted, settings);
    if (known) return known;
    const made: QuantizedMatrix[] = [];
    const sites = new Sites();
    for (const weight of wanted) {
      made.push(quantise(weight, await stored.read(weight), settings, sites));
      progress(made.length, wanted.length);
    }
    await cache.write(made);
    return made;
  } finally {
    await stored.close();
  }
}

function quantise(
  { name, shape }: WantedWeight,
  values: Float32Array,
  settings: QuantizationSettings,
  sites: Sites,
): QuantizedMatrix {
  const [out = 0, width = 0] = shape;
  if (settings.bits === 8) return int8Matrix(name, [out, width], quantiseRows(values, width), sites.of(name, width));
  const { codes, absmax } = quantiseBlocks(values, settings.table);
  const scales = settings.double ? nestScales(absmax) : absmax;
  return { kind: 'blocks4', name, shape: [out, width], table: settings.table, blockSize: BLOCK_SIZE, codes, scales };
}
