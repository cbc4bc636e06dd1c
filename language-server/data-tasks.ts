// What the data process is asked for, and what it answers: the messages between it and the language server.
import type { CostFigures, DataFigures } from '../daemon/recipe/assist/hints.ts';
import type { TemplateVerdict } from '../daemon/data/template/template-finding.ts';
import type { Recipe } from '../daemon/recipe/recipe.ts';

/** Counts the rows of an entry's files. */
export interface CountTask {
  readonly kind: 'count';
  readonly folder: string;
  readonly file: string;
}

/** Tokenises the rows of a recipe's training data, as many as time allows. */
export interface FiguresTask {
  readonly kind: 'figures';
  /** Where the recipe's paths start. */
  readonly folder: string;
  readonly modelFolder: string;
  /** The keys that say how rows become tokens; the others are of no account. */
  readonly recipe: Partial<Recipe>;
  readonly given: readonly string[];
}

/** Checks all rows of an entry's files, as many as time allows. */
export interface LintTask {
  readonly kind: 'lint';
  readonly infoFile: string;
  readonly name: string;
  readonly stage: string | undefined;
  readonly templateName: string | undefined;
  readonly cutoffLength: number | undefined;
}

/** Reckons what a run of a recipe will take. */
export interface CostTask {
  readonly kind: 'cost';
  /** Where the recipe's paths start. */
  readonly folder: string;
  readonly text: string;
}

/** Compares the template of a recipe with the chat template of its model. */
export interface TemplateTask {
  readonly kind: 'template';
  readonly modelFolder: string;
  /** The keys that say how rows become text; the others are of no account. */
  readonly recipe: Partial<Recipe>;
  readonly given: readonly string[];
}

export type DataTask = CountTask | FiguresTask | LintTask | CostTask | TemplateTask;

export interface RowsSummary {
  readonly rows: number;
  readonly errors: number;
  readonly warnings: number;
  /** Of the first error, else the first warning. */
  readonly first: { readonly file: string; readonly line: number; readonly message: string } | undefined;
  readonly isWhole: boolean;
}

export interface DataAnswers {
  readonly count: number;
  readonly figures: DataFigures;
  readonly lint: RowsSummary;
  readonly cost: CostFigures;
  /** Null where they write the same, or nothing can be compared. */
  readonly template: TemplateVerdict | null;
}

/** To the process: one task at a time. */
export interface DataRequest {
  readonly id: number;
  readonly task: DataTask;
}

/** From the process. `answer` is missing where the task could not be done. */
export interface DataReply {
  readonly id: number;
  readonly answer?: DataAnswers[keyof DataAnswers];
}
