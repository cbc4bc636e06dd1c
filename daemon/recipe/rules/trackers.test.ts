// What is said of each tracker, and where.
import { expect, test } from 'vitest';
import { checkRecipe } from '../check.ts';

const base = 'model_name_or_path: m\nstage: sft\ndo_train: true\ndataset: a\noutput_dir: out\ntemplate: chatml\n';
const said = (text: string): [number, number, string][] =>
  checkRecipe(base + text, 'r.yaml')
    .findings.filter(({ code }) => code === 'not-built-yet')
    .map(({ line, column, message }) => [line, column, message]);

test('what a run reports to', () => {
  for (const value of ['none', 'all', 'tensorboard', 'mlflow', 'wandb', '[mlflow, tensorboard]', 'null'])
    expect(said(`report_to: ${value}\n`), value).toEqual([]);
});

test('what it does not, at the name itself, with the way there', () => {
  expect(said('report_to: [tensorboard, swanlab]\n')).toEqual([
    [7, 26, 'Anneal does not report to swanlab; it always writes TensorBoard files, and this takes them there: swanlab convert -t tensorboard --tb-log-dir out/runs'],
  ]); // prettier-ignore
  expect(said('report_to: clearml\nlogging_dir: logs\n')).toEqual([
    [7, 12, 'Anneal does not report to clearml; it always writes TensorBoard files to logs, and report_to knows mlflow and wandb.'],
  ]); // prettier-ignore
});
