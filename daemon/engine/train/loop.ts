// The training loop: batches in order, steps, clipping, updates, logs, evaluations, checkpoints, the end.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { collate, countLabels } from '../../data/batches.ts';
import type { Batch } from '../../data/example.ts';
import type { ExampleSet } from '../../data/example-set.ts';
import type { RunEvent } from '../../protocol.ts';
import { restoreWeights, writeCheckpoint, type RunState, type Saved } from './checkpoint.ts';
import { actionsAfter, judge, noBest, rotated, rotatedAtEnd, watchedMetric, type BestState } from './control.ts';
import { evaluateAll } from './evaluate.ts';
import type { Feed, Step } from './feed.ts';
import type { AdamW } from './optimizers/adamw.ts';
import { controlOptions, type StepPlan, type TrainOptions } from './options.ts';
import { truncateLog } from './run-directory/trainer-log.ts';
import { listCheckpoints, writeFolder } from './run-directory/files.ts';
import { saveResults, speedMetrics } from './run-directory/results.ts';
import { Progress } from './progress.ts';
import type { Schedule } from './schedule.ts';
import type { Stepper } from './stepper.ts';

export interface LoopParts {
  readonly options: TrainOptions;
  readonly plan: StepPlan;
  readonly feed: Feed;
  /** Of what the feed is made from: a checkpoint goes on with nothing else. */
  readonly dataHash: string;
  readonly evaluation: ExampleSet;
  readonly padId: number;
  readonly stepper: Stepper;
  readonly optimizer: AdamW;
  readonly gradients: readonly Float32Array[];
  readonly schedule: Schedule;
  readonly saved: Saved;
  readonly emit: (event: RunEvent) => void;
  readonly stop: AbortSignal;
  readonly checkpointNow: () => boolean;
  /** Seconds on a clock that only goes forward. */
  readonly clock: () => number;
  /** Called before, during (every so many steps) and after training: answers to the sample prompts. */
  readonly sample: (step: number) => Promise<void>;
  /** Told of everything that is logged. */
  readonly track: (step: number, metrics: Readonly<Record<string, number>>) => void;
}

export interface LoopResult {
  readonly state: 'done' | 'stopped';
  readonly step: number;
  readonly metrics: Record<string, number>;
}

export class Loop {
  readonly #parts: LoopParts;
  readonly #progress: Progress;
  #best: BestState;
  /** Streams: where the next step begins. */
  #position: RunState['stream'];

  constructor(parts: LoopParts, resumed: RunState | undefined) {
    this.#parts = parts;
    this.#progress = new Progress({ ...parts, examples: parts.feed.examples }, resumed);
    this.#best = resumed?.best ?? noBest;
    this.#position = resumed?.stream;
    if (resumed?.schedule !== undefined) parts.schedule.metric?.restore(resumed.schedule);
  }

  get #step(): number {
    return this.#progress.step;
  }

  async run(): Promise<LoopResult> {
    const { options, plan, feed, stop, sample, checkpointNow } = this.#parts;
    await truncateLog(options.outputDir, this.#step);
    if (this.#step === 0) await sample(0);
    if (this.#step === 0 && options.recipe.eval_on_start) await this.#evaluate();
    let state: LoopResult['state'] = 'done';
    for await (const step of feed.steps(this.#step, this.#position)) {
      await this.#train(step);
      this.#position = step.position;
      const due = actionsAfter(controlOptions(options.recipe, plan.totalSteps), this.#step, step.epochEnds);
      if (due.log) await this.#progress.log();
      let better = false;
      if (due.evaluate) better = this.#judge(await this.#evaluate());
      const asked = checkpointNow();
      if (due.save || asked || (better && options.recipe.save_strategy === 'best')) await this.#save(better);
      const { patience } = options.best;
      if (patience !== undefined && this.#best.waited >= patience) break;
      if (stop.aborted && this.#step < plan.totalSteps) {
        if (!due.save && !asked) await this.#save(better);
        state = 'stopped';
        break;
      }
      const every = options.recipe.anneal_sample_steps;
      if (every > 0 && this.#step % every === 0 && this.#step < plan.totalSteps) await sample(this.#step);
    }
    if (state === 'done') await this.#finish();
    return { state, step: this.#step, metrics: this.#progress.totals() };
  }

  /** trainer_state.json as it stands. */
  trainerState(): Record<string, unknown> {
    return this.#progress.trainerState(this.#best);
  }

  async #train(step: Step): Promise<void> {
    const { options, plan, stepper, optimizer, schedule, padId, gradients, emit, clock } = this.#parts;
    const began = clock();
    const multiple = options.stage === 'sft' ? 8 : 1;
    const batches = step.micro.map((examples): Batch => collate(examples, { padId, multiple }));
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
    const tokens = batches.reduce((sum, batch) => sum + batch.ids.length, 0);
    this.#progress.advance({ loss, gradNorm, learningRate, tokens });
    const seconds = clock() - began;
    emit({
      type: 'step',
      step: this.#step,
      totalSteps: plan.totalSteps,
      epoch: this.#progress.epoch,
      loss,
      gradNorm,
      learningRate,
      tokens,
      totalTokens: this.#progress.totalTokens,
      seconds,
      tokensPerSecond: tokens / seconds,
      remainingSeconds: this.#progress.remainingSeconds,
      memory: process.memoryUsage.rss(),
      peakMemory: process.resourceUsage().maxRSS * 1024,
    });
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

  /** Evaluates: what the run says of it, and with it how fast that was. Undefined where there is nothing to evaluate on. */
  async #measure(): Promise<Record<string, number> | undefined> {
    const { evaluation, stepper, options, padId, emit, clock } = this.#parts;
    if (evaluation.length === 0) return undefined;
    const began = clock();
    const metrics = await evaluateAll(evaluation, stepper, { options, padId });
    emit({ type: 'eval', step: this.#step, epoch: this.#progress.epoch, metrics });
    const counts = { samples: evaluation.length, steps: Math.ceil(evaluation.length / options.evalBatchSize) };
    return { ...metrics, ...speedMetrics('eval', clock() - began, counts) };
  }

  /** Evaluates and logs. */
  async #evaluate(): Promise<Record<string, number> | undefined> {
    const metrics = await this.#measure();
    if (metrics) await this.#progress.record(metrics);
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
      writeCheckpoint(
        folder,
        saved,
        optimizer,
        {
          ...this.#progress.state(this.#best, this.#parts.schedule.metric?.save()),
          dataHash: this.#parts.dataHash,
          stream: this.#position,
        },
        this.trainerState(),
        options.recipe.save_only_model,
      ),
    );
    const { save_total_limit: limit, load_best_model_at_end: keepsBest } = options.recipe;
    for (const old of rotated(listCheckpoints(options.outputDir), limit, keepsBest ? this.#best.checkpoint : null)) {
      await rm(old.path, { recursive: true, force: true });
    }
    const bytes = saved.trainable.reduce((sum, { data }) => sum + data.byteLength, 0);
    emit({ type: 'checkpoint', step: this.#step, path, bytes, best: better });
  }

  /** The totals, the best weights where the recipe wants them, one more evaluation as upstream does, the last answers. */
  async #finish(): Promise<void> {
    const { options, saved, sample } = this.#parts;
    const { recipe, outputDir } = options;
    const totals = this.#progress.totals();
    await this.#progress.record(totals);
    await saveResults(outputDir, 'train', totals);
    const best = recipe.load_best_model_at_end ? this.#best.checkpoint : null;
    if (best !== null) await restoreWeights(best, saved);
    for (const old of rotatedAtEnd(listCheckpoints(outputDir), recipe.save_total_limit, best)) {
      await rm(old.path, { recursive: true, force: true });
    }
    // upstream has closed its log by now: this evaluation stands in the results only
    const evaluated = recipe.eval_strategy !== 'no' || recipe.do_eval ? await this.#measure() : undefined;
    if (evaluated) {
      this.#parts.track(this.#step, { ...evaluated, epoch: this.#progress.epoch });
      await saveResults(
        outputDir,
        'eval',
        withPerplexity(options.stage, { ...evaluated, epoch: this.#progress.epoch }),
      );
    }
    await sample(this.#step);
  }
}

export const withPerplexity = (stage: string, metrics: Record<string, number>): Record<string, number> => {
  const loss = metrics['eval_loss'];
  return stage === 'pt' && loss !== undefined ? { ...metrics, eval_perplexity: Math.exp(loss) } : metrics;
};
