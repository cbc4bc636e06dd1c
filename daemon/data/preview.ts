// Any rows of a recipe's data as the model will see them. Needs the tokenizer, no weights.
import { UserError } from '../errors.ts';
import { splitList } from '../recipe/resolve.ts';
import { alignRow } from './align/align.ts';
import type { DataOptions } from './options.ts';
import { previewRow, type PreviewedRow } from './preview-row.ts';
import { openMediaFolder } from './source/media-folder.ts';
import { openDatasetDir, readRows } from './source/source.ts';
import { prepareTemplate } from './template/prepare.ts';
import { Tokenizer } from './tokenizer/tokenizer.ts';

export interface PreviewOptions {
  readonly data: DataOptions;
  readonly modelFolder: string;
  readonly addTokens: {
    readonly plain: string | readonly (string | number)[] | null;
    readonly special: string | readonly (string | number)[] | null;
  };
  /** One of the recipe's datasets; undefined: all of them. */
  readonly dataset: string | undefined;
  /** Rows, counted from 0, both included. */
  readonly first: number;
  readonly last: number;
}

/** Yields the chosen rows in order. Throws UserError for a dataset or row that does not exist. */
export async function* previewRows(options: PreviewOptions): AsyncGenerator<PreviewedRow> {
  const { data, dataset } = options;
  const tokenizer = await Tokenizer.load(options.modelFolder);
  tokenizer.add(splitList(options.addTokens.plain), false);
  tokenizer.add(splitList(options.addTokens.special), true);
  const template = prepareTemplate(
    data.stage === 'pt' && data.templateName === undefined ? 'empty' : data.templateName,
    tokenizer,
    data.today,
  );
  const entry = await openDatasetDir(data.datasetDir);
  const media = openMediaFolder(data.mediaDir);
  const names = [...new Set([...data.datasets, ...data.evalDatasets])];
  if (dataset !== undefined && !names.includes(dataset)) {
    throw new UserError(
      'unknown-dataset',
      `The recipe does not use the dataset "${dataset}"; it uses ${names.join(', ') || 'none'}.`,
    );
  }
  for (const name of dataset === undefined ? names : [dataset]) {
    const found = entry(name);
    let row = -1;
    let shown = 0;
    for await (const { value } of readRows(found, data.datasetDir)) {
      row += 1;
      if (row < options.first) continue;
      if (row > options.last) break;
      shown += 1;
      const origin = { dataset: name, row };
      yield await previewRow(() => alignRow(value, found, origin, media), data, template, tokenizer);
    }
    if (shown === 0)
      throw new UserError(
        'row-missing',
        `The dataset ${name} has ${row + 1} rows, counted from 0; there is no row ${options.first}.`,
      );
  }
}
