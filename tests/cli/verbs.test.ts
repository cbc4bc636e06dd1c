// Verbs, their output and exit statuses.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordedEvent, runEvent } from '../../daemon/protocol.ts';
import { anneal, baseRecipe, temporary } from './command.ts';

test('help lists every verb, and explains one', async () => {
  const all = await anneal(['help']);
  expect(all.status).toBe(0);
  for (const verb of ['train', 'check', 'preview', 'env', 'version', 'help']) expect(all.stdout).toContain(verb);
  expect((await anneal(['help', 'train'])).stdout).toContain('anneal train RECIPE');
});

test('a verb that does not exist', async () => {
  const { status, stderr } = await anneal(['trian']);
  expect(status).toBe(2);
  expect(stderr).toContain('did you mean "anneal train"?');
});

test('an option that does not exist', async () => {
  const { status, stderr } = await anneal(['check', '--jsno', baseRecipe]);
  expect(status).toBe(2);
  expect(stderr).toContain('did you mean --json?');
});

test('env names versions and devices', async () => {
  const { status, stdout } = await anneal(['env', '--json']);
  expect(status).toBe(0);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual([
    'anneal',
    'node',
    'onnxruntime',
    'tokenizers',
    'system',
    'processor',
    'memory',
    'int8',
    'nf4',
    'devices',
  ]);
  expect(report['onnxruntime']).toMatch(/^\d+\.\d+/);
});

test('check points at the place', async () => {
  const file = join(temporary('check'), 'recipe.yaml');
  writeFileSync(
    file,
    'model_name_or_path: m\nstage: sft\ndo_train: true\ndataset: a\nlearning_rate: "1e-4"\ncutof_len: 5\n',
  );
  const { status, stdout } = await anneal(['check', file]);
  expect(status).toBe(1);
  expect(stdout).toContain(
    `${file}:5:16 error wrong-type learning_rate must be a number, but in quotes it is text: write 1e-4.`,
  );
  expect(stdout).toContain(
    `${file}:6:1 error unknown-key There is no recipe key "cutof_len"; did you mean cutoff_len?`,
  );
  const findings = JSON.parse((await anneal(['check', file, '--json'])).stdout) as { fix?: { text: string } }[];
  expect(findings.flatMap(({ fix }) => fix?.text ?? [])).toEqual(['1e-4', 'cutoff_len']);
});

test('check is quiet about a recipe that works', async () => {
  const { status, stdout } = await anneal(['check', baseRecipe]);
  expect([status, stdout]).toEqual([0, '']);
});

test('preview shows a row as the model sees it', async () => {
  const { status, stdout } = await anneal(['preview', baseRecipe, '--row', '1', '--json']);
  expect(status).toBe(0);
  const row = JSON.parse(stdout) as {
    dataset: string;
    row: number;
    text: string;
    ids: number[];
    labels: number[];
    tokens: { text: string; trained: boolean; reason: string }[];
  };
  expect([row.dataset, row.row]).toEqual(['alpaca_sft', 1]);
  expect(row.tokens.map(({ text }) => text).join('')).toBe(row.text);
  expect(row.tokens.map(({ trained }) => trained)).toEqual(row.labels.map((label) => label !== -100));
  expect(row.text).toContain('<|im_start|>assistant\n');
  expect(new Set(row.tokens.map(({ reason }) => reason))).toEqual(
    new Set(['template', 'system', 'prompt', 'response']),
  );
});

test('--json writes one event a line, and the same events stand in events.jsonl', async () => {
  const output = temporary('out');
  const { status, stdout } = await anneal(['train', baseRecipe, `output_dir=${output}`, 'max_steps=3', '--json']);
  expect(status).toBe(0);
  const events = stdout.trim().split('\n').map((line) => runEvent.parse(JSON.parse(line))); // prettier-ignore
  expect(events.filter(({ type }) => type === 'step')).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({ type: 'end', state: 'done', step: 3 });
  const log = readFileSync(join(output, 'events.jsonl'), 'utf8').trim().split('\n').map((line) => recordedEvent.parse(JSON.parse(line))); // prettier-ignore
  expect(log.map(({ event }) => event)).toEqual(events);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
});

test('the run directory holds what LLaMA-Factory and PEFT write', async () => {
  const output = temporary('out');
  const { status } = await anneal([
    'train',
    baseRecipe,
    `output_dir=${output}`,
    'max_steps=4',
    'save_strategy=steps',
    'save_steps=2',
    'plot_loss=true',
  ]);
  expect(status).toBe(0);
  const log = readFileSync(join(output, 'trainer_log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
  expect(log.map((line) => line['current_steps'])).toEqual([1, 2, 3, 4, 4]);
  const keys =
    'current_steps elapsed_time epoch grad_norm loss lr percentage remaining_time throughput total_steps total_tokens';
  expect(Object.keys(log[0] ?? {}).sort()).toEqual(keys.split(' '));
  const state = JSON.parse(readFileSync(join(output, 'checkpoint-4', 'trainer_state.json'), 'utf8')) as {
    global_step: number;
    log_history: unknown[];
  };
  expect([state.global_step, state.log_history.length]).toEqual([4, 4]);
  const png = readFileSync(join(output, 'training_loss.png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  for (const name of [
    'run.json',
    'train_results.json',
    'all_results.json',
    'adapter_config.json',
    'tokenizer.json',
    'chat_template.jinja',
  ]) {
    expect(readFileSync(join(output, name)).length, name).toBeGreaterThan(0);
  }
});
