// Handlers that look at recipes, data, models and devices, and take in what others have trained.
import { cpus } from 'node:os';
import { z } from 'zod';
import { finding, previewedRow } from '../../data/protocol.ts';
import { memoryNow } from '../../runs/memory.ts';
import { findModels, hubCache } from '../../runs/models.ts';
import type { ServerContext } from '../context.ts';
import { datasetFigures, estimated } from '../interface/data.ts';
import { insideFolders, type Session } from '../sessions.ts';
import type { Readable, Source } from './readable.ts';
import type { Handlers } from './handler.ts';

type DataHandlers = Pick<
  Handlers,
  'check' | 'preview' | 'statistics' | 'estimate' | 'devices' | 'models' | 'importRuns'
>;

/** The recipe room is loaded when it is needed: an idle daemon stays small. */
async function readable(session: Session, source: Source): Promise<Readable> {
  const { readableRecipe } = await import('./readable.ts');
  return await readableRecipe(session, source);
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
