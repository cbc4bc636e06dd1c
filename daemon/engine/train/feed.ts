// What a run trains on, step by step: epochs in their order, cut into micro batches and gathered into optimizer steps.
import { groupSteps } from '../../data/batches.ts';
import type { Example } from '../../data/example.ts';
import type { ExampleSet } from '../../data/example-set.ts';
import { epochOrder } from '../../data/order.ts';
import type { StepPlan, TrainOptions } from './options.ts';

/** One optimizer step: the examples of its micro batches, and whether an epoch ends with it. */
export interface Step {
  readonly micro: readonly (readonly Example[])[];
  readonly epochEnds: boolean;
}

export interface Feed {
  /** Examples that an epoch has. */
  readonly examples: number;
  /** The steps after the first `done`, up to the last of the run. */
  steps(done: number): AsyncGenerator<Step>;
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
