// Models, adapters and checkpoints that lie on the disk: in a client's folders, and in the cache of Hugging Face.
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { modelOnDisk } from './protocol.ts';

export type ModelOnDisk = z.infer<typeof modelOnDisk>;

/** Folders below a client's that are looked into, and folders looked into in all: a home folder has a million. */
const DEPTH = 6;
const MOST_FOLDERS = 5000;

const skipped = /^(node_modules|\.git|\.venv|venv|__pycache__|dist|build|\.cache)$/;

/** The folder in which huggingface_hub keeps downloads. Source: huggingface_hub, constants.py. */
export function hubCache(environment: NodeJS.ProcessEnv): string {
  const { HF_HUB_CACHE: cache, HF_HOME: home, XDG_CACHE_HOME: xdg } = environment;
  if (cache) return cache;
  return join(home || join(xdg || join(homedir(), '.cache'), 'huggingface'), 'hub');
}

/** What lies in these folders, each found once, by path. */
export async function findModels(folders: readonly string[]): Promise<ModelOnDisk[]> {
  const found = new Map<string, ModelOnDisk>();
  const budget = { folders: MOST_FOLDERS };
  for (const folder of folders) await search(folder, DEPTH, budget, found);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function search(
  folder: string,
  depth: number,
  budget: { folders: number },
  found: Map<string, ModelOnDisk>,
): Promise<void> {
  if (budget.folders <= 0) return;
  budget.folders -= 1;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const model = await describe(folder, new Set(entries.map(({ name }) => name)));
  if (model) found.set(folder, model);
  if (depth === 0) return;
  for (const entry of entries) {
    // links may lead out of the folder, or round in circles
    if (entry.isDirectory() && !skipped.test(entry.name)) await search(join(folder, entry.name), depth - 1, budget, found); // prettier-ignore
  }
}

const config = z.looseObject({ model_type: z.string() });
const adapterConfig = z.looseObject({ base_model_name_or_path: z.string().nullish() });

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const weights = /\.(safetensors|bin)$/;

/** A folder as a model or adapter; undefined where it is neither, or has no weights. */
async function describe(folder: string, names: ReadonlySet<string>): Promise<ModelOnDisk | undefined> {
  if (![...names].some((name) => weights.test(name))) return undefined;
  const isCheckpoint = names.has('trainer_state.json') && /checkpoint-\d+$/.test(folder);
  const adapter = names.has('adapter_config.json') ? adapterConfig.safeParse(await readJson(join(folder, 'adapter_config.json'))).data : undefined; // prettier-ignore
  const model = names.has('config.json') ? config.safeParse(await readJson(join(folder, 'config.json'))).data : undefined; // prettier-ignore
  if (!adapter && !model) return undefined;
  const files = await Promise.all(
    [...names].filter((name) => weights.test(name)).map((name) => stat(join(folder, name)).catch(() => undefined)),
  );
  return {
    path: folder,
    kind: isCheckpoint ? 'checkpoint' : adapter ? 'adapter' : 'model',
    modelType: model?.model_type ?? null,
    base: adapter?.base_model_name_or_path ?? null,
    bytes: files.reduce((sum, file) => sum + (file?.size ?? 0), 0),
    modified: Math.max(0, ...files.map((file) => file?.mtimeMs ?? 0)),
  };
}
