// A whole recipe from a few choices: what is chosen, what follows from it, and a comment at each key that somebody may want to change.
import * as l10n from '@vscode/l10n';
import { suitableTemplates } from '../known-models.ts';
import { argumentOf } from '../recipe.ts';
import { kindsOf, type NearbyDataset } from './datasets.ts';

export const goals = ['sft', 'pt', 'dpo', 'kto', 'rm'] as const;
export type Goal = (typeof goals)[number];

export interface RecipeChoices {
  /** Of the file, without its ending: part of output_dir. */
  readonly name: string;
  readonly goal: Goal;
  readonly method: 'lora' | 'full';
  readonly model: string;
  /** config.json's model_type, where the model lies on this machine. */
  readonly modelType: string | undefined;
  /** Whether the model lies on this machine, and then whether it has a chat template of its own. */
  readonly ownTemplate: boolean;
  readonly datasetDir: string;
  readonly dataset: string;
  /** Of the data set, where they have been counted: of a few none are taken away for evaluation. */
  readonly rows: number | undefined;
}

/** Data sets with fewer rows are trained on as a whole. */
const ROWS_TO_SPARE = 200;

export function goalTitle(goal: Goal): string {
  switch (goal) {
    case 'sft':
      return l10n.t('Teach it to answer');
    case 'pt':
      return l10n.t('Let it read more text');
    case 'dpo':
      return l10n.t('Prefer better answers');
    case 'kto':
      return l10n.t('Learn from thumbs up and down');
    case 'rm':
      return l10n.t('Train a judge of answers');
  }
}

export function goalDetail(goal: Goal): string {
  switch (goal) {
    case 'sft':
      return l10n.t('Supervised fine-tuning on questions with answers, or on conversations (sft).');
    case 'pt':
      return l10n.t('Continued pre-training on plain text (pt).');
    case 'dpo':
      return l10n.t('Preference tuning on pairs of a better and a worse answer (dpo).');
    case 'kto':
      return l10n.t('Preference tuning on answers that are marked good or bad (kto).');
    case 'rm':
      return l10n.t('A reward model from pairs of a better and a worse answer (rm).');
  }
}

export const kindsOfGoal = (goal: Goal): readonly NearbyDataset['kind'][] => kindsOf(goal);

const rates: Readonly<Record<Goal, readonly [adapter: string, all: string]>> = {
  sft: ['1.0e-4', '1.0e-5'],
  pt: ['1.0e-4', '1.0e-5'],
  dpo: ['5.0e-6', '5.0e-7'],
  kto: ['5.0e-6', '5.0e-7'],
  rm: ['1.0e-4', '1.0e-5'],
};

/** Numbers, plain words and paths stand as they are; what YAML would read as something else is quoted. */
const quote = (text: string): string =>
  /^[\w./][\w./ @+~-]*$/.test(text) && !/ #|\s$|^(?:[\d.+-]+|true|false|null|yes|no|on|off|~)$/i.test(text)
    ? text
    : `'${text.replaceAll("'", "''")}'`;

/** The recipe's text, with comments in the language that is spoken. */
export function composeRecipe(choices: RecipeChoices): string {
  const { name, goal, method, model, modelType, ownTemplate, datasetDir, dataset, rows } = choices;
  const [template] = suitableTemplates(model, modelType);
  const isChat = goal !== 'pt';
  // a model that comes with a template of its own is written to by that, where none is named
  const withTemplate = isChat && !ownTemplate;
  const isEvaluated = rows === undefined || rows >= ROWS_TO_SPARE;
  const preference = goal === 'dpo' || goal === 'kto';
  const lines: readonly (string | false)[] = [
    `# ${goalTitle(goal)}: ${goalDetail(goal)}`,
    '',
    `### ${l10n.t('model')}`,
    `model_name_or_path: ${quote(model)}`,
    '',
    `### ${l10n.t('method')}`,
    `stage: ${goal}`,
    'do_train: true',
    `finetuning_type: ${method}`,
    method === 'lora' && commented('lora_rank', '8'),
    method === 'lora' && commented('lora_target', 'all'),
    preference && commented('pref_beta', '0.1'),
    goal === 'dpo' && commented('pref_loss', 'sigmoid'),
    '',
    `### ${l10n.t('data')}`,
    `dataset_dir: ${quote(datasetDir)}`,
    `dataset: ${quote(dataset)}`,
    withTemplate && commented('template', template ?? 'default'),
    commented('cutoff_len', '2048'),
    isEvaluated && commented('val_size', '0.05'),
    '',
    `### ${l10n.t('training')}`,
    commented('per_device_train_batch_size', '1'),
    commented('gradient_accumulation_steps', '8'),
    commented('learning_rate', rates[goal][method === 'lora' ? 0 : 1]),
    commented('num_train_epochs', '3.0'),
    'lr_scheduler_type: cosine',
    commented('warmup_steps', '0.1'),
    '',
    `### ${l10n.t('saving')}`,
    `output_dir: ${quote(`saves/${name}`)}`,
    commented('logging_steps', '5'),
    commented('save_strategy', 'epoch'),
    isEvaluated && 'eval_strategy: epoch',
    isEvaluated && 'per_device_eval_batch_size: 1',
    'plot_loss: true',
    'report_to: none',
  ];
  return `${lines.filter((line) => line !== false).join('\n')}\n`;
}

/** A key with its value, under the first sentence of what the table says of it. */
function commented(key: string, value: string): string {
  const doc = l10n.t(argumentOf(key)?.doc ?? key);
  const [sentence = doc] = /^.*?(?:\.(?=\s|$)|。|$)/.exec(doc) ?? [];
  return `# ${sentence}\n${key}: ${value}`;
}
