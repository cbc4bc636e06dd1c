// What the dataset view and its host say to each other.
//
// The host answers `ready` with `state` and goes on with `scan` whenever more rows have been looked at. The view asks for pages of rows
// and for one row whole, each with a number; an answer carries it, so one that comes too late is known. A state with another `version`
// says that the files have changed: everything is asked for again.
import { z } from 'zod';
import { datasetScan, datasetState, rowFilter, rowSummary, searchTerms, wholeRow } from '../../daemon/data/protocol.ts';
import { commonMessages } from '../shared/protocol.ts';

/** What the view shows, as paths; a panel is restored from it. Without `recipe` the rows of `file` as they are. */
export const datasetTarget = z.object({
  recipe: z.string().max(4096).optional(),
  /** One of the recipe's datasets; the first where it is left out. */
  dataset: z.string().max(1000).optional(),
  file: z.string().max(4096).optional(),
});
export type DatasetTarget = z.infer<typeof datasetTarget>;

/** What is tried out in place of what the recipe says. `template` null: the model's own. */
export const triedOut = z.object({
  template: z.string().max(200).nullable().optional(),
  cutoffLength: z.number().int().min(1).max(100_000_000).optional(),
});
export type TriedOut = z.infer<typeof triedOut>;

const request = z.number().int().min(0);
const rowNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const terms = z.object(searchTerms.shape);
export type Terms = z.infer<typeof terms>;

export const toDatasetView = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    target: datasetTarget,
    state: datasetState,
    /** The recipe's name, and what it says itself; null where there is none, or it cannot render rows. */
    recipe: z.object({ name: z.string(), template: z.string().nullable(), cutoffLength: z.number().int() }).nullable(),
    tried: triedOut,
    /** Why what is tried out cannot be used; the state is that of the recipe then. */
    refusal: z.string().optional(),
  }),
  z.object({
    type: z.literal('rows'),
    request,
    first: z.number().int(),
    rows: z.array(rowSummary),
    total: z.number().int().nullable(),
    version: z.string(),
  }),
  z.object({ type: z.literal('row'), request, row: wholeRow }),
  z.object({ type: z.literal('scan'), scan: datasetScan }),
  /** Something that was asked for could not be done; `request` says which. */
  z.object({ type: z.literal('problem'), message: z.string(), request: request.optional() }),
  /** Nothing can be shown: what is wrong and what to do. */
  z.object({ type: z.literal('broken'), target: datasetTarget, message: z.string() }),
  /** Whether the daemon answers; `reason` says why not. */
  z.object({ type: z.literal('connection'), live: z.boolean(), reason: z.string() }),
  /** Show a row: the one at the cursor of the file. */
  z.object({ type: z.literal('go'), row: rowNumber }),
]);
export type ToDatasetView = z.infer<typeof toDatasetView>;
export type StateMessage = Extract<ToDatasetView, { type: 'state' }>;

export const fromDatasetView = z.discriminatedUnion('type', [
  ...commonMessages,
  z.object({
    type: z.literal('rows'),
    request,
    first: rowNumber,
    count: z.number().int().min(1).max(200),
    filter: rowFilter.optional(),
    search: terms.optional(),
    longestFirst: z.boolean(),
  }),
  z.object({ type: z.literal('row'), request, row: rowNumber }),
  /** What is looked for from now on, and whether all rows are to be looked at. */
  z.object({ type: z.literal('look'), search: terms.nullable(), start: z.boolean() }),
  z.object({ type: z.literal('stop') }),
  /** All that is to be tried out from now on; nothing: what the recipe says. */
  z.object({ type: z.literal('try'), tried: triedOut }),
  /** Writes what is tried out into the recipe. */
  z.object({ type: z.literal('apply') }),
  z.object({ type: z.literal('dataset'), name: z.string().max(1000) }),
  /** To choose a recipe whose model and template render the rows. */
  z.object({ type: z.literal('chooseRecipe') }),
  z.object({ type: z.literal('openRecipe') }),
  z.object({ type: z.literal('reveal'), row: rowNumber }),
  /** Makes the fix of a finding, by its place among those of the row, in the file. */
  z.object({ type: z.literal('fix'), row: rowNumber, finding: z.number().int().min(0) }),
  z.object({ type: z.literal('retry') }),
]);
export type FromDatasetView = z.infer<typeof fromDatasetView>;

export const tabs = ['messages', 'text', 'tokens', 'raw'] as const;

/** What the view remembers over a reload: what it shows, and where in it. */
export const datasetViewState = z.object({
  ...datasetTarget.shape,
  row: rowNumber,
  tab: z.enum(tabs),
  filter: rowFilter.nullable(),
  longestFirst: z.boolean(),
  search: z.string().max(1000),
  tried: triedOut,
});
export type DatasetViewState = z.infer<typeof datasetViewState>;
