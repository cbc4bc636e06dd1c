// What an output directory tells of the run that wrote it: LLaMA-Factory's trainer_log.jsonl and trainer_state.json as
// events, and the little that is known of its recipe.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { holdsModel, listCheckpoints } from '../../engine/train/run-directory/files.ts';
import type { RunEvent } from '../../protocol.ts';
import { sizeOf } from '../size.ts';
import { LOG, STATE } from './is-output.ts';

export interface ReadOutput {
  readonly events: readonly RunEvent[];
  /** The run came to its end. */
  readonly finished: boolean;
  readonly recipe: string;
  readonly stage: string;
  readonly finetuningType: string;
  /** Milliseconds since the epoch: when it was last written to. */
  readonly written: number;
}

const logLine = z.looseObject({ current_steps: z.number(), total_steps: z.number().optional(), epoch: z.number().optional() }); // prettier-ignore
const historyEntry = z.looseObject({ step: z.number(), epoch: z.number().optional() });
const trainerState = z.looseObject({
  log_history: z.array(historyEntry),
  max_steps: z.number().optional(),
  num_train_epochs: z.number().optional(),
  best_model_checkpoint: z.string().nullish(),
});

/** Upstream's names of what a step tells, and ours; others stay. */
const names: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  learning_rate: 'learningRate',
  grad_norm: 'gradNorm',
  throughput: 'tokensPerSecond',
  train_tokens_per_second: 'tokensPerSecond',
  total_tokens: 'totalTokens',
  num_input_tokens_seen: 'totalTokens',
};

/** Keys that place an entry, or tell how long it took. */
const placing: ReadonlySet<string> = new Set([
  'current_steps',
  'total_steps',
  'step',
  'epoch',
  'percentage',
  'train_runtime',
  'eval_runtime',
  'eval_samples_per_second',
  'eval_steps_per_second',
]);

interface Measured {
  epoch: number;
  readonly train: Record<string, number>;
  readonly evaluation: Record<string, number>;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Lines that are JSON; one that is being written is left for the next time. */
async function readLines(path: string): Promise<z.infer<typeof logLine>[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return logLine.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
}

/** Sorts the numbers of one entry into what was trained and what was evaluated. */
function take(steps: Map<number, Measured>, step: number, entry: Readonly<Record<string, unknown>>): void {
  // the totals after training have a place of their own
  if ('train_loss' in entry) return;
  const measured = steps.get(step) ?? { epoch: 0, train: {}, evaluation: {} };
  steps.set(step, measured);
  if (typeof entry['epoch'] === 'number') measured.epoch = entry['epoch'];
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'number' || !Number.isFinite(value) || placing.has(key)) continue;
    if (key.startsWith('eval_')) measured.evaluation[key] = value;
    else measured.train[names[key] ?? key] = value;
  }
}

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

/** Reads an output directory. What is missing or broken in it is left out. */
export async function readOutput(folder: string): Promise<ReadOutput> {
  const checkpoints = listCheckpoints(folder);
  const statePath = existsSync(join(folder, STATE)) ? folder : (checkpoints.at(-1)?.path ?? folder);
  const state = trainerState.safeParse(await readJson(join(statePath, STATE))).data;
  const lines = await readLines(join(folder, LOG));
  const steps = new Map<number, Measured>();
  for (const line of lines) take(steps, line.current_steps, line);
  for (const entry of state?.log_history ?? []) take(steps, entry.step, entry);
  const ordered = [...new Set([...steps.keys(), ...checkpoints.map(({ step }) => step)])].sort((a, b) => a - b);
  const last = ordered.at(-1) ?? 0;
  const totalSteps = lines.at(-1)?.total_steps ?? state?.max_steps ?? last;
  const totals = z.record(z.string(), z.number()).safeParse(await readJson(join(folder, 'all_results.json'))).data;
  const finished = totals !== undefined && holdsModel(folder);

  const events: RunEvent[] = [];
  const saved = new Map(checkpoints.map((checkpoint) => [checkpoint.step, checkpoint.path]));
  const best = /checkpoint-(\d+)$/.exec(state?.best_model_checkpoint ?? '')?.[1];
  for (const step of ordered) {
    const { epoch, train, evaluation } = steps.get(step) ?? { epoch: 0, train: {}, evaluation: {} };
    if (!isEmpty(train)) events.push({ type: 'metrics', step, totalSteps, epoch, metrics: train });
    if (!isEmpty(evaluation)) events.push({ type: 'eval', step, epoch, metrics: evaluation });
    const path = saved.get(step);
    if (path !== undefined) events.push({ type: 'checkpoint', step, path, bytes: await sizeOf(path), best: best === String(step) }); // prettier-ignore
  }
  if (finished) events.push({ type: 'end', state: 'done', step: last, metrics: totals });
  return { events, finished, written: await lastWrite(folder), ...(await readRecipe(folder)) };
}

async function lastWrite(folder: string): Promise<number> {
  const times = await Promise.all(
    [LOG, STATE].map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0),
  );
  return Math.max(...times);
}

/** LLaMA-Factory keeps no recipe, unless its web page started the run; the adapter tells a little of it. */
async function readRecipe(folder: string): Promise<Pick<ReadOutput, 'recipe' | 'stage' | 'finetuningType'>> {
  const written = await readFile(join(folder, 'training_args.yaml'), 'utf8').catch(() => undefined);
  if (written !== undefined) {
    const values = z.looseObject({ stage: z.string().optional(), finetuning_type: z.string().optional() }).safeParse(parseYaml(written)).data; // prettier-ignore
    return { recipe: written, stage: values?.stage ?? 'unknown', finetuningType: values?.finetuning_type ?? 'unknown' };
  }
  const card = readCard(await readFile(join(folder, 'README.md'), 'utf8').catch(() => ''));
  const adapter = z.looseObject({ base_model_name_or_path: z.string(), r: z.number(), lora_alpha: z.number(), lora_dropout: z.number() }).safeParse(await readJson(join(folder, 'adapter_config.json'))).data; // prettier-ignore
  const known = {
    ...(adapter && { model_name_or_path: adapter.base_model_name_or_path }),
    finetuning_type: adapter ? 'lora' : undefined,
    ...(adapter && { lora_rank: adapter.r, lora_alpha: adapter.lora_alpha, lora_dropout: adapter.lora_dropout }),
    ...card,
    output_dir: folder,
  };
  return {
    recipe: `# LLaMA-Factory keeps no recipe in its output; this is what its files tell.\n${stringify(known)}`,
    stage: 'unknown',
    finetuningType: adapter ? 'lora' : 'unknown',
  };
}

/** Names that transformers gives hyperparameters in a model card, and those of a recipe. Source: transformers, modelcard.py. */
const cardNames: Readonly<Record<string, string>> = {
  learning_rate: 'learning_rate',
  train_batch_size: 'per_device_train_batch_size',
  eval_batch_size: 'per_device_eval_batch_size',
  seed: 'seed',
  gradient_accumulation_steps: 'gradient_accumulation_steps',
  lr_scheduler_type: 'lr_scheduler_type',
  lr_scheduler_warmup_steps: 'warmup_steps',
  lr_scheduler_warmup_ratio: 'warmup_ratio',
  num_epochs: 'num_train_epochs',
  training_steps: 'max_steps',
  label_smoothing_factor: 'label_smoothing_factor',
};

/** Recipe keys that a model card tells. */
function readCard(text: string): Record<string, unknown> {
  const datasets = /on the (.+) datasets?\.$/m.exec(text)?.[1]?.split(/, the | and the /);
  const keys = [...text.matchAll(/^- (\w+): (.+)$/gm)].flatMap(([, name = '', value = '']) => {
    const key = Object.hasOwn(cardNames, name) ? cardNames[name] : undefined;
    return key === undefined ? [] : [[key, Number.isNaN(Number(value)) ? value : Number(value)] as const];
  });
  return { ...(datasets && { dataset: datasets.join(',') }), ...Object.fromEntries(keys) };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
