// Trackers: what report_to names, and what Anneal has for each. TensorBoard files are written whatever it says, and most others
// read those: the sentence names the way.
import * as l10n from '@vscode/l10n';
import { rule, TRAIN, type Rule, type RuleInput } from './rule.ts';

/** Names that a run reports to itself. */
const built: ReadonlySet<string> = new Set(['none', 'all', 'tensorboard', 'mlflow', 'wandb']);

/** What brings TensorBoard files to a tracker. */
const imports: Readonly<Record<string, string>> = {
  swanlab: 'swanlab convert -t tensorboard --tb-log-dir {0}',
  trackio: 'trackio.import_tf_events("{0}", project=…)',
};

function folderOf({ recipe }: RuleInput): string {
  return recipe.logging_dir ?? `${recipe.output_dir ?? 'trainer_output'}/runs`;
}

function sentence(name: string, input: RuleInput): string {
  const folder = folderOf(input);
  const command = imports[name]?.replace('{0}', folder);
  return command === undefined
    ? l10n.t('Anneal does not report to {0}; it always writes TensorBoard files to {1}, and report_to knows mlflow and wandb.', name, folder)
    : l10n.t('Anneal does not report to {0}; it always writes TensorBoard files, and this takes them there: {1}', name, command);
} // prettier-ignore

export const trackerRules: readonly Rule[] = [
  rule('not-built-yet', 'info', ['report_to'], (input) =>
    input
      .parts('report_to')
      .filter(({ text }) => text !== '' && text !== 'null' && !built.has(text))
      .map(({ text, range }) => ({
        key: 'report_to' as const,
        range,
        message: sentence(text, input),
        fix: input.set('report_to', 'tensorboard'),
      })),
    TRAIN,
  ), // prettier-ignore
];
