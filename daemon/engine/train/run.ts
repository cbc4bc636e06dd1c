// One training run from its recipe to its output directory: recipe, data, model, loop, results, in that order.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import type { LoadedData } from '../../data/dataset.ts';
import { chatTemplateToSave } from '../../data/template/to-jinja.ts';
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { RunEvent } from '../../protocol.ts';
import { checkRecipe, refuseErrors } from '../../recipe/check.ts';
import { forRun } from '../../recipe/finding.ts';
import { sizeOf, type Shape } from '../graph/tensor.ts';
import { Sampler } from '../generate/sampler.ts';
import type { RandomSource } from '../model/load.ts';
import { quantizationSettings } from '../model/quantized/settings.ts';
import { chooseInt8 } from '../model/quantized/speed.ts';
import { chooseDevice } from '../runtime/devices.ts';
import { choosePrecision } from '../runtime/precision.ts';
import { matrixProbe } from '../runtime/probe.ts';
import { restoreCheckpoint, writeModelFiles, type RunState, type Saved } from './checkpoint.ts';
import { evaluateAll } from './evaluate.ts';
import { setFeed, streamFeed } from './feed.ts';
import { Loop, withPerplexity } from './loop.ts';
import { AdamW } from './optimizers/adamw.ts';
import { planSteps, planStream, trainOptions, type TrainOptions } from './options.ts';
import { plotLoss } from './plot.ts';
import { prepareData, warn } from './prepare-data.ts';
import { prepareModel } from './prepare-model.ts';
import { writeDescription } from './run-directory/describe.ts';
import { Random } from './random.ts';
import { lockFolder, modelFiles, prepareFolder, writeInto, writeJson } from './run-directory/files.ts';
import { saveResults } from './run-directory/results.ts';
import { checkpointToResume } from './resume.ts';
import { makeSchedule, warmupStepsOf } from './schedule.ts';
import { Stepper } from './stepper.ts';
import { openTrackers, tracked } from './trackers/open.ts';

export interface RunRequest {
  readonly recipeFile: string;
  /** Its text, where that is known already. */
  readonly recipeText?: string | undefined;
  readonly overrides: readonly string[];
  readonly workingDirectory: string;
}

export interface RunContext {
  readonly emit: (event: RunEvent) => void;
  readonly stop: AbortSignal;
  /** Asked after each step: whether to write a checkpoint out of turn. */
  readonly checkpointNow?: () => boolean;
  readonly clock: () => number;
  readonly now: () => Date;
  readonly version: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Runs a recipe to its end, or to a stop. Throws UserError with a sentence for what goes wrong. */
export async function runTraining(request: RunRequest, context: RunContext): Promise<void> {
  const { emit } = context;
  emit({ type: 'phase', phase: 'recipe', message: `Reading ${request.recipeFile}` });
  const text = request.recipeText ?? (await readRecipe(request));
  const { recipe, given, findings } = checkRecipe(text, request.recipeFile, request.overrides, { command: 'train' });
  refuseErrors(forRun(findings));
  const options = trainOptions(recipe, given, request.workingDirectory, context.now());
  await prepareFolder(options.outputDir);
  const release = await lockFolder(options.outputDir, process.pid);
  try {
    await new Run(options, request, text, context).run();
  } finally {
    await release();
  }
}

const readRecipe = ({ workingDirectory, recipeFile }: RunRequest): Promise<string> =>
  readFile(resolve(workingDirectory, recipeFile), 'utf8').catch((cause: unknown) => {
    throw new UserError('recipe-missing', `The recipe ${recipeFile} cannot be read: check the path.`, { cause });
  });

class Run {
  readonly #options: TrainOptions;
  readonly #request: RunRequest;
  readonly #text: string;
  readonly #context: RunContext;
  readonly #random: RandomSource;

  constructor(options: TrainOptions, request: RunRequest, text: string, context: RunContext) {
    this.#options = options;
    this.#request = request;
    this.#text = text;
    this.#context = context;
    this.#random = {
      normal: (out, deviation, stream) => new Random(options.seed, 'init', stream).normal(out, deviation),
      uniform: (out, bound, stream) => new Random(options.seed, 'init', stream).uniform(out, bound),
    };
  }

  async run(): Promise<void> {
    const options = this.#options;
    const { recipe } = options;
    const resumeFrom = checkpointToResume(options);
    const { data, tokenizer, template } = await prepareData(options, this.#context.emit, this.#context.now);
    this.#context.emit({ type: 'phase', phase: 'model', message: `Loading ${options.modelFolder}` });
    const device = await chooseDevice(recipe.anneal_device, matrixProbe(this.#context.clock));
    const int8 = await chooseInt8(quantizationSettings(recipe), device, this.#context.clock);
    if (int8.warning !== undefined)
      this.#context.emit({ type: 'warning', code: 'quantization-slow', message: int8.warning });
    const model = await prepareModel(options, tokenizer, this.#random, this.#context.emit, int8);
    const precision = choosePrecision(device, { ...recipe, pureBf16: recipe.pure_bf16 });
    if (precision.warning !== undefined)
      this.#context.emit({ type: 'warning', code: 'precision', message: precision.warning });

    const stepper = new Stepper(model, {
      device,
      threads: recipe.anneal_threads,
      activationBudget: model.activationBudget,
      accumulate: options.gradientAccumulationSteps > 1,
      dropout: recipe.lora_dropout > 0,
      neftuneAlpha: recipe.neftune_noise_alpha ?? 0,
      seed: options.seed,
    });
    const optimizer = new AdamW(model.groups, {
      beta1: recipe.adam_beta1,
      beta2: recipe.adam_beta2,
      epsilon: recipe.adam_epsilon,
    });
    const saved: Saved = {
      weights: model.weights,
      trainable: model.trainable,
      config: model.config,
      lora: model.lora,
      baseFolder: recipe.model_name_or_path ?? options.modelFolder,
      tokenizer,
      chatTemplate: chatTemplateToSave(template, tokenizer, options.data.templateName !== undefined),
    };
    const sampler = new Sampler(model, tokenizer, template, {
      device,
      threads: recipe.anneal_threads,
      prompts: recipe.anneal_sample_prompts ?? [],
      maxNewTokens: Math.min(recipe.max_new_tokens, 128),
      rendering: { ...options.data, discardHistoryThoughts: false },
    });
    const sample = async (step: number): Promise<void> => {
      await model.ready;
      await sampler.answer(step, this.#context.emit);
    };
    const common = { data, tokenizer, stepper, saved, device, precision: precision.compute };
    if (recipe.do_train)
      await this.#train({
        ...common,
        optimizer,
        gradients: model.groups.map((group) => group.gradients),
        sample,
        resumeFrom,
      });
    else await this.#evaluateOnly(common);
  }

  async #train(parts: {
    data: LoadedData;
    tokenizer: Tokenizer;
    stepper: Stepper;
    saved: Saved;
    optimizer: AdamW;
    gradients: readonly Float32Array[];
    sample: (step: number) => Promise<void>;
    resumeFrom: string | undefined;
    device: string;
    precision: string;
  }): Promise<void> {
    const options = this.#options;
    const { recipe } = options;
    const { emit } = this.#context;
    const { stream, train } = parts.data;
    const plan = stream ? planStream(options) : planSteps(train.length, options);
    const feed = stream ? streamFeed(stream, options, plan) : setFeed(train, options, plan);
    const warmup = recipe.warmup_ratio !== null && recipe.warmup_ratio > 0 ? recipe.warmup_ratio : recipe.warmup_steps;
    const kwargs =
      typeof recipe.lr_scheduler_kwargs === 'string'
        ? (JSON.parse(recipe.lr_scheduler_kwargs) as Record<string, unknown>)
        : (recipe.lr_scheduler_kwargs ?? {});
    const schedule = makeSchedule({
      type: recipe.lr_scheduler_type,
      learningRate: recipe.learning_rate,
      warmupSteps: warmupStepsOf(warmup, plan.totalSteps),
      totalSteps: plan.totalSteps,
      kwargs,
    });
    let resumed: RunState | undefined;
    if (parts.resumeFrom !== undefined) {
      resumed = await restoreCheckpoint(parts.resumeFrom, parts.saved, parts.optimizer);
      const isSame = resumed.dataHash === undefined || resumed.dataHash === train.hash;
      const isCounted = stream !== undefined || resumed.examples === feed.examples;
      if (!isSame || !isCounted || resumed.seed !== options.seed) {
        throw new UserError(
          'resume-changed',
          `The data or the seed have changed since ${parts.resumeFrom} was written: set overwrite_output_dir: true to start anew.`,
        );
      }
    }
    await writeDescription(options.outputDir, {
      recipeFile: this.#request.recipeFile,
      recipe: this.#text,
      overrides: this.#request.overrides,
      annealVersion: this.#context.version,
      device: parts.device,
      started: this.#context.now(),
      modelFolder: options.modelFolder,
      dataHash: train.hash,
    });
    emit({
      type: 'start',
      totalSteps: plan.totalSteps,
      startStep: resumed?.step ?? 0,
      examples: feed.examples,
      epochs: plan.epochs,
      totalBatchSize: options.batchSize * options.gradientAccumulationSteps,
      parameters: count([
        ...parts.saved.weights.base.values(),
        ...(parts.saved.weights.quantized?.values() ?? []),
        ...parts.saved.trainable.filter(({ name }) => !parts.saved.weights.base.has(name)),
      ]),
      trainableParameters: count(parts.saved.trainable),
      device: parts.device,
      precision: parts.precision,
      outputDir: options.outputDir,
      stage: options.stage,
      finetuningType: options.finetuningType,
    });
    const trackers = await openTrackers({
      ...this.#context,
      options,
      recipeFile: this.#request.recipeFile,
      startStep: resumed?.step ?? 0,
    });
    const loop = new Loop(
      {
        options,
        plan,
        feed,
        dataHash: train.hash,
        evaluation: parts.data.evaluation,
        padId: parts.tokenizer.padId,
        stepper: parts.stepper,
        optimizer: parts.optimizer,
        gradients: parts.gradients,
        schedule,
        saved: parts.saved,
        emit,
        stop: this.#context.stop,
        checkpointNow: this.#context.checkpointNow ?? (() => false),
        clock: this.#context.clock,
        sample: parts.sample,
        track: (step, metrics) => trackers.log(step, metrics),
      },
      resumed,
    );
    const result = await tracked(trackers, async () => {
      const ended = await loop.run();
      if (stream) warn(stream, options, emit);
      if (ended.state === 'done') {
        const replaces = parts.saved.lora ? undefined : modelFiles;
        await writeInto(options.outputDir, (folder) => writeModelFiles(folder, parts.saved), replaces);
      }
      await writeJson(join(options.outputDir, 'trainer_state.json'), loop.trainerState());
      if (recipe.plot_loss) await plotLoss(options.outputDir, loop.trainerState());
      return ended;
    });
    emit({ type: 'end', state: result.state, step: result.step, metrics: result.metrics });
  }

  async #evaluateOnly({
    data,
    stepper,
    tokenizer,
  }: {
    data: LoadedData;
    stepper: Stepper;
    tokenizer: Tokenizer;
  }): Promise<void> {
    const options = this.#options;
    if (data.evaluation.length === 0) {
      throw new UserError(
        'nothing-to-do',
        'The recipe neither trains nor evaluates: set do_train: true, or do_eval: true with an eval_dataset.',
      );
    }
    const metrics = withPerplexity(
      options.stage,
      await evaluateAll(data.evaluation, stepper, { options, padId: tokenizer.padId }),
    );
    this.#context.emit({ type: 'eval', step: 0, epoch: 0, metrics });
    await saveResults(options.outputDir, 'eval', metrics);
    this.#context.emit({ type: 'end', state: 'done', step: 0, metrics });
  }
}

const count = (parameters: readonly { shape: Shape }[]): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
