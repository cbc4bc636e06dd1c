// Models, adapters, checkpoints and data folders below the workspace, looked for in the background.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { NearbyFolder, Surroundings } from '../daemon/recipe/assist/surroundings.ts';

export type What = Parameters<Surroundings['nearby']>[0];

/** Deeper or more folders than these are not looked through. */
const MAX_DEPTH = 5;
const MAX_FOLDERS = 4000;
const skipped = /^(?:\.|node_modules$|__pycache__$|venv$|wandb$|runs$)/;

interface Place {
  readonly what: What;
  readonly path: string;
  readonly about: string | undefined;
}

export class Places {
  #places: readonly Place[] = [];
  #yaml: readonly string[] = [];
  #infos: readonly string[] = [];
  #looking: Promise<void> | undefined;
  #again = false;

  /** Looks through the folders; what was found before is answered meanwhile. */
  look(folders: readonly string[]): void {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = this.#walk(folders).finally(() => {
      this.#looking = undefined;
      if (this.#again) {
        this.#again = false;
        this.look(folders);
      }
    });
  }

  /** Resolves when the look that is under way is over. */
  async settled(): Promise<void> {
    while (this.#looking) await this.#looking;
  }

  /** YAML files that were found. */
  get yamlFiles(): readonly string[] {
    return this.#yaml;
  }

  /** The dataset_info.json files that were found. */
  get infoFiles(): readonly string[] {
    return this.#infos;
  }

  of(what: What, folder: string): readonly NearbyFolder[] {
    return this.#places
      .filter((place) => place.what === what)
      .map(({ path, about }) => ({ path: nameFrom(folder, path), about }))
      .sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  }

  async #walk(folders: readonly string[]): Promise<void> {
    const places: Place[] = [];
    const yaml: string[] = [];
    const infos: string[] = [];
    const queue = folders.map((path) => ({ path, depth: 0 }));
    for (let index = 0; index < queue.length && index < MAX_FOLDERS; index++) {
      const { path, depth } = queue[index] as { path: string; depth: number };
      const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
      const names = new Set(entries.map(({ name }) => name));
      places.push(...(await describe(path, names)));
      for (const entry of entries) {
        const child = join(path, entry.name);
        if (entry.isDirectory()) {
          if (depth < MAX_DEPTH && !skipped.test(entry.name)) queue.push({ path: child, depth: depth + 1 });
        } else if (/\.ya?ml$/i.test(entry.name)) yaml.push(child);
        else if (entry.name === 'dataset_info.json') infos.push(child);
      }
    }
    [this.#places, this.#yaml, this.#infos] = [places, yaml, infos];
  }
}

/** What a folder is, from the files in it. */
async function describe(path: string, names: ReadonlySet<string>): Promise<Place[]> {
  const found: Place[] = [];
  const isAdapter = names.has('adapter_config.json');
  if (isAdapter) {
    const config = await readJson(join(path, 'adapter_config.json'));
    found.push({ what: 'adapter', path, about: textOf(config['base_model_name_or_path']) });
  }
  if (names.has('config.json') && !isAdapter) {
    const config = await readJson(join(path, 'config.json'));
    const type = textOf(config['model_type']);
    if (type !== undefined) found.push({ what: 'model', path, about: type });
  }
  if (names.has('trainer_state.json') && /(?:^|[\\/])checkpoint-\d+$/.test(path)) found.push({ what: 'checkpoint', path, about: undefined }); // prettier-ignore
  if (names.has('dataset_info.json')) found.push({ what: 'dataset-dir', path, about: undefined });
  for (const name of names) {
    const likely =
      name.endsWith('.json') && (/^(ds|deepspeed|zero)/i.test(name) || /[\\/](ds|deepspeed)[^\\/]*$/i.test(path));
    if (!likely) continue;
    const config = await readJson(join(path, name));
    const zero = config['zero_optimization'];
    if (typeof zero !== 'object' || zero === null) continue;
    found.push({
      what: 'deepspeed',
      path: join(path, name),
      about: `ZeRO-${Number((zero as { stage?: unknown }).stage ?? 0)}`,
    });
  }
  return found;
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** A path as a recipe that runs in `folder` would write it. */
function nameFrom(folder: string, path: string): string {
  const way = relative(folder, path);
  return (way === '' ? '.' : way.startsWith('..') ? path : way).split(sep).join('/');
}
