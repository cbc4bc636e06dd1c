// The recorded runs beside this file: what a case expects, and how one is run by the engine itself.
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAll } from '../../daemon/engine/model/safetensors/read.ts';
import { runTraining } from '../../daemon/engine/train/run.ts';
import type { RunEvent } from '../../daemon/protocol.ts';

// quantised weights are kept between runs, but not beside the user's own
process.env['ANNEAL_HOME'] = mkdtempSync(join(tmpdir(), 'anneal-goldens-'));

export const goldenFolder = fileURLToPath(new URL('.', import.meta.url));

export interface ExpectedBatch {
  readonly input_ids: number[][];
  readonly labels: number[][];
  readonly attention_mask?: number[][];
  readonly position_ids?: number[][];
}

export interface Expected {
  readonly note: string | null;
  readonly param_count: { readonly trainable: number; readonly all: number };
  readonly steps: { readonly loss: number; readonly grad_norm: number; readonly learning_rate: number }[];
  readonly micro_steps: {
    readonly tokens: number;
    readonly attended: number;
    readonly labels: number;
    readonly shape: [number, number];
    readonly loss: number;
    readonly num_items_in_batch: number | null;
  }[];
  readonly batches: ExpectedBatch[];
  readonly final_stats: Record<string, [number, number, number]>;
  readonly train_loss: number;
  readonly noise?: { readonly float64?: { readonly final_max_abs: number } };
  readonly eval?: Record<string, number>[];
  readonly eval_results?: Record<string, number>;
  readonly grad_norms_step0?: Record<string, number>;
  readonly optimizer: { readonly groups: { readonly weight_decay: number; readonly n: number }[] };
}

const caseFolder = join(goldenFolder, 'cases');

/** Cases that train by a recipe. */
export const trainingCases = readdirSync(caseFolder)
  .filter((name) => /^(sft|pt)-/.test(name) && existsSync(join(caseFolder, name, 'recipe.yaml')))
  .sort();

export const expected = (name: string): Expected =>
  JSON.parse(readFileSync(join(caseFolder, name, 'expected.json'), 'utf8')) as Expected;

export const recipeText = (name: string): string => readFileSync(join(caseFolder, name, 'recipe.yaml'), 'utf8');

/** Overrides every case is run with; a case whose adapter was made at random starts from the recorded one. */
export function overridesOf(name: string, outputDir: string): string[] {
  const adapter = join('cases', name, 'start-adapter');
  const given = recipeText(name).includes('adapter_name_or_path:');
  const start = !given && existsSync(join(goldenFolder, adapter)) ? [`adapter_name_or_path=${adapter}`] : [];
  return [`output_dir=${outputDir}`, ...start];
}

export interface GoldenRun {
  readonly events: RunEvent[];
  readonly outputDir: string;
}

/** Runs a case as the worker would, into a fresh folder. */
export async function runCase(name: string, extra: readonly string[] = []): Promise<GoldenRun> {
  const outputDir = mkdtempSync(join(tmpdir(), `anneal-${name}-`));
  const events: RunEvent[] = [];
  await runTraining(
    {
      recipeFile: join('cases', name, 'recipe.yaml'),
      overrides: [...overridesOf(name, outputDir), ...extra],
      workingDirectory: goldenFolder,
    },
    {
      emit: (event) => events.push(event),
      stop: new AbortController().signal,
      clock: () => performance.now() / 1000,
      now: () => new Date(2025, 0, 15),
      version: 'test',
      environment: {},
    },
  );
  return { events, outputDir };
}

/** Trained weights of a finished run by the names the goldens have. */
export async function trainedWeights(outputDir: string): Promise<Map<string, Float32Array>> {
  const adapter = join(outputDir, 'adapter_model.safetensors');
  const tensors = await readAll(existsSync(adapter) ? adapter : join(outputDir, 'model.safetensors'));
  return new Map([...tensors].map(([name, { data }]) => [goldenName(name), data]));
}

/** Weights a case starts from, by the same names. */
export async function startWeights(name: string): Promise<Map<string, Float32Array>> {
  const recipe = recipeText(name);
  const key = (wanted: string): string | undefined => new RegExp(`^${wanted}: (.*)$`, 'm').exec(recipe)?.[1];
  const own = join('cases', name, 'start-adapter');
  const adapter = key('adapter_name_or_path') ?? (existsSync(join(goldenFolder, own)) ? own : undefined);
  const file =
    adapter === undefined
      ? join(key('model_name_or_path') ?? '', 'model.safetensors')
      : join(adapter, 'adapter_model.safetensors');
  const tensors = await readAll(join(goldenFolder, file));
  return new Map([...tensors].map(([stored, { data }]) => [goldenName(stored), data]));
}

/** In memory PEFT calls an embedding's pair and a saved module otherwise than on disk. */
function goldenName(stored: string): string {
  if (!stored.startsWith('base_model.model.')) return stored;
  if (/lora_embedding_[AB]$/.test(stored)) return `${stored}.default`;
  return stored.includes('.lora_') ? stored : stored.replace(/\.(weight|bias)$/, '.modules_to_save.$1');
}

/** Entries [start::step] of rows or columns that a recorded tensor keeps, by the suffix of its name. */
export function kept(values: Float32Array, suffix: string, columns: number): Float32Array {
  if (suffix === '[::8]') return values.filter((_, i) => Math.floor(i / columns) % 8 === 0);
  if (suffix === '[:,::8]') return values.filter((_, i) => (i % columns) % 8 === 0);
  return values;
}
