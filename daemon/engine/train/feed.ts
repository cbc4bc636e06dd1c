// What a run trains on, step by step: epochs in their order, cut into micro batches and gathered into optimizer steps.
import { groupSteps } from '../../data/batches.ts';
import type { Example } from '../../data/example.ts';
import type { ExampleSet } from '../../data/example-set.ts';
import { epochOrder } from '../../data/order.ts';
import { streamStart, type ExampleStream, type StreamedExample, type StreamPosition } from '../../data/stream/example-stream.ts'; // prettier-ignore
import type { StepPlan, TrainOptions } from './options.ts';

/** One optimizer step: the examples of its micro batches, and whether an epoch ends with it. */
export interface Step {
  readonly micro: readonly (readonly Example[])[];
  readonly epochEnds: boolean;
  /** Streams: where the next step begins. */
  readonly position?: StreamPosition;
}

export interface Feed {
  /** Examples that an epoch has; of a stream, those the run takes. */
  readonly examples: number;
  /** The steps after the first `done`, up to the last of the run; a stream goes on from a position. */
  steps(done: number, position?: StreamPosition): AsyncGenerator<Step>;
}

/** Feeds from a set whose examples have numbers. The order is a function of (seed, epoch): a resumed run counts its way. */
export function setFeed(train: ExampleSet, options: TrainOptions, plan: StepPlan): Feed {
  const { batchSize, gradientAccumulationSteps: accumulation, sampling, dataSeed } = options;
  return {
    examples: train.length,
    async *steps(done) {
      let step = done;
      while (step < plan.totalSteps) {
        const epoch = Math.floor(step / plan.stepsPerEpoch);
        const order = epochOrder(train.lengths, sampling, dataSeed, epoch, batchSize * accumulation);
        const used = order.subarray(0, Math.min(order.length, plan.microBatchesPerEpoch * batchSize));
        const steps = groupSteps(used, batchSize, accumulation);
        for (const numbers of steps.slice(step % plan.stepsPerEpoch, plan.totalSteps - epoch * plan.stepsPerEpoch)) {
          step += 1;
          yield { micro: await readMicro(train, numbers), epochEnds: step % plan.stepsPerEpoch === 0 };
        }
      }
    },
  };
}

async function readMicro(train: ExampleSet, numbers: readonly (readonly number[])[]): Promise<Example[][]> {
  const examples = await train.read(numbers.flat());
  let next = 0;
  return numbers.map(({ length }) => {
    next += length;
    return examples.slice(next - length, next);
  });
}

/** Feeds from a stream, epoch after epoch. The last micro batch and the last step of an epoch may be short. */
export function streamFeed(stream: ExampleStream, options: TrainOptions, plan: StepPlan): Feed {
  const { batchSize, gradientAccumulationSteps: accumulation, recipe } = options;
  return {
    examples: plan.totalSteps * batchSize * accumulation,
    async *steps(done, position = streamStart) {
      let step = done;
      for (let from = position; step < plan.totalSteps; from = { epoch: from.epoch + 1, rows: 0, used: 0 }) {
        const nextEpoch = { epoch: from.epoch + 1, rows: 0, used: 0 };
        // a step is handed on once it is known whether anything follows it
        let ready: Step | undefined;
        for await (const { micro, next } of stepsOf(stream.examples(from), batchSize, accumulation)) {
          if (ready) {
            yield ready;
            step += 1;
            if (step >= plan.totalSteps) return;
          }
          const whole = recipe.dataloader_drop_last ? micro.filter(({ length }) => length === batchSize) : micro;
          if (whole.length > 0) ready = { micro: whole, epochEnds: false, position: next };
        }
        if (!ready) continue;
        yield { ...ready, epochEnds: true, position: nextEpoch };
        step += 1;
      }
    },
  };
}

/** Examples in micro batches, those in steps; the last of each may be short. */
async function* stepsOf(
  examples: AsyncIterable<StreamedExample>,
  batchSize: number,
  accumulation: number,
): AsyncGenerator<{ micro: Example[][]; next: StreamPosition }> {
  let gathered: Example[] = [];
  let behind: StreamPosition | undefined;
  const step = (next: StreamPosition): { micro: Example[][]; next: StreamPosition } => {
    const micro = Array.from({ length: Math.ceil(gathered.length / batchSize) }, (_, i) => gathered.slice(i * batchSize, (i + 1) * batchSize)); // prettier-ignore
    gathered = [];
    return { micro, next };
  };
  for await (const { example, next } of examples) {
    gathered.push(example);
    behind = next;
    if (gathered.length === batchSize * accumulation) yield step(next);
  }
  if (gathered.length > 0 && behind) yield step(behind);
}
