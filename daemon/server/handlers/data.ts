// Handlers that look at recipes, data, models and devices, and take in what others have trained.
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { checkRecipe } from '../../recipe/check.ts';
import { parseDatasetInfo } from '../../recipe/dataset-info.ts';
import { splitList } from '../../recipe/resolve.ts';
import { memoryNow } from '../../runs/memory.ts';
import { findModels, hubCache } from '../../runs/models.ts';
import type { ServerContext } from '../context.ts';
import { datasetFigures, estimated, finding, previewedRow } from '../interface/data.ts';
import { insideFolders, type Session } from '../sessions.ts';
import type { Handlers } from './handler.ts';
import { readRecipe } from './runs.ts';

type DataHandlers = Pick<
  Handlers,
  'check' | 'preview' | 'statistics' | 'estimate' | 'devices' | 'models' | 'importRuns'
>;

interface Source {
  readonly recipeFile?: string | undefined;
  readonly recipeText?: string | undefined;
  readonly overrides: string[];
  readonly workingDirectory: string;
}

interface Readable {
  readonly recipe: string;
  readonly file: string;
  readonly overrides: string[];
  readonly workingDirectory: string;
}

/** The recipe of a request as the reader takes it. What it reads rows from lies in the session's folders. */
async function readable(session: Session, body: Source): Promise<Readable> {
  const { recipe, recipeFile } = await readRecipe(session, body);
  const { overrides, workingDirectory } = body;
  const source = { recipe, file: recipeFile ?? 'recipe.yaml', overrides, workingDirectory };
  const { recipe: values } = checkRecipe(recipe, source.file, overrides);
  const folder = resolve(workingDirectory, values.dataset_dir);
  await insideFolders(session, folder);
  const path = join(folder, 'dataset_info.json');
  const text = await readFile(await insideFolders(session, path), 'utf8').catch(() => undefined);
  for (const name of [...splitList(values.dataset), ...splitList(values.eval_dataset)]) {
    const file = text === undefined ? undefined : fileOf(text, path, name);
    if (file !== undefined) await insideFolders(session, resolve(folder, file));
  }
  return source;
}

/** The file that an entry names; undefined where it cannot be read, which the reader will say. */
function fileOf(text: string, path: string, name: string): string | undefined {
  try {
    return parseDatasetInfo(text, path).entry(name).fileName;
  } catch {
    return undefined;
  }
}

export function dataHandlers({ runs, imports, machine, reader, environment }: ServerContext): DataHandlers {
  return {
    check: async ({ body, session }) => {
      const source = await readable(session(), body);
      return z.object({ findings: z.array(finding) }).parse(await reader.ask({ method: 'check', ...source }));
    },
    preview: async ({ body, session }) => {
      const source = await readable(session(), body);
      const { dataset, first, rows } = body;
      const last = first + rows - 1;
      const shown = await reader.ask({ method: 'preview', ...source, dataset, first, last });
      return z.object({ rows: z.array(previewedRow) }).parse(shown);
    },
    statistics: async ({ body, session }) => {
      const source = await readable(session(), body);
      const figures = await reader.ask({ method: 'statistics', ...source, dataset: body.dataset, all: body.all });
      return z.object({ datasets: z.array(datasetFigures) }).parse(figures);
    },
    estimate: async ({ body, session }) => {
      const source = await readable(session(), body);
      return estimated.parse(await reader.ask({ method: 'estimate', ...source }));
    },
    devices: async () => {
      const busy = new Map(runs.queue.status().devices.map((one) => [one.device, one]));
      const { available, total } = memoryNow();
      return {
        devices: (await machine.devices()).map((device) => ({
          ...device,
          running: busy.get(device.device)?.running ?? [],
          waiting: busy.get(device.device)?.waiting ?? [],
        })),
        processorUse: machine.processorUse(),
        cores: cpus().length,
        memory: total,
        availableMemory: available,
      };
    },
    models: async ({ query, session }) => {
      const opened = session();
      const { folder } = query;
      const folders = folder === undefined ? [...opened.real, hubCache(environment)] : [await insideFolders(opened, folder)]; // prettier-ignore
      return { models: await findModels(folders) };
    },
    importRuns: async ({ body, session }) => {
      const folder = await insideFolders(session(), body.folder);
      return { runs: runs.summaries(await imports.add(folder)) };
    },
  };
}
