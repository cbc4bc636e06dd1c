// A request's recipe as the reader takes it, once it is certain that all its rows lie in the session's folders.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkRecipe } from '../../recipe/check.ts';
import { parseDatasetInfo } from '../../recipe/dataset-info.ts';
import { splitList } from '../../recipe/resolve.ts';
import { insideFolders, type Session } from '../sessions.ts';
import { readRecipe } from './runs.ts';

export interface Source {
  readonly recipeFile?: string | undefined;
  readonly recipeText?: string | undefined;
  readonly overrides: string[];
  readonly workingDirectory: string;
}

export interface Readable {
  readonly recipe: string;
  readonly file: string;
  readonly overrides: string[];
  readonly workingDirectory: string;
}

/** The recipe of a request as the reader takes it. What it reads rows from lies in the session's folders. */
export async function readableRecipe(session: Session, body: Source): Promise<Readable> {
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
