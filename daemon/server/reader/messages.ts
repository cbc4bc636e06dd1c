// Between the daemon and the process that reads data for it.
import { z } from 'zod';

const recipe = {
  /** The recipe's text, what it is called, and where its relative paths start. */
  recipe: z.string(),
  file: z.string(),
  overrides: z.array(z.string()),
  workingDirectory: z.string(),
};

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
]);
export type ReaderRequest = z.infer<typeof readerRequest>;

/** Reader to daemon. */
export const readerReply = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string(), status: z.union([z.literal(1), z.literal(2)]) }).optional(),
});
export type ReaderReply = z.infer<typeof readerReply>;
