// A run that was stopped at any step by Ctrl-C, or killed, goes on as if it had not been: the same losses, bit for bit,
// with dropout and shuffling on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../daemon/protocol.ts';
import { baseRecipe, start, temporary, type Running } from './command.ts';

const steps = 24;

const run = (output: string): Running =>
  start([
    'train', baseRecipe, `output_dir=${output}`, 'adapter_name_or_path=', 'lora_dropout=0.1', 'disable_shuffling=false', `max_steps=${steps}`,
    'save_strategy=steps', 'save_steps=3', 'save_total_limit=3', 'gradient_accumulation_steps=2', 'neftune_noise_alpha=5', 'lr_scheduler_type=cosine',
  ]); // prettier-ignore

/** Losses and gradient norms by step from the durable log; what was done again counts as it was done last. */
function series(output: string): [number, number][] {
  const losses: [number, number][] = [];
  for (const line of readFileSync(join(output, 'events.jsonl'), 'utf8').trim().split('\n')) {
    const { event } = JSON.parse(line) as { event: RunEvent };
    if (event.type === 'step') losses[event.step - 1] = [event.loss, event.gradNorm];
  }
  return losses;
}

const finals = (output: string): Buffer => readFileSync(join(output, 'adapter_model.safetensors'));

test('resumed runs equal the uninterrupted one', async () => {
  const whole = temporary('whole');
  expect((await run(whole).done).status).toBe(0);
  const reference = series(whole);
  expect(reference).toHaveLength(steps);

  const interrupted = temporary('interrupted');
  const first = run(interrupted);
  await first.until(/step 5\//);
  first.process.kill('SIGINT');
  const stopped = await first.done;
  expect(stopped.status).toBe(130);
  expect(stopped.stderr).toMatch(/Stopped at step \d+\. Go on with: anneal train/);
  expect((await run(interrupted).done).status).toBe(0);
  expect(series(interrupted)).toEqual(reference);
  expect(finals(interrupted).equals(finals(whole))).toBe(true);

  const killed = temporary('killed');
  const second = run(killed);
  await second.until(/step 11\//);
  const { pid: lock } = JSON.parse(readFileSync(join(killed, '.anneal.lock'), 'utf8')) as { pid: number };
  process.kill(lock, 'SIGKILL');
  const dead = await second.done;
  expect(dead.status).toBe(1);
  expect(dead.stderr).toContain('was killed (SIGKILL');
  const third = await run(killed).done;
  expect(third.status).toBe(0);
  expect(third.stdout).toContain('going on from step');
  expect(series(killed)).toEqual(reference);
  expect(finals(killed).equals(finals(whole))).toBe(true);
}, 120_000);
