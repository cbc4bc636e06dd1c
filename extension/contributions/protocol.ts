// What the extension's commands take: from menus, lenses, trees, views, other extensions. Checked at the border, like any message.
import { z } from 'zod';

const runId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9-]*$/);

/** One run. Items of the tree carry it too. */
export const runTarget = z.object({ run: runId });

/** A run, and the step of one of its checkpoints; default: the last. */
export const checkpointTarget = z.object({ run: runId, checkpoint: z.number().int().min(0).optional() });

/** Runs to compare; with one, others are chosen beside it. */
export const runsTarget = z.union([z.object({ runs: z.array(runId).min(2).max(8) }), runTarget]);

/** A file, as VS Code's menus name it. */
const fileTarget = z.object({ scheme: z.string(), path: z.string(), fsPath: z.string() });

/** A recipe or dataset_info.json, as lenses name it: `folder` is where the recipe's paths start. */
const lensTarget = z.object({ uri: z.string(), folder: z.string(), dataset: z.string().optional() });

/** One row of a dataset: rows count from 0. */
const rowTarget = lensTarget.extend({ row: z.number().int().min(0).optional() });

export const documentTarget = z.union([rowTarget, fileTarget]);
export type DocumentTarget = z.infer<typeof documentTarget>;

/** A folder or file on the machine of the extension. */
export const pathTarget = z.object({ path: z.string() });

/** A clone: keys that are changed; null removes one. */
export const cloneTarget = z.object({ run: runId, changes: z.record(z.string(), z.unknown()).optional() });

export const nothing = z.undefined();
