// What a checkpoint holds and how a run comes back from it: weights as PEFT or transformers read them, the optimizer's
// moments, and the place in the data. Order, dropout and noise are functions of seed and step, so no generator is saved.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { StreamPosition } from '../../data/stream/example-stream.ts';
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts';
import { writeAdapter, readAdapter, readAdapterSettings, type LoraSettings } from '../model/adapters/peft-files.ts';
import { writeModel } from '../model/model-files.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Parameter, Weights } from '../model/parameters.ts';
import { outlierSites } from '../model/quantized/matrix.ts';
import { restorePeaks, savePeaks } from '../model/quantized/outliers.ts';
import { readAll, readWeights } from '../model/safetensors/read.ts';
import { writeSafetensors } from '../model/safetensors/write.ts';
import type { AdamW } from './optimizers/adamw.ts';
import { writeJson } from './run-directory/files.ts';
import type { LogEntry } from './run-directory/trainer-log.ts';

const stateSchema = z.object({
  version: z.literal(1),
  step: z.number().int().nonnegative(),
  optimizerStep: z.number().int().nonnegative(),
  totalTokens: z.number(),
  elapsedSeconds: z.number(),
  lossSum: z.number(),
  window: z.object({ loss: z.number(), steps: z.number().int() }),
  seed: z.number(),
  examples: z.number().int(),
  best: z.object({ metric: z.number().nullable(), checkpoint: z.string().nullable(), waited: z.number() }),
  history: z.array(z.object({ step: z.number(), epoch: z.number() }).catchall(z.number())),
  schedule: z.unknown().optional(),
  dataHash: z.string().optional(),
  stream: z.object({ epoch: z.number().int(), rows: z.number().int(), used: z.number().int() }).optional(),
});

/** Everything beside weights and moments that a run needs to go on as if it had never stopped. */
export interface RunState {
  readonly step: number;
  readonly totalTokens: number;
  readonly elapsedSeconds: number;
  /** Sum of step losses so far: train_loss is its mean. */
  readonly lossSum: number;
  /** Losses since the last log line. */
  readonly window: { readonly loss: number; readonly steps: number };
  readonly seed: number;
  readonly examples: number;
  readonly best: { readonly metric: number | null; readonly checkpoint: string | null; readonly waited: number };
  readonly history: readonly LogEntry[];
  /** Of a schedule that follows the evaluation. */
  readonly schedule?: unknown;
  /** Of what the run trains on. */
  readonly dataHash?: string | undefined;
  /** Streams: where the next step begins. */
  readonly stream?: StreamPosition | undefined;
}

export interface Saved {
  readonly weights: Weights;
  readonly trainable: readonly Parameter[];
  readonly config: ModelConfig;
  readonly lora: LoraSettings | undefined;
  /** Folder the run began with: adapter_config.json names it, a full checkpoint takes its other files from it. */
  readonly baseFolder: string;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: string | undefined;
}

/** What 8-bit products have seen of their inputs: it decides which columns stay unrounded. */
const PEAKS = 'outlier_peaks.safetensors';

/** The model's own files: what PEFT or transformers load. */
export async function writeModelFiles(folder: string, saved: Saved): Promise<void> {
  if (saved.lora) await writeAdapter(folder, saved.weights.adapter, saved.lora, saved.baseFolder);
  else await writeModel(folder, saved.config, saved.weights.base, saved.baseFolder);
  await saved.tokenizer.save(folder, saved.chatTemplate);
}

/** A whole checkpoint into an existing folder; with `modelOnly` it can be loaded, but not resumed from. */
export async function writeCheckpoint(
  folder: string,
  saved: Saved,
  optimizer: AdamW,
  state: RunState,
  trainerState: Record<string, unknown>,
  modelOnly: boolean,
): Promise<void> {
  await writeModelFiles(folder, saved);
  await writeJson(join(folder, 'trainer_state.json'), trainerState);
  if (modelOnly) return;
  const moments = optimizer.moments.flatMap(({ first, second }, i) => [
    { name: `group.${i}.first`, shape: [first.length], data: first },
    { name: `group.${i}.second`, shape: [second.length], data: second },
  ]);
  await writeSafetensors(join(folder, 'optimizer.safetensors'), moments);
  const peaks = savePeaks(outlierSites(saved.weights));
  if (peaks.length > 0) await writeSafetensors(join(folder, PEAKS), peaks);
  await writeJson(join(folder, 'anneal_state.json'), { version: 1, optimizerStep: optimizer.step, ...state });
}

/** Puts a checkpoint's weights, moments and counters back. Throws UserError where the checkpoint does not fit the run. */
export async function restoreCheckpoint(folder: string, saved: Saved, optimizer: AdamW): Promise<RunState> {
  const state = await readState(folder);
  await restoreWeights(folder, saved);
  const sites = outlierSites(saved.weights);
  if (sites.size > 0) restorePeaks(sites, await readAll(join(folder, PEAKS)));
  const moments = await readAll(join(folder, 'optimizer.safetensors'));
  optimizer.moments.forEach(({ first, second }, i) => {
    for (const [name, target] of [
      ['first', first],
      ['second', second],
    ] as const) {
      const stored = moments.get(`group.${i}.${name}`);
      if (stored?.data.length !== target.length) {
        throw new UserError(
          'checkpoint-fit',
          `The checkpoint ${folder} is of a run that trained other weights: set overwrite_output_dir: true to start anew.`,
        );
      }
      target.set(stored.data);
    }
  });
  optimizer.step = state.optimizerStep;
  return state;
}

/** Weights alone: to resume, or to go back to the best checkpoint. */
export async function restoreWeights(folder: string, { lora, trainable, weights }: Saved): Promise<void> {
  if (lora) {
    const adapter = await readAdapter(folder, await readAdapterSettings(folder), 0);
    const pairs = [...adapter.lora.values()].flatMap(({ a, b }) => [a, b]);
    const stored = new Map([...pairs, ...adapter.saved.values()].map((parameter) => [parameter.name, parameter.data]));
    for (const { name, data } of trainable) data.set(valueOf(stored, name, data.length, folder));
    return;
  }
  const base = [...weights.base.values()];
  const stored = await readWeights(folder, base);
  for (const { name, data } of base) data.set(valueOf(stored, name, data.length, folder));
}

function valueOf(
  stored: ReadonlyMap<string, Float32Array>,
  name: string,
  length: number,
  folder: string,
): Float32Array {
  const values = stored.get(name);
  if (values?.length !== length) {
    throw new UserError(
      'checkpoint-fit',
      `The checkpoint ${folder} does not hold ${name} as this run trains it: set overwrite_output_dir: true to start anew.`,
    );
  }
  return values;
}

async function readState(folder: string): Promise<z.infer<typeof stateSchema>> {
  const path = join(folder, 'anneal_state.json');
  if (!existsSync(path)) {
    throw new UserError(
      'checkpoint-model-only',
      `${folder} cannot be resumed from: it holds weights only (save_only_model, or not written by Anneal).`,
    );
  }
  const parsed = stateSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success)
    throw new UserError('checkpoint-broken', `${path} cannot be read: ${parsed.error.issues[0]?.message}.`);
  return parsed.data;
}

export const isResumable = (folder: string): boolean => existsSync(join(folder, 'anneal_state.json'));
