// MLflow's file store: a folder that "mlflow ui" shows. Source: MLflow, store/tracking/file_store.py (a file of lines a metric,
// "time value step"; a file a parameter or tag; meta.yaml of each run and experiment).
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { Refused } from '../remote/delivery.ts';
import type { MlflowMetric, MlflowStatus, MlflowStore, MlflowText, NewRun } from './store.ts';

/** RunStatus of service.proto. */
const statuses: Readonly<Record<MlflowStatus, number>> = { RUNNING: 1, FINISHED: 3, FAILED: 4, KILLED: 5 };

const META = 'meta.yaml';
/** The experiment called Default has a number of its own. */
const DEFAULT = { name: 'Default', id: '0' };

const experimentMeta = z.looseObject({ name: z.string(), lifecycle_stage: z.string().optional() });

export class MlflowFolder implements MlflowStore {
  readonly address: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.address = `MLflow's folder ${root}`;
  }

  async experiment(name: string): Promise<string> {
    for (const id of existsSync(this.#root) ? await readdir(this.#root) : []) {
      const meta = experimentMeta.safeParse(await readMeta(join(this.#root, id))).data;
      if (meta?.name === name && meta.lifecycle_stage !== 'deleted') return id;
    }
    // as MLflow makes ids: eighteen digits
    const id = name === DEFAULT.name ? DEFAULT.id : String(BigInt(`0x${randomUUID().replaceAll('-', '')}`)).slice(0, 18);
    const folder = join(this.#root, id);
    await mkdir(folder, { recursive: true });
    const time = Date.now();
    await writeMeta(folder, {
      artifact_location: pathToFileURL(folder).href,
      creation_time: time,
      experiment_id: id,
      last_update_time: time,
      lifecycle_stage: 'active',
      name,
    });
    return id;
  } // prettier-ignore

  async createRun({ experiment, name, user, startTime, tags }: NewRun): Promise<string> {
    const id = randomUUID().replaceAll('-', '');
    const folder = join(this.#root, experiment, id);
    for (const part of ['metrics', 'params', 'artifacts', 'tags']) await mkdir(join(folder, part), { recursive: true });
    for (const { key, value } of [...tags, { key: 'mlflow.runName', value: name }])
      await writeFile(join(folder, 'tags', key), value);
    await writeMeta(folder, {
      artifact_uri: pathToFileURL(join(folder, 'artifacts')).href,
      deleted_time: null,
      end_time: null,
      entry_point_name: '',
      experiment_id: experiment,
      lifecycle_stage: 'active',
      run_id: id,
      run_name: name,
      source_name: '',
      source_type: 4,
      source_version: '',
      start_time: startTime,
      status: statuses.RUNNING,
      tags: [],
      user_id: user,
    });
    return id;
  }

  async logMetrics(run: string, metrics: readonly MlflowMetric[]): Promise<void> {
    const folder = join(await this.#find(run), 'metrics');
    const byKey = Map.groupBy(metrics, ({ key }) => key);
    for (const [key, points] of byKey) {
      const path = inside(folder, key);
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, points.map(({ timestamp, value, step }) => `${timestamp} ${value} ${step}\n`).join(''));
    }
  }

  async logParameters(run: string, parameters: readonly MlflowText[]): Promise<void> {
    const folder = join(await this.#find(run), 'params');
    for (const { key, value } of parameters) await writeFile(inside(folder, key), value);
  }

  async setStatus(run: string, status: MlflowStatus, endTime: number | undefined): Promise<void> {
    const folder = await this.#find(run);
    const meta = z.looseObject({}).parse(await readMeta(folder));
    await writeMeta(folder, { ...meta, status: statuses[status], end_time: endTime ?? null });
  }

  async #find(run: string): Promise<string> {
    for (const experiment of await readdir(this.#root)) {
      const folder = join(this.#root, experiment, run);
      if (/^\w+$/.test(run) && existsSync(join(folder, META))) return folder;
    }
    throw new Refused(`there is no run ${run}`);
  }
}

/** A key may have slashes, and becomes folders; it leads nowhere else. */
function inside(folder: string, key: string): string {
  if (key.split(/[/\\]/).some((part) => part === '..' || part === '')) throw new Refused(`${key} is no name of a metric`); // prettier-ignore
  return join(folder, key);
}

async function readMeta(folder: string): Promise<unknown> {
  try {
    return parse(await readFile(join(folder, META), 'utf8'));
  } catch {
    return undefined;
  }
}

const writeMeta = (folder: string, meta: object): Promise<void> =>
  writeFile(join(folder, META), stringify(meta, { sortMapEntries: true }));
