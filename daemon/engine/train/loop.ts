// The training loop: batches in order, steps, clipping, updates, logs, evaluations, checkpoints, the end.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { collate, countLabels, groupSteps } from '../../data/batches.ts';
import type { Batch, Example } from '../../data/example.ts';
import { permutation } from '../../data/order.ts';
import type { RunEvent } from '../../protocol.ts';
import { sizeOf } from '../graph/tensor.ts';
import { allParameters } from '../model/parameters.ts';
import { restoreWeights, writeCheckpoint, type RunState, type Saved } from './checkpoint.ts';
import { actionsAfter, judge, noBest, rotated, rotatedAtEnd, watchedMetric, type BestState } from './control.ts';
import { evaluateAll } from './evaluate.ts';
import type { AdamW } from './optimizers/adamw.ts';
import { controlOptions, type StepPlan, type TrainOptions } from './options.ts';
import { appendLog, logLine, trainerState, truncateLog, type LogEntry } from './run-directory/trainer-log.ts';
import { listCheckpoints, writeFolder } from './run-directory/files.ts';
import { saveResults, speedMetrics } from './run-directory/results.ts';
import type { Schedule } from './schedule.ts';
import type { Stepper } from './stepper.ts';

export interface LoopParts {
  readonly options: TrainOptions;
  readonly plan: StepPlan;
  readonly train: readonly Example[];
  readonly evaluation: readonly Example[];
  readonly padId: number;
  readonly stepper: Stepper;
  readonly optimizer: AdamW;
  readonly gradients: readonly Float32Array[];
  readonly schedule: Schedule;
  readonly saved: Saved;
  readonly emit: (event: RunEvent) => void;
  readonly stop: AbortSignal;
  /** Seconds on a clock that only goes forward. */
  readonly clock: () => number;
  /** Called before, during (every so many steps) and after training: answers to the sample prompts. */
  readonly sample: (step: number) => Promise<void>;
}

export interface LoopResult {
  readonly state: 'done' | 'stopped';
  readonly step: number;
  readonly metrics: Record<string, number>;
}

/** Positions of a step: the micro batches of example indices and whether an epoch ends with it. */
interface Step {
  readonly micro: readonly (readonly number[])[];
  readonly epoch: number;
  readonly epochEnds: boolean;
}

export class Loop {
  readonly #parts: LoopParts;
  #step: number;
  #totalTokens: number;
  #lossSum: number;
  #elapsedBefore: number;
  #best: BestState;
  readonly #history: LogEntry[];
  #started = 0;
  #sinceLog = { loss: 0, steps: 0 };
  #tokensHere = 0;

  constructor(parts: LoopParts, resumed: RunState | undefined) {
    this.#parts = parts;
    this.#step = resumed?.step ?? 0;
    this.#totalTokens = resumed?.totalTokens ?? 0;
    this.#lossSum = resumed?.lossSum ?? 0;
    this.#elapsedBefore = resumed?.elapsedSeconds ?? 0;
    this.#best = resumed?.best ?? noBest;
    this.#history = [...(resumed?.history ?? [])];
    if (resumed?.schedule !== undefined) parts.schedule.metric?.restore(resumed.schedule);
  }

  async run(): Promise<LoopResult> {
    const { options, plan, stop, clock, sample } = this.#parts;
    await truncateLog(options.outputDir, this.#step);
    this.#started = clock();
    if (this.#step === 0) await sample(0);
    if (this.#step === 0 && options.recipe.eval_on_start) await this.#evaluate();
    let state: LoopResult['state'] = 'done';
    for (const step of this.#remaining()) {
      await this.#train(step);
      const due = actionsAfter(controlOptions(options.recipe, plan.totalSteps), this.#step, step.epochEnds);
      if (due.log) await this.#log();
      let better = false;
      if (due.evaluate) better = this.#judge(await this.#evaluate());
      if (due.save || (better && options.recipe.save_strategy === 'best')) await this.#save(better);
      const { patience } = options.best;
      if (patience !== undefined && this.#best.waited >= patience) break;
      if (stop.aborted && this.#step < plan.totalSteps) {
        if (!due.save) await this.#save(better);
        state = 'stopped';
        break;
      }
      const every = options.recipe.anneal_sample_steps;
      if (every > 0 && this.#step % every === 0 && this.#step < plan.totalSteps) await sample(this.#step);
    }
    if (state === 'done') await this.#finish();
    return { state, step: this.#step, metrics: this.#metrics() };
  }

  /** trainer_state.json as it stands. */
  trainerState(): Record<string, unknown> {
    const { options, plan } = this.#parts;
    const { recipe } = options;
    return trainerState({
      step: this.#step,
      totalSteps: plan.totalSteps,
      epoch: this.#epoch(),
      epochs: Math.ceil(plan.epochs),
      batchSize: options.batchSize,
      loggingSteps: recipe.logging_steps,
      evalSteps: recipe.eval_steps ?? recipe.logging_steps,
      saveSteps: recipe.save_steps,
      bestMetric: this.#best.metric,
      bestCheckpoint: this.#best.checkpoint,
      totalTokens: this.#totalTokens,
      totalFlos: this.#totalFlos(),
      history: this.#history,
      stopping: this.#step >= plan.totalSteps,
      ...(options.best.patience !== undefined && {
        earlyStopping: { patience: options.best.patience, waited: this.#best.waited },
      }),
    });
  }

  /** The steps still to do, epoch by epoch; a resumed run counts its way to where it stopped. */
  *#remaining(): Generator<Step> {
    const { options, plan, train } = this.#parts;
    for (let epoch = Math.floor(this.#step / plan.stepsPerEpoch); ; epoch++) {
      const order = options.shuffle
        ? permutation(train.length, options.dataSeed, epoch)
        : Int32Array.from(train, (_, i) => i);
      const used = order.subarray(0, Math.min(order.length, plan.microBatchesPerEpoch * options.batchSize));
      const steps = groupSteps(used, options.batchSize, options.gradientAccumulationSteps);
      for (let i = this.#step - epoch * plan.stepsPerEpoch; i < steps.length; i++) {
        const micro = steps[i];
        if (this.#step >= plan.totalSteps || !micro) return;
        yield { micro, epoch, epochEnds: i === steps.length - 1 };
      }
    }
  }

  /** Share of the data seen, in epochs: by micro batches, as transformers counts. */
  #epoch(): number {
    const { plan, options } = this.#parts;
    const whole = Math.floor(this.#step / plan.stepsPerEpoch);
    const micro = Math.min(
      (this.#step % plan.stepsPerEpoch) * options.gradientAccumulationSteps,
      plan.microBatchesPerEpoch,
    );
    return whole + micro / plan.microBatchesPerEpoch;
  }

  async #train(step: Step): Promise<void> {
    const { options, plan, stepper, optimizer, schedule, train, padId, gradients, emit, clock } = this.#parts;
    const began = clock();
    const multiple = options.stage === 'sft' ? 8 : 1;
    const batches = step.micro.map((indices): Batch => collate(indices.flatMap((index) => train[index] ?? []), { padId, multiple })); // prettier-ignore
    const items = batches.reduce((sum, batch) => sum + countLabels(batch), 0);
    if (options.gradientAccumulationSteps > 1) for (const gradient of gradients) gradient.fill(0);
    let loss = 0;
    for (const [micro, batch] of batches.entries()) {
      const part = await stepper.train(batch, Math.max(1, items), this.#step, micro);
      if (!Number.isFinite(part)) await this.#refuseLoss(part, batch);
      loss += part;
      // signals are heard between micro batches
      await new Promise((resolve) => setImmediate(resolve));
    }
    const gradNorm = await optimizer.gradientNorm();
    if (!Number.isFinite(gradNorm)) await this.#refuseLoss(gradNorm, batches[0]);
    const { max_grad_norm: limit, learning_rate: rate } = options.recipe;
    const learningRate = rate * schedule(this.#step);
    await optimizer.update(learningRate, limit > 0 ? Math.min(1, limit / (gradNorm + 1e-6)) : 1);
    this.#step += 1;

    const tokens = batches.reduce((sum, batch) => sum + batch.ids.length, 0);
    this.#totalTokens += tokens;
    this.#tokensHere += tokens;
    this.#lossSum += loss;
    this.#sinceLog = { loss: this.#sinceLog.loss + loss, steps: this.#sinceLog.steps + 1 };
    this.#last = { loss, gradNorm, learningRate };
    const seconds = clock() - began;
    emit({
      type: 'step',
      step: this.#step,
      totalSteps: plan.totalSteps,
      epoch: this.#epoch(),
      loss,
      gradNorm,
      learningRate,
      tokens,
      totalTokens: this.#totalTokens,
      seconds,
      tokensPerSecond: tokens / seconds,
      remainingSeconds: this.#remainingSeconds(),
      memory: process.memoryUsage.rss(),
      peakMemory: process.resourceUsage().maxRSS * 1024,
    });
  }

  #last = { loss: 0, gradNorm: 0, learningRate: 0 };
  #firstStep: number | undefined;

  /** By the mean time of this process's steps so far. */
  #remainingSeconds(): number {
    const { plan, clock } = this.#parts;
    this.#firstStep ??= this.#step - 1;
    const done = this.#step - this.#firstStep;
    return ((clock() - this.#started) / done) * (plan.totalSteps - this.#step);
  }

  /** A loss or gradient that is no number: nothing is updated, the rows are named, what was reached is kept. */
  async #refuseLoss(value: number, batch: Batch | undefined): Promise<never> {
    const rows = (batch?.origins ?? []).flat().map(({ dataset, row }) => `${dataset} row ${row + 1}`);
    const where = this.#step > 0 ? ` The weights before it are kept in checkpoint-${this.#step}.` : '';
    if (this.#step > 0) await this.#save(false);
    throw new UserError(
      'loss-not-finite',
      `Step ${this.#step + 1} gave a loss of ${value} on ${rows.slice(0, 8).join(', ')}: lower learning_rate or look at these rows.${where}`,
      { status: 1 },
    );
  }

  async #log(): Promise<void> {
    const { gradNorm, learningRate } = this.#last;
    const loss = this.#sinceLog.loss / Math.max(1, this.#sinceLog.steps);
    this.#sinceLog = { loss: 0, steps: 0 };
    await this.#record({
      step: this.#step,
      epoch: this.#epoch(),
      loss,
      grad_norm: gradNorm,
      learning_rate: learningRate,
    });
  }

  async #record(entry: LogEntry): Promise<void> {
    const { options, plan, clock } = this.#parts;
    this.#history.push(entry);
    const here = clock() - this.#started;
    const line = logLine(entry, {
      step: this.#step,
      totalSteps: plan.totalSteps,
      epoch: this.#epoch(),
      elapsedSeconds: this.#elapsedBefore + here,
      remainingSeconds: this.#firstStep === undefined ? 0 : this.#remainingSeconds(),
      totalTokens: this.#totalTokens,
      tokensPerSecond: here > 0 ? this.#tokensHere / here : 0,
    });
    await appendLog(options.outputDir, line);
  }

  /** Evaluates: what the run says of it, and with it how fast that was. Undefined where there is nothing to evaluate on. */
  async #measure(): Promise<Record<string, number> | undefined> {
    const { evaluation, stepper, options, padId, emit, clock } = this.#parts;
    if (evaluation.length === 0) return undefined;
    const began = clock();
    const metrics = await evaluateAll(evaluation, stepper, { options, padId });
    emit({ type: 'eval', step: this.#step, epoch: this.#epoch(), metrics });
    const counts = { samples: evaluation.length, steps: Math.ceil(evaluation.length / options.evalBatchSize) };
    return { ...metrics, ...speedMetrics('eval', clock() - began, counts) };
  }

  /** Evaluates and logs. */
  async #evaluate(): Promise<Record<string, number> | undefined> {
    const metrics = await this.#measure();
    if (metrics) await this.#record({ step: this.#step, epoch: this.#epoch(), ...metrics });
    return metrics;
  }

  /** Hands an evaluation to the schedule and says whether it was the best so far. */
  #judge(metrics: Record<string, number> | undefined): boolean {
    if (!metrics) return false;
    const { options, schedule } = this.#parts;
    schedule.metric?.observe(watchedMetric(options.best.metric, metrics));
    const { better, ...best } = judge(this.#best, options.best, metrics);
    this.#best = best;
    return better;
  }

  async #save(better: boolean): Promise<void> {
    const { options, saved, optimizer, emit } = this.#parts;
    const path = join(options.outputDir, `checkpoint-${this.#step}`);
    if (better) this.#best = { ...this.#best, checkpoint: path };
    await writeFolder(path, (folder) =>
      writeCheckpoint(folder, saved, optimizer, this.#state(), this.trainerState(), options.recipe.save_only_model),
    );
    const { save_total_limit: limit, load_best_model_at_end: keepsBest } = options.recipe;
    for (const old of rotated(listCheckpoints(options.outputDir), limit, keepsBest ? this.#best.checkpoint : null)) {
      await rm(old.path, { recursive: true, force: true });
    }
    const bytes = saved.trainable.reduce((sum, { data }) => sum + data.byteLength, 0);
    emit({ type: 'checkpoint', step: this.#step, path, bytes, best: better });
  }

  #state(): RunState {
    const { options, train, clock, schedule } = this.#parts;
    return {
      ...(schedule.metric && { schedule: schedule.metric.save() }),
      step: this.#step,
      totalTokens: this.#totalTokens,
      elapsedSeconds: this.#elapsedBefore + clock() - this.#started,
      lossSum: this.#lossSum,
      seed: options.seed,
      examples: train.length,
      best: this.#best,
      history: this.#history,
    };
  }

  /** The totals, the best weights where the recipe wants them, one more evaluation as upstream does, the last answers. */
  async #finish(): Promise<void> {
    const { options, saved, sample } = this.#parts;
    const { recipe, outputDir } = options;
    const totals = this.#metrics();
    await this.#record({ step: this.#step, ...totals, epoch: this.#epoch() });
    await saveResults(outputDir, 'train', totals);
    const best = recipe.load_best_model_at_end ? this.#best.checkpoint : null;
    if (best !== null) await restoreWeights(best, saved);
    for (const old of rotatedAtEnd(listCheckpoints(outputDir), recipe.save_total_limit, best)) {
      await rm(old.path, { recursive: true, force: true });
    }
    // upstream has closed its log by now: this evaluation stands in the results only
    const evaluated = recipe.eval_strategy !== 'no' || recipe.do_eval ? await this.#measure() : undefined;
    if (evaluated) {
      await saveResults(outputDir, 'eval', withPerplexity(options.stage, { ...evaluated, epoch: this.#epoch() }));
    }
    await sample(this.#step);
  }

  /** transformers' estimate: 6 operations a token and parameter, embeddings left out. */
  #totalFlos(): number {
    const parameters = [...allParameters(this.#parts.saved.weights)].filter(
      ({ name }) => !name.includes('embed_tokens'),
    );
    return 6 * this.#totalTokens * parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  #metrics(): Record<string, number> {
    const { clock, train, options, plan } = this.#parts;
    const { recipe } = options;
    const samples =
      recipe.max_steps > 0
        ? recipe.max_steps * options.batchSize * options.gradientAccumulationSteps
        : train.length * recipe.num_train_epochs;
    return {
      epoch: this.#epoch(),
      total_flos: this.#totalFlos(),
      train_loss: this.#lossSum / Math.max(1, this.#step),
      ...speedMetrics('train', this.#elapsedBefore + clock() - this.#started, { samples, steps: plan.totalSteps }),
      num_input_tokens_seen: this.#totalTokens,
    };
  }
}

export const withPerplexity = (stage: string, metrics: Record<string, number>): Record<string, number> => {
  const loss = metrics['eval_loss'];
  return stage === 'pt' && loss !== undefined ? { ...metrics, eval_perplexity: Math.exp(loss) } : metrics;
};
