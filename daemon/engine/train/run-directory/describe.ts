// run.json: what ran, on what data and model, with what versions.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from './files.ts';

export interface RunDescription {
  readonly recipeFile: string;
  /** The recipe's text as it was read. */
  readonly recipe: string;
  readonly overrides: readonly string[];
  readonly annealVersion: string;
  readonly device: string;
  readonly started: Date;
  readonly modelFolder: string;
  /** Of the examples as they are trained: rows, template, tokenizer and cutoff all have their say in it. */
  readonly dataHash: string;
}

/** Bytes of a weights file that its hash covers: a checkpoint's header names every tensor, and its first values differ. */
const HASHED = 1 << 20;

export async function writeDescription(folder: string, run: RunDescription): Promise<void> {
  await writeJson(join(folder, 'run.json'), {
    recipeFile: run.recipeFile,
    recipe: run.recipe,
    overrides: run.overrides,
    versions: { anneal: run.annealVersion, node: process.version },
    device: run.device,
    started: run.started.toISOString(),
    hashes: {
      recipe: createHash('sha256').update(run.recipe).digest('hex'),
      data: run.dataHash,
      model: await hashStart(join(run.modelFolder, 'model.safetensors')),
      config: await hashStart(join(run.modelFolder, 'config.json')),
    },
  });
}

/** SHA-256 of a file's first megabyte; null where there is no file. */
async function hashStart(path: string): Promise<string | null> {
  if (!existsSync(path)) return null;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: HASHED })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
