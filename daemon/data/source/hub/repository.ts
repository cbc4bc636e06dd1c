// A dataset repository of the Hugging Face hub: which state it is in, which files it has, and those files on disk. What was
// loaded once is found again without a network. Layout below the cache folder:
//   hub/datasets--owner--name/refs/main                 the commit that was seen last
//   hub/datasets--owner--name/snapshots/COMMIT.json     its files: path, size, hash
//   hub/datasets--owner--name/snapshots/COMMIT/PATH     a file, the same as
//   hub/datasets--owner--name/blobs/HASH                its bytes
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { datasetInfo, listFiles } from '@huggingface/hub';
import { z } from 'zod';
import { UserError } from '../../../errors.ts';
import { writeWhole } from '../cache-folder.ts';
import { download, placeFile } from './download.ts';
import { hubFailure } from './failure.ts';
import { patientFetch, sleepFor, type Patience } from './patient-fetch.ts';

export interface HubOptions extends Patience {
  /** Cache folder; the repository lies below hub/ in it. */
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  /** hf_hub_token of the recipe; default HF_TOKEN. */
  readonly token?: string | undefined;
  /** Told what is being loaded: bytes of one file. */
  readonly progress?: ((file: string, bytes: number, total: number) => void) | undefined;
}

const fileSchema = z.object({ path: z.string(), size: z.number(), hash: z.string(), isLarge: z.boolean() });
export type RemoteFile = z.infer<typeof fileSchema>;

/** A commit and its files. */
export interface Snapshot {
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

const isOn = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

export class HubRepository {
  readonly name: string;
  readonly #folder: string;
  readonly #options: HubOptions;
  readonly #access: { hubUrl: string; fetch: typeof fetch; accessToken?: string };

  /** Throws UserError for a name that is none. */
  constructor(name: string, options: HubOptions) {
    // part of paths here and of addresses there
    if (!/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/.test(name) || name.includes('..')) {
      throw new UserError('hub-name', `"${name}" is no name of a hub repository: hf_hub_url is owner/name.`);
    }
    const { environment, cache, token = environment['HF_TOKEN'] } = options;
    this.name = name;
    this.#options = options;
    this.#folder = join(cache, 'hub', `datasets--${name.replace('/', '--')}`);
    this.#access = {
      hubUrl: (environment['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, ''),
      fetch: patientFetch(options),
      ...(token ? { accessToken: token } : {}),
    };
  }

  get #isOffline(): boolean {
    const { environment } = this.#options;
    return isOn(environment['HF_HUB_OFFLINE']) || isOn(environment['HF_DATASETS_OFFLINE']);
  }

  /** The newest state; the one seen last where the hub cannot be reached. Throws UserError where there is neither. */
  async snapshot(): Promise<Snapshot> {
    if (this.#isOffline) return this.#known('HF_HUB_OFFLINE is set');
    try {
      const { sha: commit } = await datasetInfo({
        ...this.#access,
        name: this.name,
        revision: 'main',
        additionalFields: ['sha'],
      });
      const list = join(this.#folder, 'snapshots', `${commit}.json`);
      const kept = await readList(list);
      const files = kept ?? (await this.#list(commit));
      if (!kept) await writeWhole(list, [Buffer.from(JSON.stringify(files))]);
      await writeWhole(join(this.#folder, 'refs', 'main'), [Buffer.from(commit)]);
      return { commit, files };
    } catch (error) {
      const failure = hubFailure(error, this.name, this.#access.hubUrl);
      // an answer such as "no access" or "no such repository" is not an outage
      if (failure.code !== 'hub-unreachable' || this.#options.signal?.aborted) throw failure;
      return this.#known(failure.message).catch(() => {
        throw failure;
      });
    }
  }

  async #list(commit: string): Promise<RemoteFile[]> {
    const files: RemoteFile[] = [];
    for await (const entry of listFiles({
      ...this.#access,
      repo: { type: 'dataset', name: this.name },
      revision: commit,
      recursive: true,
    })) {
      if (entry.type !== 'file' || !isInside(entry.path)) continue;
      files.push({
        path: entry.path,
        size: entry.lfs?.size ?? entry.size,
        hash: entry.lfs?.oid ?? entry.oid ?? '',
        isLarge: entry.lfs !== undefined,
      });
    }
    return files;
  }

  async #known(why: string): Promise<Snapshot> {
    const commit = await readFile(join(this.#folder, 'refs', 'main'), 'utf8').catch(() => undefined);
    const files = commit && (await readList(join(this.#folder, 'snapshots', `${commit}.json`)));
    if (!files) {
      throw new UserError(
        'hub-offline',
        `The dataset ${this.name} was never loaded from the hub, and ${why}: load it once with a network.`,
      );
    }
    return { commit, files };
  }

  /** Path of a file on disk, loaded now or before. Throws UserError where it cannot be had. */
  async file({ commit }: Snapshot, file: RemoteFile): Promise<string> {
    const path = join(this.#folder, 'snapshots', commit, file.path);
    const size = await stat(path).then((found) => found.size, () => undefined); // prettier-ignore
    if (size === file.size) return path;
    const blob = join(this.#folder, 'blobs', file.hash);
    await mkdir(dirname(blob), { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    const blobSize = await stat(blob).then((found) => found.size, () => undefined); // prettier-ignore
    if (blobSize !== file.size) {
      if (this.#isOffline) {
        throw new UserError(
          'hub-offline',
          `${file.path} of the dataset ${this.name} is not in ${this.#folder}, and HF_HUB_OFFLINE is set: load it once with a network.`,
        );
      }
      await download(blob, {
        ...file,
        request: {
          ...this.#access,
          repo: { type: 'dataset', name: this.name },
          path: file.path,
          revision: commit,
        },
        sleep: this.#options.sleep ?? sleepFor,
        signal: this.#options.signal,
        progress: (bytes) => this.#options.progress?.(file.path, bytes, file.size),
      }).catch((error: unknown) => {
        throw hubFailure(error, this.name, this.#access.hubUrl, file.path);
      });
    }
    await placeFile(blob, path);
    return path;
  }
}

/** Paths come from the hub and are joined to a folder here. */
const isInside = (path: string): boolean =>
  !path.startsWith('/') && !/^[a-zA-Z]:|\\|\0/.test(path) && !path.split('/').includes('..');

async function readList(path: string): Promise<RemoteFile[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const files = z.array(fileSchema).parse(JSON.parse(text));
    return files.every((file) => isInside(file.path) && /^[0-9a-f]{40,64}$/.test(file.hash)) ? files : undefined;
  } catch {
    return undefined;
  }
}
