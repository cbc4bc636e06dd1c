// What an estimate says before a run, against what the run then takes.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runEvent } from '../../daemon/protocol.ts';
import { anneal, baseRecipe, goldens, repository, temporary } from './command.ts';

interface Said {
  readonly parameters: number;
  readonly trainable: number;
  readonly memory: { readonly total: number; readonly fits: boolean };
  readonly disk: { readonly result: number };
  readonly steps: number;
  readonly calibrated: boolean;
}

/** Estimates, runs, and compares the peaks of memory. */
async function compare(
  recipe: string,
  words: readonly string[],
  folder: string,
): Promise<{ said: Said; peak: number }> {
  const overrides = [...words, `output_dir=${temporary('estimate')}`];
  const estimated = await anneal(['estimate', recipe, ...overrides, '--json'], folder);
  expect([estimated.status, estimated.stderr]).toEqual([0, '']);
  const ran = await anneal(['train', recipe, ...overrides, '--json'], folder);
  expect([ran.status, ran.stderr]).toEqual([0, '']);
  const events = ran.stdout.trim().split('\n').map((line) => runEvent.parse(JSON.parse(line))); // prettier-ignore
  const said = JSON.parse(estimated.stdout) as Said;
  const start = events.find((event) => event.type === 'start');
  expect([said.steps, said.trainable]).toEqual([start?.totalSteps, start?.trainableParameters]);
  const peak = Math.max(...events.flatMap((event) => (event.type === 'step' ? [event.peakMemory] : [])));
  return { said, peak };
}

/** A model of some 20M parameters by its config alone. */
function wideModel(): string {
  const folder = join(temporary('wide'), 'model');
  mkdirSync(folder);
  cpSync(join(goldens, 'models/llama'), folder, { recursive: true, filter: (path) => !path.endsWith('.safetensors') });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  const size = { hidden_size: 512, intermediate_size: 1408, num_hidden_layers: 6, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 64 }; // prettier-ignore
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...size, vocab_size: 2048 }));
  return folder;
}

describe('anneal estimate', () => {
  test.each([
    { what: 'LoRA', recipe: baseRecipe, words: [], folder: goldens },
    { what: 'the first run', recipe: 'captain.yaml', words: ['max_steps=8'], folder: join(repository, 'examples/small-world') }, // prettier-ignore
    {
      what: 'full on a wider model',
      recipe: baseRecipe,
      words: [`model_name_or_path=${wideModel()}`, 'train_from_scratch=true', 'finetuning_type=full', 'adapter_name_or_path=', 'per_device_train_batch_size=8', 'max_steps=3'], // prettier-ignore
      folder: goldens,
    },
  ])(
    '$what takes the memory it says, within 15%',
    async ({ recipe, words, folder }) => {
      const { said, peak } = await compare(recipe, words, folder);
      expect(said.memory.fits).toBe(true);
      expect(said.memory.total / peak).toBeGreaterThan(0.85);
      expect(said.memory.total / peak).toBeLessThan(1.15);
    },
    180_000,
  );

  test('text for people, and what a longer row costs', async () => {
    const { stdout, status } = await anneal(['estimate', baseRecipe]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^memory +about \d+ MB \(\d+ MB to \d+ MB\) of [\d.]+ GB: fits$/m);
    expect(stdout).toMatch(/^time +.* tokens\/s/m);
    const wider = await anneal(['estimate', baseRecipe, 'per_device_train_batch_size=64', '--json']);
    const base = await anneal(['estimate', baseRecipe, '--json']);
    const total = ({ stdout: json }: { stdout: string }): number => (JSON.parse(json) as Said).memory.total;
    expect(total(wider)).toBeGreaterThan(total(base) + 1e6);
  });

  test('a recipe with an error is refused with it', async () => {
    const { status, stderr } = await anneal(['estimate', baseRecipe, 'learning_rate=fast']);
    expect(status).toBe(2);
    expect(stderr).toContain('learning_rate must be a number');
  });
});
