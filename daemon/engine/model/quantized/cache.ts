// Quantised weights on disk: a safetensors file for each model and settings, named by what it was made from.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { besideFile, cacheFolder } from '../../../data/source/cache-folder.ts';
import type { StoredType } from '../safetensors/format.ts';
import { SafetensorsFile, type WantedWeight, type WeightFolder } from '../safetensors/read.ts';
import { writeBytes, type StoredBytes } from '../safetensors/write.ts';
import { dynamicMap, NESTED_BLOCK } from './absmax.ts';
import { BLOCK_SIZE } from './block4.ts';
import { int8Matrix, isNested, type QuantizedMatrix } from './matrix.ts';
import { Sites } from './outliers.ts';
import type { QuantizationSettings } from './settings.ts';

/** Goes up whenever other codes are made of the same weights. */
const VERSION = 1;

/** Bytes that the folder may hold; what was written first goes first. */
const LIMIT = 16e9;

export class QuantizedCache {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** The place of a model's weights under these settings: by names, sizes and times of its files. */
  static async of(folder: WeightFolder, settings: QuantizationSettings): Promise<QuantizedCache> {
    const files = await Promise.all(
      folder.paths.map(async (path) => {
        const { size, mtimeMs } = await stat(path);
        return { name: basename(path), size, mtimeMs };
      }),
    );
    const key = createHash('sha256')
      .update(JSON.stringify([VERSION, folder.folder, files, settings]))
      .digest('hex');
    return new QuantizedCache(join(cacheFolder(), 'quantized', `${key.slice(0, 40)}.safetensors`));
  }

  /** The matrices, if all of them are there as they are wanted. */
  async read(wanted: readonly WantedWeight[], settings: QuantizationSettings): Promise<QuantizedMatrix[] | undefined> {
    if (!existsSync(this.#file)) return undefined;
    let file: SafetensorsFile | undefined;
    try {
      file = await SafetensorsFile.open(this.#file);
      const matrices: QuantizedMatrix[] = [];
      const sites = new Sites();
      for (const weight of wanted) matrices.push(await readMatrix(file, weight, settings, sites));
      return matrices;
    } catch {
      // damaged, or of another shape: made anew
      return undefined;
    } finally {
      await file?.close();
    }
  }

  /** Keeps matrices for the next time. False where that was not possible: a full or read-only disk does not stop a run. */
  async write(matrices: readonly QuantizedMatrix[]): Promise<boolean> {
    const temporary = besideFile(this.#file);
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeBytes(temporary, matrices.flatMap(partsOf));
      await rename(temporary, this.#file);
      await prune(dirname(this.#file), this.#file);
      return true;
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      return false;
    }
  }
}

/** Removes what was written longest ago until the rest fits. */
async function prune(folder: string, keep: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
  const files = await Promise.all(names.map(async (name) => ({ path: join(folder, name), ...(await sizeAndTime(join(folder, name))) }))); // prettier-ignore
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.sort((a, b) => a.time - b.time)) {
    if (total <= LIMIT) return;
    if (path === keep) continue;
    await rm(path, { force: true });
    total -= size;
  }
}

async function sizeAndTime(path: string): Promise<{ size: number; time: number }> {
  const { size, mtimeMs } = await stat(path);
  return { size, time: mtimeMs };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function partsOf(matrix: QuantizedMatrix): StoredBytes[] {
  const part = (suffix: string, dtype: StoredType, data: Int8Array | Uint8Array | Float32Array): StoredBytes => {
    return { name: `${matrix.name}.${suffix}`, dtype, shape: [data.length], bytes: bytesOf(data) };
  };
  if (matrix.kind === 'int8') return [part('codes', 'I8', matrix.codes), part('scales', 'F32', matrix.scales)];
  const { codes, scales } = matrix;
  if (!isNested(scales)) return [part('codes', 'U8', codes), part('absmax', 'F32', scales)];
  return [
    part('codes', 'U8', codes),
    part('absmax', 'U8', scales.codes),
    part('absmax.absmax', 'F32', scales.absmax),
    part('offset', 'F32', Float32Array.of(scales.offset)),
  ];
}

async function readMatrix(
  file: SafetensorsFile,
  { name, shape }: WantedWeight,
  settings: QuantizationSettings,
  sites: Sites,
): Promise<QuantizedMatrix> {
  const [out = 0, width = 0] = shape;
  const read = async (suffix: string, length: number, size: number): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(length * size);
    const stored = file.tensors.get(`${name}.${suffix}`);
    if (!stored || stored.end - stored.start !== bytes.length) throw new Error(`${name}.${suffix} does not fit`);
    await file.readBytes(stored.name, bytes);
    return bytes.buffer;
  };
  if (settings.bits === 8) {
    const codes = new Int8Array(await read('codes', out * width, 1));
    const scales = new Float32Array(await read('scales', out, 4));
    return int8Matrix(name, [out, width], { codes, scales }, sites.of(name, width));
  }
  const blocks = Math.ceil((out * width) / BLOCK_SIZE);
  const codes = new Uint8Array(await read('codes', (blocks * BLOCK_SIZE) / 2, 1));
  const common = { kind: 'blocks4', name, shape: [out, width], table: settings.table, blockSize: BLOCK_SIZE, codes } as const; // prettier-ignore
  if (!settings.double) return { ...common, scales: new Float32Array(await read('absmax', blocks, 4)) };
  const [offset = 0] = new Float32Array(await read('offset', 1, 4));
  const scales = {
    codes: new Uint8Array(await read('absmax', blocks, 1)),
    absmax: new Float32Array(await read('absmax.absmax', Math.ceil(blocks / NESTED_BLOCK), 4)),
    table: dynamicMap(),
    offset,
  };
  return { ...common, scales };
}
