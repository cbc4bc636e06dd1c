// Routes that look at recipes, data, models and devices without running anything.
import { z } from 'zod';
import { finding, previewedRow } from '../../data/protocol.ts';
import { modelOnDisk } from '../../runs/protocol.ts';
import { absolutePath, onlyOneSource, recipeSource, route } from './route.ts';

const count = z.number().int();

/** Lengths are in tokens. */
const between = z.object({ low: z.number(), high: z.number() });

/** What a run will take; memory and disk in bytes. */
export const estimated = z.object({
  parameters: z.number(),
  trainable: z.number(),
  memory: z.object({
    program: z.number(),
    weights: z.number(),
    gradients: z.number(),
    optimizer: z.number(),
    activations: z.number(),
    logits: z.number(),
    total: z.number(),
    range: between,
    machine: z.number(),
    fits: z.boolean(),
  }),
  disk: z.object({ checkpoint: z.number(), checkpoints: z.number(), kept: z.number(), result: z.number() }),
  steps: z.number(),
  epochs: z.number(),
  rowsPerStep: z.number(),
  tokens: z.object({ perEpoch: z.number(), total: z.number(), trainedShare: z.number() }),
  efficiency: z.number(),
  seconds: between,
  tokensPerSecond: between,
  data: z.object({ examples: z.number(), meanTokens: z.number(), longest: z.number(), trainedShare: z.number() }),
  /** Earlier runs on this machine corrected it. */
  calibrated: z.boolean(),
});

export const datasetFigures = z
  .looseObject({
    dataset: z.string(),
    files: z.array(z.object({ path: z.string(), rows: count })),
    /** Rows in the files, how many of them a run takes, and how many were looked at. */
    rows: count,
    used: count,
    looked: count,
    isSample: z.boolean(),
    tokens: z.looseObject({ total: count, trained: count, longest: count, mean: z.number() }),
    /** `to` is null in the last bar where that is open. */
    histogram: z.array(z.object({ from: count, to: count.nullable(), rows: count })),
    cutoffLength: count,
    truncated: z.object({ rows: count, share: z.number(), lostTokens: count }),
    dropped: z.array(z.object({ code: z.string(), reason: z.string(), rows: count, first: count })),
    /** Rows none of whose tokens is trained, and the first of them. */
    untrained: z.object({ rows: count, first: count.optional() }),
  })
  .meta({ id: 'DatasetFigures' });

export const deviceStatus = z
  .object({
    device: z.string(),
    available: z.boolean(),
    /** Why not. */
    reason: z.string().optional(),
    running: z.array(z.string()),
    waiting: z.array(z.string()),
  })
  .meta({ id: 'DeviceStatus' });

const checked = z.strictObject(recipeSource).refine(onlyOneSource.check, onlyOneSource.message);

export const dataRoutes = {
  check: route({
    method: 'post',
    path: '/v1/check',
    summary: 'What is wrong with a recipe and the data it names, as "anneal check" says it.',
    body: checked,
    response: z.object({ findings: z.array(finding) }),
  }),
  preview: route({
    method: 'post',
    path: '/v1/preview',
    summary: "Rows of a recipe's data as messages, rendered text, tokens and mask.",
    body: z
      .strictObject({
        ...recipeSource,
        /** One of the recipe's datasets; default: all of them. */
        dataset: z.string().max(1000).optional(),
        first: z.number().int().min(0).default(0),
        rows: z.number().int().min(1).max(500).default(20),
      })
      .refine(onlyOneSource.check, onlyOneSource.message),
    response: z.object({ rows: z.array(previewedRow) }),
  }),
  statistics: route({
    method: 'post',
    path: '/v1/statistics',
    summary:
      "Figures over a recipe's data: rows, lengths, what cutoff_len takes away, what is trained, what is left out.",
    body: z
      .strictObject({
        ...recipeSource,
        dataset: z.string().max(1000).optional(),
        /** Every row, however long it takes; otherwise a sample. */
        all: z.boolean().default(false),
      })
      .refine(onlyOneSource.check, onlyOneSource.message),
    response: z.object({ datasets: z.array(datasetFigures) }),
  }),
  estimate: route({
    method: 'post',
    path: '/v1/estimate',
    summary: 'What a run of a recipe will take: memory by part, disk, steps, tokens and time.',
    body: z.strictObject({ ...recipeSource }).refine(onlyOneSource.check, onlyOneSource.message),
    response: estimated,
  }),
  devices: route({
    method: 'get',
    path: '/v1/devices',
    summary: 'Devices of this machine, what runs on them, and how much of the machine is in use.',
    response: z.object({
      devices: z.array(deviceStatus),
      /** Processor use since the last look, from 0 to 1 over all cores. */
      processorUse: z.number(),
      cores: z.number().int(),
      memory: z.number(),
      availableMemory: z.number(),
    }),
  }),
  models: route({
    method: 'get',
    path: '/v1/models',
    summary: "Models, adapters and checkpoints in the session's folders and in the Hugging Face cache.",
    query: z.strictObject({ folder: absolutePath.optional() }),
    response: z.object({ models: z.array(modelOnDisk) }),
  }),
} as const;
