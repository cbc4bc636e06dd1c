// Bad input: one sentence that names the place, the documented exit status, nothing lost.
import { chmodSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAll } from '../../daemon/engine/model/safetensors/read.ts';
import { writeSafetensors } from '../../daemon/engine/model/safetensors/write.ts';
import { anneal, baseRecipe, copyModel, goldens, start, temporary } from './command.ts';

const train = (...overrides: string[]): ReturnType<typeof anneal> =>
  anneal(['train', baseRecipe, `output_dir=${temporary('out')}`, 'adapter_name_or_path=', ...overrides]);

/** A dataset folder with one entry `rows`. */
function dataset(file: string, text: string | Uint8Array, entry: object = {}): string {
  const folder = temporary('data');
  writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: file, ...entry } }));
  return folder;
}

/** Rewrites a model's weights. */
async function rewrite(
  folder: string,
  change: (
    name: string,
    data: Float32Array,
    shape: readonly number[],
  ) => { name: string; data: Float32Array; shape: readonly number[] }[],
): Promise<void> {
  const path = join(folder, 'model.safetensors');
  const tensors = [...(await readAll(path))].flatMap(([name, { data, shape }]) => change(name, data, shape));
  await writeSafetensors(path, tensors);
}

describe('models', () => {
  test('missing safetensors', async () => {
    const model = copyModel('llama');
    rmSync(join(model, 'model.safetensors'));
    const { status, stderr } = await train(`model_name_or_path=${model}`);
    expect(status).toBe(2);
    expect(stderr).toContain('has no model.safetensors');
  });

  test('truncated safetensors', async () => {
    const model = copyModel('llama');
    truncateSync(join(model, 'model.safetensors'), 100_000);
    const { status, stderr } = await train(`model_name_or_path=${model}`);
    expect(status).toBe(2);
    expect(stderr).toMatch(/model\.safetensors ends before the weight .* download or save it again/);
  });

  test('unknown model_type lists the known ones', async () => {
    const model = copyModel('llama');
    const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as object;
    writeFileSync(join(model, 'config.json'), JSON.stringify({ ...config, model_type: 'mamba' }));
    const { status, stderr } = await train(`model_name_or_path=${model}`);
    expect(status).toBe(2);
    expect(stderr).toContain('"mamba"');
    expect(stderr).toContain('llama, qwen2, qwen3, mistral, gemma, gemma2, gemma3_text, phi3');
  });

  test('a weight that is missing is named', async () => {
    const model = copyModel('llama');
    await rewrite(model, (name, data, shape) =>
      name === 'model.layers.1.mlp.up_proj.weight' ? [] : [{ name, data, shape }],
    );
    const { status, stderr } = await train(`model_name_or_path=${model}`);
    expect(status).toBe(2);
    expect(stderr).toContain('model.layers.1.mlp.up_proj.weight is missing');
  });

  test('a weight of the wrong shape is named with both shapes', async () => {
    const model = copyModel('llama');
    await rewrite(model, (name, data, shape) => [
      name === 'model.norm.weight' ? { name, data: data.slice(0, 32), shape: [32] } : { name, data, shape },
    ]);
    const { status, stderr } = await train(`model_name_or_path=${model}`);
    expect(status).toBe(2);
    expect(stderr).toMatch(/model\.norm\.weight .* \[32\].* \[64\]/);
  });

  test('neither template nor chat template', async () => {
    const model = copyModel('llama');
    const path = join(model, 'tokenizer_config.json');
    const { chat_template: _, ...config } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify(config));
    const { status, stderr } = await train(`model_name_or_path=${model}`, 'template=');
    expect(status).toBe(2);
    expect(stderr).toContain('The recipe names no template and ');
  });
});

describe('data', () => {
  test('broken JSON names the line', async () => {
    const folder = dataset(
      'rows.jsonl',
      '{"instruction":"a","input":"","output":"b"}\n{"instruction":"c","input":"","output":oops}\n',
    );
    const { status, stderr } = await train(`dataset_dir=${folder}`, 'dataset=rows');
    expect(status).toBe(2);
    expect(stderr).toMatch(/rows\.jsonl:2:\d+ .*oops/);
  });

  test('an empty dataset', async () => {
    const { status, stderr } = await train(`dataset_dir=${dataset('rows.json', '[]')}`, 'dataset=rows');
    expect(status).toBe(2);
    expect(stderr).toContain('There are no rows in "rows.json"');
  });

  test('all labels masked', async () => {
    // the prompt takes the whole cutoff, so that no answer is left
    const row = { instruction: 'word '.repeat(400), input: '', output: 'x' };
    const folder = dataset('rows.json', JSON.stringify([row, row]));
    const { status, stderr } = await train(`dataset_dir=${folder}`, 'dataset=rows', 'cutoff_len=1');
    expect(status).toBe(2);
    expect(stderr).toMatch(/rows\.json:1:\d+ With cutoff_len 1 nothing of the answer is left/);
  });

  const good = '{"instruction":"a","input":"","output":"b"}\n';
  const chat = { formatting: 'sharegpt' };
  test.each([
    ['a prompt that is a list', `${good}{"instruction":["a"],"input":"","output":"b"}\n`, {}],
    ['another layout', good, chat],
    [
      'answers first in all rows',
      '{"conversations":[{"from":"gpt","value":"a"},{"from":"human","value":"b"}]}\n',
      chat,
    ],
  ])('%s stops the run with the sentence of the check', async (_name, content, entry) => {
    const folder = dataset('rows.jsonl', content, entry);
    const words = [`dataset_dir=${folder}`, 'dataset=rows'];
    const { status, stderr } = await train(...words);
    const checked = await anneal(['check', baseRecipe, ...words, '--json']);
    const errors = (JSON.parse(checked.stdout) as { file: string; line: number; severity: string; message: string }[]).filter(({ file, severity }) => severity === 'error' && file.startsWith(folder)); // prettier-ignore
    expect([status, checked.status]).toEqual([2, 1]);
    expect(errors.map(({ line, message }) => stderr.includes(`:${line}:`) && stderr.includes(message))).toContain(true);
  });

  test('a dataset that is not there lists those that are', async () => {
    const { status, stderr } = await train('dataset=alpaca');
    expect(status).toBe(2);
    expect(stderr).toContain('has no entry "alpaca"');
    expect(stderr).toContain('alpaca_sft');
  });
});

describe('runs', () => {
  test('a loss that is no number stops with the rows and keeps a checkpoint', async () => {
    const model = copyModel('llama');
    // the third batch has a token whose embedding is no number
    const output = temporary('out');
    const poisoned = 'zebra';
    const rows = Array.from({ length: 8 }, (_, i) => ({
      instruction: i === 4 ? '<|poison|>' : poisoned,
      input: '',
      output: 'ok',
    }));
    const folder = dataset('rows.json', JSON.stringify(rows));
    await rewrite(model, (name, data, shape) => {
      if (name === 'model.embed_tokens.weight') data.fill(Number.NaN, 515 * 64, 516 * 64);
      return [{ name, data, shape }];
    });
    const { status, stderr } = await anneal([
      'train',
      baseRecipe,
      `output_dir=${output}`,
      'adapter_name_or_path=',
      `model_name_or_path=${model}`,
      `dataset_dir=${folder}`,
      'dataset=rows',
      'add_tokens=<|poison|>',
      'max_steps=4',
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/Step 3 gave a loss of NaN on rows row 5, rows row 6/);
    expect(existsSync(join(output, 'checkpoint-2', 'adapter_model.safetensors'))).toBe(true);
  });

  test('an output directory that cannot be written', async () => {
    const parent = temporary('locked');
    const blocked = join(parent, 'file');
    writeFileSync(blocked, '');
    const { status, stderr } = await train(`output_dir=${join(blocked, 'out')}`);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot be written');
    chmodSync(parent, 0o700);
  });

  test('a second run on the same output directory is refused', async () => {
    const output = temporary('out');
    const first = start(['train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'max_steps=400']);
    await first.until(/step 3\//);
    const second = await anneal(['train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=']);
    expect(second.status).toBe(2);
    expect(second.stderr).toContain('Another run');
    first.process.kill('SIGINT');
    expect((await first.done).status).toBe(130);
  });

  test('a finished model is not overwritten without being told to', async () => {
    const output = temporary('out');
    const run = (): ReturnType<typeof anneal> =>
      anneal(['train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'max_steps=1']);
    expect((await run()).status).toBe(0);
    const again = await run();
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('overwrite_output_dir: true');
  });

  test('keys that are known but not built are refused by name', async () => {
    const { status, stderr } = await anneal(['train', baseRecipe, 'use_dora=true', 'shift_attn=true'], goldens);
    expect(status).toBe(2);
    expect(stderr).toContain('Anneal knows use_dora');
    expect(stderr).toContain('Anneal knows shift_attn');
  });
});
