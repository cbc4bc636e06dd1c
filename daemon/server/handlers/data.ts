// Handlers that look at recipes, data, models and devices, and take in what others have trained.
import { cpus } from 'node:os';
import { checkRecipe } from '../../recipe/check.ts';
import { memoryNow } from '../../runs/memory.ts';
import { findModels, hubCache } from '../../runs/models.ts';
import type { ServerContext } from '../context.ts';
import { RequestProblem } from '../problems.ts';
import { insideFolders } from '../sessions.ts';
import type { Handlers } from './handler.ts';
import { readRecipe } from './runs.ts';

type DataHandlers = Pick<Handlers, 'check' | 'preview' | 'devices' | 'models' | 'importRuns'>;

const later = (): Promise<never> => Promise.reject(new RequestProblem(501, 'not-built-yet', 'This is not built yet.'));

export function dataHandlers({ runs, imports, machine, environment }: ServerContext): DataHandlers {
  return {
    check: async ({ body, session }) => {
      const { recipe, recipeFile } = await readRecipe(session(), body);
      return { findings: checkRecipe(recipe, recipeFile ?? 'recipe.yaml', body.overrides).findings };
    },
    preview: later,
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
