// anneal preview through the built command: any row of a large file, ranges, figures, and what is wrong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { goldens, start, temporary, type Finished } from './command.ts';

const folder = temporary('preview');
const recipe = join(folder, 'recipe.yaml');

beforeAll(() => {
  mkdirSync(join(folder, 'data'));
  const entries = { many: { file_name: 'many.jsonl' }, table: { file_name: 'table.csv' } };
  writeFileSync(join(folder, 'data/dataset_info.json'), JSON.stringify(entries));
  const rows = Array.from({ length: 100_000 }, (_, i) => ({ instruction: `Question ${i}?`, input: '', output: `Answer ${i}.` })); // prettier-ignore
  writeFileSync(join(folder, 'data/many.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join('')); // prettier-ignore
  writeFileSync(join(folder, 'data/table.csv'), 'instruction,input,output\n"What, then?",,\u001b[31mThis.\nWhat?,,7\n');
  writeFileSync(
    recipe,
    `model_name_or_path: ${join(goldens, 'models/llama')}\nstage: sft\ndo_train: true\nfinetuning_type: lora\ntemplate: chatml\ndataset_dir: ${join(folder, 'data')}\ndataset: many, table\noutput_dir: ${join(folder, 'out')}\n`,
  );
});

const preview = (...args: string[]): Promise<Finished> =>
  start(['preview', recipe, ...args], folder, { ANNEAL_HOME: join(folder, 'home') }).done;

test('a row far down, as JSON', async () => {
  const { status, stdout } = await preview('--dataset', 'many', '--row', '99999', '--json');
  const row = JSON.parse(stdout) as Record<string, unknown>;
  expect([status, row['dataset'], row['row'], row['truncated']]).toEqual([0, 'many', 99_999, false]);
  expect(row['messages']).toEqual([
    { role: 'user', content: 'Question 99999?' },
    { role: 'assistant', content: 'Answer 99999.' },
  ]);
});

test('a range as text, without a dataset of every one', async () => {
  const { status, stdout } = await preview('--rows', '0-1');
  expect(status).toBe(0);
  expect(stdout).toContain(`many, row 1 (data/many.jsonl:2)\n`);
  expect(stdout).toContain('<|im_start|>assistant\n⟦Answer 1.<|im_end|>\n⟧');
  // nothing a row holds reaches the terminal as a command
  expect(stdout).toContain('⟦␛[31mThis.');
  expect(stdout).toContain('table, row 1');
  expect(stdout).toContain('In ⟦ ⟧ is what the model learns to write');
});

test('figures as text and as JSON', async () => {
  const { status, stdout } = await preview('--stats');
  expect(status).toBe(0);
  expect(stdout).toContain('looked at       2,000 rows, spread evenly');
  expect(stdout).toMatch(/rows +100,000\n/);
  const all = await preview('--stats', '--all', '--dataset', 'table', '--json');
  const { datasets } = JSON.parse(all.stdout) as {
    datasets: { dataset: string; looked: number; dropped: unknown[] }[];
  };
  expect(datasets.map(({ dataset, looked }) => [dataset, looked])).toEqual([['table', 2]]);
});

test.each([
  [
    ['--row', '100000', '--dataset', 'many'],
    'The dataset many has 100000 rows, counted from 0; there is no row 100000.',
  ],
  [['--dataset', 'other'], 'The recipe does not use the dataset "other"; it uses many, table.'],
  [['--rows', '5-2'], '--rows 5-2 ends before it begins.'],
  [['--row', '1-2'], '--row takes a number, --rows takes N-M; rows count from 0.'],
  [['--row', '1', '--rows', '1-2'], 'Give either --row or --rows.'],
  [['--all'], '--all goes with --stats.'],
])('%j is refused', async (args, message) => {
  const { status, stderr } = await preview(...args);
  expect([status, stderr]).toEqual([2, `${message}\n`]);
});
