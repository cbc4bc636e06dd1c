// Rows in the order of mixing become examples: one by one, packed into blocks, joined and cut, or with another row's answer.
import type { StageExamples } from '../example.ts';
import type { ExampleSet } from '../example-set.ts';
import type { DataOptions, Stage } from '../options.ts';
import type { Dropped } from '../row-table.ts';
import { exampleOfRow, pairOfRow, promptOfRow } from '../stage-rows.ts';
import type { ChosenRows } from './chosen.ts';
import { feedbackRows } from './feedback.ts';
import { joinedBlocks } from './joined.ts';
import { packedBlocks } from './packed.ts';
import { rowByRow } from './row-by-row.ts';

export interface ArrangeTools {
  readonly padId: number;
  /** Token that the first one of each joined block is replaced by; undefined: none. */
  readonly blockStart: number | undefined;
  readonly dropped: Dropped;
}

type Arrangements = {
  readonly [S in Stage]: (
    chosen: ChosenRows,
    options: DataOptions,
    tools: ArrangeTools,
  ) => ExampleSet<StageExamples[S]>;
};

const pairs: Arrangements['rm'] = (chosen) => rowByRow(chosen, pairOfRow);

const arrangements: Arrangements = {
  pt: (chosen, options, { blockStart }) =>
    options.packing ? joinedBlocks(chosen, options, blockStart) : rowByRow(chosen, exampleOfRow),
  sft: (chosen, options, { padId, dropped }) =>
    options.packing ? packedBlocks(chosen, options, padId, dropped) : rowByRow(chosen, exampleOfRow),
  rm: pairs,
  dpo: pairs,
  kto: (chosen, options) => feedbackRows(chosen, options),
  ppo: (chosen) => rowByRow(chosen, promptOfRow),
};

/** The examples of the recipe's stage. */
export const arrange = <S extends Stage>(
  chosen: ChosenRows,
  options: DataOptions<S>,
  tools: ArrangeTools,
): ExampleSet<StageExamples[S]> => arrangements[options.stage](chosen, options, tools);
