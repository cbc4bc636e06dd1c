// All rules, in the order in which they are told.
import { dataRules } from './data.ts';
import { methodRules } from './method.ts';
import { notBuiltRules } from './not-built.ts';
import type { Rule } from './rule.ts';
import { trainingRules } from './training.ts';

export const rules: readonly Rule[] = [...methodRules, ...dataRules, ...trainingRules, ...notBuiltRules];
