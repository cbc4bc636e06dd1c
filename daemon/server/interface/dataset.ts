// Routes of the dataset view: one dataset, row by row, as a recipe uses it or as it lies in its file.
import { z } from 'zod';
import {
  datasetScan,
  datasetState,
  rowFilter,
  rowSummary,
  searchTerms,
  version,
  wholeRow,
} from '../../data/protocol.ts';
import { absolutePath, onlyOneSource, recipeSource, route } from './route.ts';

/**
 * A dataset of a recipe; or a file, read as a recipe says (its template, cutoff_len and model) or, without one, as it is. What is only
 * tried out (another template, another cutoff_len) comes as overrides.
 */
export const datasetSource = z
  .strictObject({
    ...recipeSource,
    workingDirectory: absolutePath.optional(),
    /** One of the recipe's datasets; default: the first. */
    dataset: z.string().max(1000).optional(),
    /** A file of rows. Its layout is inferred where the recipe uses no dataset of this file. */
    file: absolutePath.optional(),
    /** Findings are said in it. */
    language: z.enum(['en', 'zh-cn']).default('en'),
  })
  .refine((source) => source.file !== undefined || onlyOneSource.check(source), { message: 'give a file, or a recipe as recipeFile or recipeText' })
  .refine(({ recipeFile, recipeText }) => recipeFile === undefined || recipeText === undefined, onlyOneSource.message)
  .refine(({ recipeFile, recipeText, workingDirectory }) => (recipeFile ?? recipeText) === undefined || workingDirectory !== undefined, { message: 'a recipe needs its workingDirectory' })
  .meta({ id: 'DatasetSource' }); // prettier-ignore
export type DatasetSource = z.output<typeof datasetSource>;

const count = z.number().int().min(0);
const rowNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const datasetRoutes = {
  dataset: route({
    method: 'post',
    path: '/v1/dataset',
    summary: 'What a dataset is: its files, how many rows, how they are rendered. At once, however large the files are.',
    body: z.strictObject({ source: datasetSource }),
    response: datasetState,
  }),
  datasetRows: route({
    method: 'post',
    path: '/v1/dataset/rows',
    summary: 'Rows of a dataset, a line each: all, or those of a filter or a search, which begins a look at every row.',
    body: z.strictObject({
      source: datasetSource,
      first: rowNumber.default(0),
      rows: z.number().int().min(1).max(200).default(50),
      filter: rowFilter.optional(),
      search: searchTerms.optional(),
      /** One of the dataset's files. */
      file: absolutePath.optional(),
      longestFirst: z.boolean().default(false),
    }),
    /** `total`: rows that fit, so far as they have been looked at; null while the file is being indexed. */
    response: z.object({ version, rows: z.array(rowSummary), total: count.nullable() }),
  }),
  datasetRow: route({
    method: 'post',
    path: '/v1/dataset/row',
    summary: 'One row with all that can be said of it: as written, as messages, as text and tokens with their mask, its findings.',
    body: z.strictObject({ source: datasetSource, row: rowNumber }),
    response: wholeRow,
  }),
  datasetPlace: route({
    method: 'post',
    path: '/v1/dataset/place',
    summary: 'The row at a line of one of the dataset’s files; null where there is none.',
    body: z.strictObject({ source: datasetSource, file: absolutePath, line: z.number().int().min(1) }),
    response: z.object({ version, row: count.nullable() }),
  }),
  datasetScan: route({
    method: 'post',
    path: '/v1/dataset/scan',
    summary: 'The look at every row that filters and a search need: begun, looked at, or stopped. It stops by itself once nobody asks.',
    body: z.strictObject({
      source: datasetSource,
      action: z.enum(['start', 'look', 'stop']).default('look'),
      search: searchTerms.optional(),
    }),
    response: datasetScan,
  }),
} as const; // prettier-ignore
