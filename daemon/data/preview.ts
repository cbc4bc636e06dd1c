// Any rows of a recipe's data as the model will see them. Needs the tokenizer, no weights.
import { UserError } from '../errors.ts';
import { splitList } from '../recipe/resolve.ts';
import { alignRow } from './align/align.ts';
import type { DroppedRow, Message } from './conversation.ts';
import type { DataOptions } from './dataset.ts';
import { openDatasetDir, readRows } from './source/source.ts';
import { encodeSupervised, type Encoded } from './supervised/encode.ts';
import { encodePretrain } from './supervised/pretrain.ts';
import { toSegments, type Segment } from './supervised/segments.ts';
import { prepareTemplate } from './template/prepare.ts';
import type { Template } from './template/registry.ts';
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

export interface PreviewedTokens {
  readonly dataset: string;
  readonly row: number;
  readonly messages: readonly Message[];
  readonly text: string;
  readonly ids: readonly number[];
  readonly labels: readonly number[];
  readonly tokens: readonly Segment[];
  readonly truncated: boolean;
}

export type PreviewedRow = PreviewedTokens | DroppedRow;

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
      const aligned = alignRow(value, found, { dataset: name, row });
      yield 'dropped' in aligned ? aligned : await previewRow(aligned, data, template, tokenizer);
    }
    if (shown === 0)
      throw new UserError(
        'row-missing',
        `The dataset ${name} has ${row + 1} rows, counted from 0; there is no row ${options.first}.`,
      );
  }
}

async function previewRow(
  row: Parameters<typeof encodeSupervised>[0][number],
  data: DataOptions,
  template: Template,
  tokenizer: Tokenizer,
): Promise<PreviewedRow> {
  if (data.stage === 'pt') {
    const [example] = await encodePretrain([row], tokenizer, { ...data, packing: false, template: data.templateName });
    if (!example) return { dataset: row.dataset, row: row.row, dropped: 'it has no text' };
    const reasons = [{ reason: 'response' as const, length: example.ids.length }];
    return describe(row, { example, reasons, truncated: false }, tokenizer);
  }
  const [encoded] = await encodeSupervised([row], template, tokenizer, data);
  if (!encoded || 'dropped' in encoded)
    return encoded ?? { dataset: row.dataset, row: row.row, dropped: 'it has no messages' };
  if (data.packing && encoded.example.ids.length > data.cutoffLength) {
    return {
      dataset: row.dataset,
      row: row.row,
      dropped: `it has more than ${data.cutoffLength} tokens and packing does not cut`,
    };
  }
  return describe(row, encoded, tokenizer);
}

async function describe(
  row: { dataset: string; row: number; messages: readonly Message[] },
  encoded: Encoded,
  tokenizer: Tokenizer,
): Promise<PreviewedTokens> {
  const { example, truncated } = encoded;
  const tokens = await toSegments(encoded, tokenizer);
  return {
    dataset: row.dataset,
    row: row.row,
    messages: row.messages,
    text: tokens.map(({ text }) => text).join(''),
    ids: [...example.ids],
    labels: [...example.labels],
    tokens,
    truncated,
  };
}
