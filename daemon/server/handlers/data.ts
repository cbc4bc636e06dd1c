// Handlers that look at recipes, data, models and devices.
import { checkRecipe } from '../../recipe/check.ts';
import type { ServerContext } from '../context.ts';
import { RequestProblem } from '../problems.ts';
import type { Handlers } from './handler.ts';
import { readRecipe } from './runs.ts';

type DataHandlers = Pick<Handlers, 'check' | 'preview' | 'devices' | 'models' | 'importRuns'>;

const later = (): Promise<never> => Promise.reject(new RequestProblem(501, 'not-built-yet', 'This is not built yet.'));

export function dataHandlers(_context: ServerContext): DataHandlers {
  return {
    check: async ({ body, session }) => {
      const { recipe, recipeFile } = await readRecipe(session(), body);
      return { findings: checkRecipe(recipe, recipeFile ?? 'recipe.yaml', body.overrides).findings };
    },
    preview: later,
    devices: later,
    models: later,
    importRuns: later,
  };
}
