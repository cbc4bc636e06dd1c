// All rules, in the order in which they are told.
import { dataRules } from './data.ts';
import { datasetRules } from './datasets.ts';
import { distributedRules } from './distributed.ts';
import { methodRules } from './method.ts';
import { modelFolderRules } from './model-folder.ts';
import { noEffectRules } from './no-effect.ts';
import { notBuiltRules } from './not-built.ts';
import { pathRules } from './paths.ts';
import { preferenceRules } from './preference.ts';
import { quantizationRules } from './quantization.ts';
import { requiredRules } from './required.ts';
import type { Rule } from './rule.ts';
import { servingRules } from './serving.ts';
import { templateRules } from './template.ts';
import { trackerRules } from './trackers.ts';
import { trainingRules } from './training.ts';

export const rules: readonly Rule[] = [
  ...requiredRules,
  ...methodRules,
  ...quantizationRules,
  ...dataRules,
  ...datasetRules,
  ...templateRules,
  ...trainingRules,
  ...preferenceRules,
  ...distributedRules,
  ...servingRules,
  ...modelFolderRules,
  ...pathRules,
  ...noEffectRules,
  ...notBuiltRules,
  ...trackerRules,
];
