// The total table of recipe keys, and what else follows from it.
import { modelArguments } from './arguments/model.ts';
import { methodArguments } from './arguments/method.ts';
import { trainingArguments } from './arguments/training.ts';
import { optimizerArguments } from './arguments/optimizer.ts';
import { dataArguments } from './arguments/data.ts';
import { evaluationArguments } from './arguments/evaluation.ts';
import { savingArguments } from './arguments/saving.ts';
import { preferenceArguments } from './arguments/preference.ts';
import { quantizationArguments } from './arguments/quantization.ts';
import { memoryOptimizersArguments } from './arguments/memory-optimizers.ts';
import { inferenceArguments } from './arguments/inference.ts';
import { distributedArguments } from './arguments/distributed.ts';
import { annealArguments } from './arguments/anneal.ts';
import type { Argument } from './argument.ts';

export const argumentsTable = {
  ...modelArguments,
  ...methodArguments,
  ...trainingArguments,
  ...optimizerArguments,
  ...dataArguments,
  ...evaluationArguments,
  ...savingArguments,
  ...preferenceArguments,
  ...quantizationArguments,
  ...memoryOptimizersArguments,
  ...inferenceArguments,
  ...distributedArguments,
  ...annealArguments,
} as const;

type Table = typeof argumentsTable;
export type ArgumentName = keyof Table;

/** A recipe with every key: given values, else defaults. Snake case, as the file has it. */
export type Recipe = { readonly [K in ArgumentName]: Table[K] extends Argument<infer T> ? T : never };

export const argumentOf = (name: string): Argument<unknown> | undefined =>
  Object.hasOwn(argumentsTable, name) ? argumentsTable[name as ArgumentName] : undefined;

export const argumentNames = Object.keys(argumentsTable) as readonly ArgumentName[];
