// What a run has done so far: counters, the log with its window of losses, totals, and how all that comes back on resume.
import { sizeOf } from '../graph/tensor.ts';
import { allParameters } from '../model/parameters.ts';
import type { RunState, Saved } from './checkpoint.ts';
import type { BestState } from './control.ts';
import type { StepPlan, TrainOptions } from './options.ts';
import { speedMetrics } from './run-directory/results.ts';
import { appendLog, logLine, trainerState, type LogEntry } from './run-directory/trainer-log.ts';

export interface ProgressParts {
  readonly options: TrainOptions;
  readonly plan: StepPlan;
  readonly saved: Saved;
  /** Number of training examples. */
  readonly examples: number;
  /** Seconds on a clock that only goes forward. */
  readonly clock: () => number;
  /** Told of every log line. */
  readonly track: (step: number, metrics: Readonly<Record<string, number>>) => void;
}

/** What one optimizer step came to. */
export interface StepOutcome {
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly tokens: number;
}

export class Progress {
  readonly #parts: ProgressParts;
  readonly #elapsedBefore: number;
  readonly #history: LogEntry[];
  readonly #started: number;
  readonly #firstStep: number;
  #step: number;
  #totalTokens: number;
  #lossSum: number;
  /** Losses since the last log line: a line tells their mean. */
  #window: { readonly loss: number; readonly steps: number };
  #last: StepOutcome = { loss: 0, gradNorm: 0, learningRate: 0, tokens: 0 };
  #tokensHere = 0;

  constructor(parts: ProgressParts, resumed: RunState | undefined) {
    this.#parts = parts;
    this.#step = resumed?.step ?? 0;
    this.#firstStep = this.#step;
    this.#totalTokens = resumed?.totalTokens ?? 0;
    this.#lossSum = resumed?.lossSum ?? 0;
    this.#window = resumed?.window ?? { loss: 0, steps: 0 };
    this.#elapsedBefore = resumed?.elapsedSeconds ?? 0;
    this.#history = [...(resumed?.history ?? [])];
    this.#started = parts.clock();
  }

  get step(): number {
    return this.#step;
  }

  get totalTokens(): number {
    return this.#totalTokens;
  }

  /** Share of the data seen, in epochs: by micro batches, as transformers counts. */
  get epoch(): number {
    const { plan, options } = this.#parts;
    const whole = Math.floor(this.#step / plan.stepsPerEpoch);
    const micro = Math.min(
      (this.#step % plan.stepsPerEpoch) * options.gradientAccumulationSteps,
      plan.microBatchesPerEpoch,
    );
    return whole + micro / plan.microBatchesPerEpoch;
  }

  /** By the mean time of this process's steps so far; 0 before the first. */
  get remainingSeconds(): number {
    const done = this.#step - this.#firstStep;
    return done === 0 ? 0 : (this.#here() / done) * (this.#parts.plan.totalSteps - this.#step);
  }

  /** Counts a step that is done. */
  advance(outcome: StepOutcome): void {
    this.#step += 1;
    this.#last = outcome;
    this.#totalTokens += outcome.tokens;
    this.#tokensHere += outcome.tokens;
    this.#lossSum += outcome.loss;
    this.#window = { loss: this.#window.loss + outcome.loss, steps: this.#window.steps + 1 };
  }

  /** Writes the log line of the steps since the last one. */
  async log(): Promise<void> {
    const { gradNorm, learningRate } = this.#last;
    const loss = this.#window.loss / Math.max(1, this.#window.steps);
    this.#window = { loss: 0, steps: 0 };
    await this.record({ loss, grad_norm: gradNorm, learning_rate: learningRate });
  }

  /** Adds metrics of this moment to the history and the log. */
  async record(metrics: Readonly<Record<string, number>>): Promise<void> {
    const entry: LogEntry = { ...metrics, step: this.#step, epoch: this.epoch };
    this.#history.push(entry);
    const here = this.#here();
    const line = logLine(entry, {
      step: this.#step,
      totalSteps: this.#parts.plan.totalSteps,
      epoch: this.epoch,
      elapsedSeconds: this.#elapsedBefore + here,
      remainingSeconds: this.remainingSeconds,
      totalTokens: this.#totalTokens,
      tokensPerSecond: here > 0 ? this.#tokensHere / here : 0,
    });
    await appendLog(this.#parts.options.outputDir, line);
    this.#parts.track(this.#step, { ...metrics, epoch: this.epoch });
  }

  /** The run as train_results.json sums it up. */
  totals(): Record<string, number> {
    const { options, plan, examples } = this.#parts;
    const { recipe } = options;
    const samples =
      recipe.max_steps > 0
        ? recipe.max_steps * options.batchSize * options.gradientAccumulationSteps
        : examples * recipe.num_train_epochs;
    return {
      epoch: this.epoch,
      total_flos: this.#totalFlos(),
      train_loss: this.#lossSum / Math.max(1, this.#step),
      ...speedMetrics('train', this.#elapsedBefore + this.#here(), { samples, steps: plan.totalSteps }),
      num_input_tokens_seen: this.#totalTokens,
    };
  }

  /** What a checkpoint keeps. */
  state(best: BestState, schedule: RunState['schedule']): RunState {
    return {
      ...(schedule !== undefined && { schedule }),
      step: this.#step,
      totalTokens: this.#totalTokens,
      elapsedSeconds: this.#elapsedBefore + this.#here(),
      lossSum: this.#lossSum,
      window: this.#window,
      seed: this.#parts.options.seed,
      examples: this.#parts.examples,
      best,
      history: this.#history,
    };
  }

  /** trainer_state.json as it stands. */
  trainerState(best: BestState): Record<string, unknown> {
    const { options, plan } = this.#parts;
    const { recipe } = options;
    const { patience } = options.best;
    return trainerState({
      step: this.#step,
      totalSteps: plan.totalSteps,
      epoch: this.epoch,
      epochs: Math.ceil(plan.epochs),
      batchSize: options.batchSize,
      loggingSteps: recipe.logging_steps,
      evalSteps: recipe.eval_steps ?? recipe.logging_steps,
      saveSteps: recipe.save_steps,
      bestMetric: best.metric,
      bestCheckpoint: best.checkpoint,
      totalTokens: this.#totalTokens,
      totalFlos: this.#totalFlos(),
      history: this.#history,
      stopping: this.#step >= plan.totalSteps,
      ...(patience !== undefined && { earlyStopping: { patience, waited: best.waited } }),
    });
  }

  /** Seconds since this process began to train. */
  #here(): number {
    return this.#parts.clock() - this.#started;
  }

  /** transformers' estimate: 6 operations a token and parameter, embeddings left out. */
  #totalFlos(): number {
    let parameters = 0;
    for (const { name, shape } of allParameters(this.#parts.saved.weights)) {
      if (!name.includes('embed_tokens')) parameters += sizeOf(shape);
    }
    return 6 * this.#totalTokens * parameters;
  }
}
