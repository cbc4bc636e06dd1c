// Data that are open to be looked at: scrolling through rows does not load the tokenizer again for each screen of them.
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataPreview, previewOptions } from '../../data/preview/preview.ts';
import { dataOptions } from '../../data/recipe-options.ts';
import { checkRecipe, refuseErrors } from '../../recipe/check.ts';
import type { ReaderRequest } from './messages.ts';

/** Previews kept open. */
const KEPT = 4;

interface Open {
  readonly fingerprint: string;
  readonly preview: DataPreview;
  users: number;
  /** Closed by whoever uses it last. */
  outdated: boolean;
}

type Source = Omit<Extract<ReaderRequest, { readonly method: 'check' }>, 'id' | 'method'>;

export class Previews {
  readonly #open = new Map<string, Open>();
  readonly #today: () => string;

  constructor(today: () => string) {
    this.#today = today;
  }

  /** Calls back with a recipe's data as they are now. Throws UserError for a recipe with errors, or data that cannot be read. */
  async use<T>(source: Source, look: (preview: DataPreview) => Promise<T>): Promise<T> {
    const opened = await this.#get(source);
    opened.users += 1;
    try {
      return await look(opened.preview);
    } finally {
      opened.users -= 1;
      if (opened.outdated && opened.users === 0) await opened.preview.close();
    }
  }

  async #get(source: Source): Promise<Open> {
    const key = JSON.stringify([source.recipe, source.overrides, source.workingDirectory]);
    const known = this.#open.get(key);
    if (known && (await fingerprintOf(known.preview)) === known.fingerprint) {
      // the one used last goes last
      this.#open.delete(key);
      this.#open.set(key, known);
      return known;
    }
    if (known) await this.#drop(key, known);
    const preview = await openPreview(source, this.#today());
    const opened: Open = { fingerprint: await fingerprintOf(preview), preview, users: 0, outdated: false };
    this.#open.set(key, opened);
    const [oldest] = this.#open;
    if (this.#open.size > KEPT && oldest) await this.#drop(...oldest);
    return opened;
  }

  async #drop(key: string, opened: Open): Promise<void> {
    this.#open.delete(key);
    opened.outdated = true;
    if (opened.users === 0) await opened.preview.close();
  }
}

async function openPreview({ recipe: text, file, overrides, workingDirectory }: Source, today: string): Promise<DataPreview> {
  const { recipe, given, findings } = checkRecipe(text, file, overrides);
  refuseErrors(findings);
  const path = (value: string): string => resolve(workingDirectory, value);
  const data = dataOptions(recipe, given, path, today);
  return await DataPreview.open(previewOptions(recipe, data, path(recipe.model_name_or_path ?? '')), data.source);
} // prettier-ignore

/** Changes when a file that the rows come from does. */
async function fingerprintOf(preview: DataPreview): Promise<string> {
  const { data, names } = preview;
  const files = names.flatMap((name) => {
    try {
      return preview.entry(name).fileName ?? [];
    } catch {
      return [];
    }
  });
  const paths = [join(data.datasetDir, 'dataset_info.json'), ...files.map((file) => resolve(data.datasetDir, file))];
  return (await Promise.all(paths.map(stateOf))).join();
}

/** When a file was changed and how large it is; of a folder the same of what lies in it. */
export async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return `${found?.mtimeMs} ${found?.size}`;
  const names = await readdir(path);
  return (await Promise.all(names.sort().map((name) => stateOf(join(path, name))))).join();
}
