// Handlers of the dataset view: what may be read is certain before the reader is asked.
import type { ServerContext } from '../context.ts';
import { datasetRoutes, type DatasetSource } from '../interface/dataset.ts';
import type { ViewQuestion, ViewSource } from '../reader/messages.ts';
import { insideFolders, type Session } from '../sessions.ts';
import type { Handlers } from './handler.ts';

type DatasetHandlers = Pick<Handlers, keyof typeof datasetRoutes>;

/** All that it reads rows from lies in the session's folders. */
async function readable(session: Session, source: DatasetSource): Promise<ViewSource> {
  const { recipeFile, recipeText, overrides, workingDirectory = '', dataset, file, language } = source;
  const dataFile = file === undefined ? undefined : await insideFolders(session, file);
  if (recipeFile === undefined && recipeText === undefined) return { dataFile, language };
  // the recipe room is loaded when it is needed: an idle daemon stays small
  const { readableRecipe } = await import('./readable.ts');
  const recipe = await readableRecipe(session, { recipeFile, recipeText, overrides, workingDirectory });
  return { recipe, dataset, dataFile, language };
}

export function datasetHandlers({ reader }: ServerContext): DatasetHandlers {
  const ask = async (session: Session, source: DatasetSource, question: ViewQuestion): Promise<unknown> =>
    await reader.ask({ method: 'view', source: await readable(session, source), question });
  const { dataset, datasetRows, datasetRow, datasetPlace, datasetScan } = datasetRoutes;
  return {
    dataset: async ({ body, session }) => dataset.response.parse(await ask(session(), body.source, { what: 'state' })),
    datasetRows: async ({ body, session }) => {
      const { source, first, rows, filter, search, longestFirst } = body;
      const opened = session();
      const file = body.file === undefined ? undefined : await insideFolders(opened, body.file);
      const question = { what: 'rows', first, count: rows, filter, terms: search, file, longestFirst } as const;
      return datasetRows.response.parse(await ask(opened, source, question));
    },
    datasetRow: async ({ body, session }) =>
      datasetRow.response.parse(await ask(session(), body.source, { what: 'row', row: body.row })),
    datasetPlace: async ({ body, session }) => {
      const opened = session();
      const file = await insideFolders(opened, body.file);
      return datasetPlace.response.parse(await ask(opened, body.source, { what: 'place', file, line: body.line }));
    },
    datasetScan: async ({ body, session }) => {
      const { source, action, search } = body;
      return datasetScan.response.parse(await ask(session(), source, { what: 'scan', action, terms: search }));
    },
  };
}
