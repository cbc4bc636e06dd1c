// Between the daemon and the process that reads data for it.
import { z } from 'zod';

const recipe = {
  /** The recipe's text, what it is called, and where its relative paths start. */
  recipe: z.string(),
  file: z.string(),
  overrides: z.array(z.string()),
  workingDirectory: z.string(),
};

/** A dataset to look at: as a recipe uses it, or as it lies in its file. */
const viewSource = z.object({
  recipe: z.object(recipe).optional(),
  dataset: z.string().optional(),
  dataFile: z.string().optional(),
  language: z.enum(['en', 'zh-cn']),
});
export type ViewSource = z.infer<typeof viewSource>;

const terms = z.object({ text: z.string(), isExpression: z.boolean(), matchCase: z.boolean() });
const filter = z.enum(['errors', 'warnings', 'truncated', 'untrained', 'dropped', 'duplicates']);

/** What is asked of it. */
const viewQuestion = z.discriminatedUnion('what', [
  z.object({ what: z.literal('state') }),
  z.object({
    what: z.literal('rows'),
    first: z.number(),
    count: z.number(),
    filter: filter.optional(),
    terms: terms.optional(),
    file: z.string().optional(),
    longestFirst: z.boolean(),
  }),
  z.object({ what: z.literal('row'), row: z.number() }),
  z.object({ what: z.literal('place'), file: z.string(), line: z.number() }),
  z.object({ what: z.literal('scan'), action: z.enum(['start', 'look', 'stop']), terms: terms.optional() }),
]);
export type ViewQuestion = z.infer<typeof viewQuestion>;

/** Daemon to reader. */
export const readerRequest = z.discriminatedUnion('method', [
  /** Findings of the recipe, and of the data it names. */
  z.object({ id: z.number(), method: z.literal('check'), ...recipe }),
  /** Rows as the model will see them; `last` counts. */
  z.object({
    id: z.number(),
    method: z.literal('preview'),
    ...recipe,
    dataset: z.string().optional(),
    first: z.number(),
    last: z.number(),
  }),
  /** Figures over the rows, of a sample unless `all` are asked for. */
  z.object({
    id: z.number(),
    method: z.literal('statistics'),
    ...recipe,
    dataset: z.string().optional(),
    all: z.boolean(),
  }),
  /** What a run of the recipe will take. */
  z.object({ id: z.number(), method: z.literal('estimate'), ...recipe }),
  /** A dataset for the dataset view. */
  z.object({ id: z.number(), method: z.literal('view'), source: viewSource, question: viewQuestion }),
]);
export type ReaderRequest = z.infer<typeof readerRequest>;

/** Reader to daemon. */
export const readerReply = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string(), status: z.union([z.literal(1), z.literal(2)]) }).optional(),
});
export type ReaderReply = z.infer<typeof readerReply>;
