// Reading weights from a model folder: one model.safetensors, or shards listed by model.safetensors.index.json.
import { existsSync } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../errors.ts';
import { sameShape, sizeOf, type Shape } from '../../graph/tensor.ts';
import { headerLength, isFloat, parseHeader, toFloat32, type StoredTensor } from './format.ts';

/** Bytes read at a time: big enough for the disk, small enough beside the weights. */
const PIECE = 16 << 20;

export interface WantedWeight {
  readonly name: string;
  readonly shape: Shape;
}

/** One safetensors file, open for reading. */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, tensors: readonly StoredTensor[]) {
    this.path = path;
    this.#handle = handle;
    this.tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** Opens a file and checks its header. Throws UserError where it is missing, cut off or damaged. */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await open(path, 'r').catch((cause: unknown) => {
      throw new UserError('weights-missing', `The weights file ${path} cannot be read: check the model folder.`, {
        cause,
      });
    });
    try {
      const { size } = await handle.stat();
      const first = new Uint8Array(8);
      const { bytesRead } = await handle.read(first, 0, 8, 0);
      const length = headerLength(path, first.subarray(0, bytesRead), size);
      const header = new Uint8Array(length);
      await handle.read(header, 0, length, 8);
      return new SafetensorsFile(path, handle, parseHeader(path, header, size));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Reads a tensor as float32 into `out`, which has its number of elements. */
  async read(name: string, out: Float32Array): Promise<void> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`${this.path} has no ${name}`);
    const width = (tensor.end - tensor.start) / Math.max(1, out.length);
    if (tensor.dtype === 'F32') {
      await this.#readBytes(tensor.start, new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
      return;
    }
    const buffer = new Uint8Array(Math.min(PIECE, tensor.end - tensor.start));
    for (let start = tensor.start; start < tensor.end; start += buffer.length) {
      const piece = buffer.subarray(0, Math.min(buffer.length, tensor.end - start));
      await this.#readBytes(start, piece);
      const from = (start - tensor.start) / width;
      toFloat32(piece, tensor.dtype, out.subarray(from, from + piece.length / width));
    }
  }

  /** Reads a tensor as it is stored into `out`, which has its number of bytes. */
  async readBytes(name: string, out: Uint8Array): Promise<void> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`${this.path} has no ${name}`);
    await this.#readBytes(tensor.start, out);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readBytes(position: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length;) {
      const { bytesRead } = await this.#handle.read(into, done, Math.min(into.length - done, 1 << 30), position + done);
      if (bytesRead === 0)
        throw new UserError('safetensors-truncated', `${this.path} is cut off: download or save it again.`);
      done += bytesRead;
    }
  }
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The safetensors files of a model folder. Throws UserError where there are none or a shard is missing. */
async function openFolder(folder: string): Promise<SafetensorsFile[]> {
  const single = join(folder, 'model.safetensors');
  if (existsSync(single)) return [await SafetensorsFile.open(single)];
  const indexPath = join(folder, 'model.safetensors.index.json');
  if (!existsSync(indexPath)) {
    throw new UserError(
      'weights-missing',
      `${folder} has no model.safetensors: point model_name_or_path to a Hugging Face folder with safetensors weights.`,
    );
  }
  const index = indexSchema.safeParse(JSON.parse(await readFile(indexPath, 'utf8')));
  if (!index.success) throw new UserError('weights-index', `${indexPath} has no weight_map: download the model again.`);
  const shards = [...new Set(Object.values(index.data.weight_map))];
  for (const shard of shards) {
    if (shard.includes('/') || shard.includes('\\')) {
      throw new UserError('weights-index', `${indexPath} names a file outside the model folder: ${shard}.`);
    }
  }
  return Promise.all(shards.map((shard) => SafetensorsFile.open(join(folder, shard))));
}

/** The weights of a model folder, open to be read one after another. */
export class WeightFolder {
  readonly folder: string;
  readonly #files: readonly SafetensorsFile[];

  private constructor(folder: string, files: readonly SafetensorsFile[]) {
    this.folder = folder;
    this.#files = files;
  }

  static async open(folder: string): Promise<WeightFolder> {
    return new WeightFolder(folder, await openFolder(folder));
  }

  get paths(): readonly string[] {
    return this.#files.map(({ path }) => path);
  }

  find(name: string): StoredTensor | undefined {
    return this.#files.find(({ tensors }) => tensors.has(name))?.tensors.get(name);
  }

  /** The file that has a weight. Throws UserError where it is missing, of another shape, or not of floating point. */
  checked({ name, shape }: WantedWeight): string {
    const stored = this.#fitting({ name, shape });
    if (!isFloat(stored.dtype)) {
      throw new UserError(
        'weight-type',
        `The weight ${name} in ${this.folder} is stored as ${stored.dtype}: it is quantised, but config.json does not say how.`,
      );
    }
    return this.#fileOf(name)?.path ?? '';
  }

  /** A weight as float32. Throws as `checked` does. */
  async read(wanted: WantedWeight): Promise<Float32Array> {
    this.checked(wanted);
    const data = new Float32Array(sizeOf(wanted.shape));
    await this.#fileOf(wanted.name)?.read(wanted.name, data);
    return data;
  }

  /** A tensor's bytes as they are stored. Throws UserError where it is missing or of another shape. */
  async readStored(wanted: WantedWeight): Promise<{ tensor: StoredTensor; bytes: Uint8Array<ArrayBuffer> }> {
    const tensor = this.#fitting(wanted);
    const bytes = new Uint8Array(tensor.end - tensor.start);
    await this.#fileOf(wanted.name)?.readBytes(wanted.name, bytes);
    return { tensor, bytes };
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }

  #fileOf(name: string): SafetensorsFile | undefined {
    return this.#files.find(({ tensors }) => tensors.has(name));
  }

  #fitting({ name, shape }: WantedWeight): StoredTensor {
    const stored = this.find(name);
    if (!stored) {
      throw new UserError(
        'weight-missing',
        `The weight ${name} is missing in ${this.folder}: the folder is incomplete or config.json is of another model.`,
      );
    }
    if (!sameShape(stored.shape, shape)) {
      throw new UserError(
        'weight-shape',
        `The weight ${name} in ${this.folder} has shape [${stored.shape.join(', ')}], but config.json asks for [${shape.join(', ')}].`,
      );
    }
    return stored;
  }
}

/** Reads the named weights of a model folder as float32. Throws UserError naming a weight that is missing or of another shape. */
export async function readWeights(folder: string, wanted: readonly WantedWeight[]): Promise<Map<string, Float32Array>> {
  const stored = await WeightFolder.open(folder);
  try {
    const weights = new Map<string, Float32Array>();
    for (const weight of wanted) weights.set(weight.name, await stored.read(weight));
    return weights;
  } finally {
    await stored.close();
  }
}

/** All floating-point tensors of one file as float32 with their shapes. */
export async function readAll(path: string): Promise<Map<string, { shape: Shape; data: Float32Array<ArrayBuffer> }>> {
  const file = await SafetensorsFile.open(path);
  try {
    const all = new Map<string, { shape: Shape; data: Float32Array<ArrayBuffer> }>();
    for (const { name, shape, dtype } of file.tensors.values()) {
      if (!isFloat(dtype)) continue;
      const data = new Float32Array(sizeOf(shape));
      await file.read(name, data);
      all.set(name, { shape, data });
    }
    return all;
  } finally {
    await file.close();
  }
}
