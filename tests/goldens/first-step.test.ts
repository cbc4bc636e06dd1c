// The first micro batches, id by id, and the gradients of the first step, tensor by tensor.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collate, countLabels, groupSteps } from '../../daemon/data/batches.ts';
import { loadData, type LoadedData } from '../../daemon/data/dataset.ts';
import type { Batch } from '../../daemon/data/example.ts';
import { prepareTemplate } from '../../daemon/data/template/prepare.ts';
import { Tokenizer } from '../../daemon/data/tokenizer/tokenizer.ts';
import { loadModel, type RandomSource } from '../../daemon/engine/model/load.ts';
import { resumeAdapter, trainAll } from '../../daemon/engine/model/trained-part.ts';
import { readAll } from '../../daemon/engine/model/safetensors/read.ts';
import { trainOptions, type TrainOptions } from '../../daemon/engine/train/options.ts';
import { quantizationSettings } from '../../daemon/engine/model/quantized/settings.ts';
import { Stepper } from '../../daemon/engine/train/stepper.ts';
import { checkRecipe } from '../../daemon/recipe/check.ts';
import { splitList } from '../../daemon/recipe/resolve.ts';
import { expected, goldenFolder, overridesOf, recipeText, trainingCases } from './golden.ts';

const noRandom: RandomSource = { normal: () => undefined, uniform: () => undefined };

function optionsOf(name: string): TrainOptions {
  const { recipe, given } = checkRecipe(recipeText(name), 'recipe.yaml', overridesOf(name, '/nowhere'));
  return trainOptions(recipe, given, goldenFolder, new Date(2025, 0, 15));
}

async function load(options: TrainOptions): Promise<{ data: LoadedData; tokenizer: Tokenizer }> {
  const tokenizer = await Tokenizer.load(options.modelFolder);
  tokenizer.add(splitList(options.recipe.add_tokens), false);
  const template = prepareTemplate(
    options.stage === 'pt' && options.data.templateName === undefined ? 'empty' : options.data.templateName,
    tokenizer,
  );
  return { data: await loadData(options.data, { tokenizer, template }), tokenizer };
}

async function batchesOf(
  options: TrainOptions,
  { data, tokenizer }: Awaited<ReturnType<typeof load>>,
): Promise<Batch[]> {
  const order = Int32Array.from({ length: data.train.length }, (_, i) => i);
  const batches: Batch[] = [];
  for (const numbers of groupSteps(order, options.batchSize, options.gradientAccumulationSteps).flat()) {
    const examples = await data.train.read(numbers);
    batches.push(collate(examples, { padId: tokenizer.padId, multiple: options.stage === 'sft' ? 8 : 1 }));
  }
  return batches;
}

const rowsOf = (values: ArrayLike<number>, { rows, length }: Batch): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from({ length }, (__, i) => values[row * length + i] as number));

describe.each(trainingCases.filter((name) => name !== 'sft-lora-llama-shuffle'))('%s', (name) => {
  const golden = expected(name);

  test('makes the same batches', async () => {
    const options = optionsOf(name);
    const batches = await batchesOf(options, await load(options));
    golden.batches.forEach((reference, i) => {
      const batch = batches[i];
      if (!batch) throw new Error(`batch ${i} is missing`);
      expect(rowsOf(batch.ids, batch)).toEqual(reference.input_ids);
      expect(rowsOf(batch.labels, batch)).toEqual(reference.labels);
      if (reference.attention_mask)
        expect(rowsOf(batch.segments ?? batch.attended, batch)).toEqual(reference.attention_mask);
      if (reference.position_ids && batch.positions)
        expect(rowsOf(batch.positions, batch)).toEqual(reference.position_ids);
    });
    // an epoch ends before a run does: micro batches repeat from its start
    golden.micro_steps.forEach((micro, i) => {
      const batch = batches[i % batches.length];
      if (!batch) throw new Error(`micro batch ${i} is missing`);
      expect([batch.rows, batch.length]).toEqual(micro.shape);
      expect(countLabels(batch)).toBe(micro.labels);
      if (!golden.batches[0]?.attention_mask || batch.segments) return;
      expect(batch.attended.reduce((sum, value) => sum + value, 0)).toBe(micro.attended);
    });
  });
});

const recorded = trainingCases.filter(
  (name) =>
    existsSync(join(goldenFolder, 'cases', name, 'debug.safetensors')) &&
    !/neftune|shuffle|bf16|freeze|llamapro|accum/.test(name),
);

describe.each(recorded)('%s', (name) => {
  test('has the same first gradients', async () => {
    const golden = expected(name);
    const options = optionsOf(name);
    const loaded = await load(options);
    const [batch] = await batchesOf(options, loaded);
    if (!batch) throw new Error('no batch');
    const { recipe } = options;
    const model = await loadModel(
      {
        folder: options.modelFolder,
        trainFromScratch: false,
        ropeScaling: recipe.rope_scaling ?? undefined,
        cutoffLength: recipe.cutoff_len,
        resizeTo: recipe.resize_vocab ? loaded.tokenizer.size : undefined,
        quantization: quantizationSettings(recipe),
      },
      noRandom,
    );
    const adapter = options.adapterFolders.at(-1);
    const { weights, trainable } =
      adapter === undefined ? trainAll(model) : await resumeAdapter(model, resolve(goldenFolder, adapter), 0);
    const gradients = new Map(trainable.map((parameter) => [parameter.name, new Float32Array(parameter.data.length)]));
    const stepper = new Stepper(
      { config: model.config, spec: model.spec, weights, trainable, gradients },
      {
        device: 'cpu',
        threads: 1,
        attentionBlock: 24,
        activationBudget: 0,
        accumulate: false,
        dropout: false,
        neftuneAlpha: 0,
        seed: 0,
      },
    );
    const loss = await stepper.train(batch, countLabels(batch), 0, 0);
    expect(Math.abs(loss - (golden.micro_steps[0]?.loss ?? Number.NaN))).toBeLessThanOrEqual(2e-5);
    for (const [tensor, norm] of Object.entries(golden.grad_norms_step0 ?? {})) {
      const gradient = gradients.get(tensor);
      if (!gradient) throw new Error(`${tensor} has no gradient`);
      const mine = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(mine - norm), `${tensor} gradient norm`).toBeLessThanOrEqual(1e-4 * norm + 1e-7);
    }
    for (const [key, { data }] of await readAll(join(goldenFolder, 'cases', name, 'debug.safetensors'))) {
      const gradient = key.startsWith('grad.') ? gradients.get(key.slice(5)) : undefined;
      if (!gradient || gradient.length !== data.length) continue;
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = data.reduce((most, value, i) => Math.max(most, Math.abs(value - (gradient[i] ?? 0))), 0);
      expect(worst, key).toBeLessThanOrEqual(1e-4 * largest + 1e-9);
    }
  });
});
