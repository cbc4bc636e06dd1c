// Recorded evaluations without training, greedy generation, schedules and rotary tables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Generator } from '../../daemon/engine/generate/greedy.ts';
import { readAdapter, readAdapterSettings } from '../../daemon/engine/model/adapters/peft-files.ts';
import { parseModelConfig, readModelConfig } from '../../daemon/engine/model/config.ts';
import { loadModel, type RandomSource } from '../../daemon/engine/model/load.ts';
import { mergeAdapter } from '../../daemon/engine/model/trained-part.ts';
import { emptyAdapter } from '../../daemon/engine/model/parameters.ts';
import { ropeCosSin, ropeTable } from '../../daemon/engine/model/rope.ts';
import { makeSchedule } from '../../daemon/engine/train/schedule.ts';
import { knapsack } from '../../daemon/data/packing.ts';
import { truncateTurn } from '../../daemon/data/truncation.ts';
import { expected, goldenFolder, runCase } from './golden.ts';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(goldenFolder, 'cases', name, 'expected.json'), 'utf8'));

const noRandom: RandomSource = { normal: () => undefined, uniform: () => undefined };

test.each(['eval-only-lora-llama', 'eval-only-pt-llama'])('%s', async (name) => {
  const { events } = await runCase(name);
  const metrics = events.find((event) => event.type === 'eval')?.metrics ?? {};
  const { epoch: _, eval_perplexity: perplexity, ...rest } = expected(name).eval_results ?? {};
  for (const [key, value] of Object.entries(rest))
    expect(Math.abs((metrics[key] ?? Number.NaN) - value), key).toBeLessThanOrEqual(2e-5);
  if (perplexity !== undefined)
    expect(Math.abs((metrics['eval_perplexity'] ?? 0) / perplexity - 1)).toBeLessThanOrEqual(2e-5);
});

interface Sample {
  readonly prompt_ids: number[];
  readonly new_ids: number[];
  readonly margins: number[];
  readonly settings: Record<string, unknown>;
}

interface Greedy {
  readonly models: Record<string, { stop_ids: number[] } & Record<string, Sample[] | number[]>>;
}

const dense = ['llama', 'llama3-rope', 'llama-bias', 'qwen2', 'qwen3', 'mistral', 'gemma', 'gemma2', 'gemma3', 'phi3'];

describe('greedy generation', () => {
  const { models } = read('generate-greedy') as Greedy;
  test.each(dense)('%s', async (name) => {
    const golden = models[name];
    if (!golden) throw new Error(name);
    const model = await loadModel(
      {
        folder: join(goldenFolder, 'models', name),
        trainFromScratch: false,
        ropeScaling: undefined,
        cutoffLength: 0,
        resizeTo: undefined,
      },
      noRandom,
    );
    const stopIds = new Set(golden.stop_ids);
    const weights = { base: model.base, adapter: emptyAdapter };
    for (const { prompt_ids: prompt, new_ids: reference, margins, settings } of golden['base'] as Sample[]) {
      if (Object.keys(settings).length > 0) continue;
      const generator = new Generator(
        { ...model, weights },
        { device: 'cpu', threads: 1, maxNewTokens: reference.length, stopIds },
      );
      const made = await generator.generate(prompt);
      await generator.release();
      // beyond the first near tie either way is right
      const tie = margins.findIndex((margin) => margin < 1e-3);
      const compared = tie < 0 ? reference.length : tie;
      const wanted = reference.slice(0, compared).filter((id) => !stopIds.has(id));
      expect(made.slice(0, wanted.length)).toEqual(wanted);
    }
  });
});

interface Tables {
  readonly schedules: {
    type: string;
    warmup_steps: number;
    total_steps: number;
    kwargs: Record<string, unknown>;
    base_lr: number;
    lr: number[];
  }[];
  readonly knapsack: { lengths: number[]; capacity: number; bins: number[][] }[];
  readonly infer_seqlen: { source: number; target: number; cutoff: number; result: [number, number] }[];
}

describe('tables', () => {
  const tables = read('tables') as Tables;

  test.each(tables.schedules)(
    'schedule $type, $warmup_steps of $total_steps',
    ({ type, warmup_steps, total_steps, kwargs, base_lr, lr }) => {
      const schedule = makeSchedule({
        type,
        learningRate: base_lr,
        warmupSteps: warmup_steps,
        totalSteps: total_steps,
        kwargs,
      });
      lr.forEach((rate, step) => {
        expect(Math.abs(base_lr * schedule(step) - rate), `step ${step}`).toBeLessThanOrEqual(
          1e-12 * Math.max(rate, base_lr),
        );
      });
    },
  );

  test('knapsack and truncation', () => {
    for (const { lengths, capacity, bins } of tables.knapsack) {
      const fitting = lengths.filter((length) => length <= capacity);
      expect(knapsack(fitting, capacity).map((pack) => pack.map((index) => fitting[index]))).toEqual(bins);
    }
    for (const { source, target, cutoff, result } of tables.infer_seqlen)
      expect(truncateTurn(source, target, cutoff)).toEqual(result);
  });
});

interface RopeTables {
  readonly kinds: Record<
    string,
    {
      rope: Record<string, unknown>;
      max_position_embeddings: number;
      lengths: Record<
        string,
        { inv_freq: number[]; attention_scaling: number; positions: number[]; cos: number[][]; sin: number[][] }
      >;
    }
  >;
}

describe('rotary tables', () => {
  const { kinds } = read('rope-scaling-tables') as RopeTables;
  test.each(Object.entries(kinds))('%s', async (_, { rope, max_position_embeddings: positions, lengths }) => {
    const { raw } = await readModelConfig(join(goldenFolder, 'models', 'llama-short'));
    const config = parseModelConfig(
      { ...raw, max_position_embeddings: positions, rope_parameters: { ...raw.rope_parameters, ...rope } },
      'config.json',
    );
    for (const [length, golden] of Object.entries(lengths)) {
      const table = ropeTable(config, 'global', Number(length));
      golden.inv_freq.forEach((value, i) =>
        expect(Math.abs((table.inverseFrequencies[i] ?? 0) / value - 1)).toBeLessThanOrEqual(2e-7),
      );
      expect(Math.abs(table.attentionScaling - golden.attention_scaling)).toBeLessThanOrEqual(1e-6);
      const { cos, sin } = ropeCosSin(table, Int32Array.from(golden.positions));
      golden.cos.flat().forEach((value, i) => expect(Math.abs((cos[i] ?? 9) - value)).toBeLessThanOrEqual(2e-6));
      golden.sin.flat().forEach((value, i) => expect(Math.abs((sin[i] ?? 9) - value)).toBeLessThanOrEqual(2e-6));
    }
  });
});

test('an adapter that is merged answers as the base with the adapter beside it', async () => {
  const folder = join(goldenFolder, 'models', 'llama');
  const adapterFolder = join(goldenFolder, 'cases', 'sft-lora-llama-embedlora', 'start-adapter');
  const load = () =>
    loadModel(
      { folder, trainFromScratch: false, ropeScaling: undefined, cutoffLength: 0, resizeTo: undefined },
      noRandom,
    );
  const adapter = await readAdapter(adapterFolder, await readAdapterSettings(adapterFolder), 0);
  const options = { device: 'cpu', threads: 1, maxNewTokens: 12, stopIds: new Set<number>() } as const;
  const beside = await load();
  const merged = await load();
  mergeAdapter(merged, adapter);
  const prompt = [513, 361, 198, 320, 392, 256];
  const first = await new Generator({ ...beside, weights: { base: beside.base, adapter } }, options).generate(prompt);
  const second = await new Generator(
    { ...merged, weights: { base: merged.base, adapter: emptyAdapter } },
    options,
  ).generate(prompt);
  expect(second).toEqual(first);
});
