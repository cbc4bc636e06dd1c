// A streamed run: it goes on from a checkpoint as if it had never stopped, evaluates on rows it does not train on, and trains in
// order what a run over the whole set trains in order.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent, StepEvent } from '../../daemon/protocol.ts';
import { runCase } from './golden.ts';

const stepsOf = (events: readonly RunEvent[]): [number, number, number][] =>
  events
    .filter((event): event is StepEvent => event.type === 'step')
    .map(({ loss, gradNorm, tokens }) => [loss, gradNorm, tokens]);

const common = ['streaming=true', 'max_steps=9', 'adapter_name_or_path=', 'lora_rank=4', 'disable_shuffling=false', 'save_strategy=steps', 'save_steps=4', 'overwrite_output_dir=true']; // prettier-ignore

test.each<[string, readonly string[]]>([
  ['shuffled, over the end of an epoch', ['buffer_size=6', 'per_device_train_batch_size=5', 'lora_dropout=0.1']], // prettier-ignore
  ['packed, accumulated, two sets drawn by share', ['buffer_size=5', 'dataset=alpaca_sft,messages_sft', 'mix_strategy=interleave_over', 'interleave_probs=0.3,0.7', 'packing=true', 'preprocessing_batch_size=4', 'gradient_accumulation_steps=2']], // prettier-ignore
])('resumed in the middle: %s', async (_, more) => {
  const keys = [...common, ...more];
  const whole = await runCase('sft-lora-llama-base', keys);
  const checkpoint = join(whole.outputDir, 'checkpoint-4');
  const state = JSON.parse(readFileSync(join(checkpoint, 'anneal_state.json'), 'utf8')) as { stream?: object };
  expect(state.stream).toMatchObject({ epoch: expect.any(Number), rows: expect.any(Number), used: expect.any(Number) });
  const resumed = await runCase('sft-lora-llama-base', [...keys, `resume_from_checkpoint=${checkpoint}`]);
  expect(stepsOf(whole.events)).toHaveLength(9);
  expect(stepsOf(resumed.events)).toEqual(stepsOf(whole.events).slice(4));
});

test('in order a stream trains what the whole set trains in order', async () => {
  const keys = ['adapter_name_or_path=', 'lora_rank=4', 'max_steps=5', 'disable_shuffling=true'];
  const set = await runCase('sft-lora-llama-base', keys);
  const stream = await runCase('sft-lora-llama-base', [...keys, 'streaming=true']);
  expect(stepsOf(stream.events)).toEqual(stepsOf(set.events));
});

test('rows are held out by number, and a checkpoint of other data is refused', async () => {
  const keys = [...common, 'val_size=4', 'eval_strategy=steps', 'eval_steps=4', 'buffer_size=6'];
  const { events, outputDir } = await runCase('sft-lora-llama-base', keys);
  expect(events.filter(({ type }) => type === 'eval').length).toBeGreaterThan(1);
  await expect(
    runCase('sft-lora-llama-base', [...keys, 'buffer_size=7', `resume_from_checkpoint=${join(outputDir, 'checkpoint-4')}`]),
  ).rejects.toMatchObject({ code: 'resume-changed' }); // prettier-ignore
});
