// What must not change the numbers: how a batch is cut into micro batches, whether rows are packed apart, what is recomputed.
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StepEvent } from '../../daemon/protocol.ts';
import { runCase } from './golden.ts';

const common = ['adapter_name_or_path=', 'template=chatml', 'lora_rank=4', 'max_steps=6', 'seed=7'];

async function losses(name: string, overrides: readonly string[]): Promise<[number, number][]> {
  const { events } = await runCase(name, [...common, ...overrides]);
  return events
    .filter((event): event is StepEvent => event.type === 'step')
    .map(({ loss, gradNorm }) => [loss, gradNorm]);
}

function expectClose(mine: readonly [number, number][], reference: readonly [number, number][]): void {
  expect(mine).toHaveLength(reference.length);
  mine.forEach(([loss, norm], i) => {
    const [otherLoss = 0, otherNorm = 0] = reference[i] ?? [];
    expect(Math.abs(loss - otherLoss), `loss of step ${i + 1}`).toBeLessThan(2e-5);
    expect(Math.abs(norm / otherNorm - 1), `gradient norm of step ${i + 1}`).toBeLessThan(1e-4);
  });
}

describe('invariants', () => {
  test('a batch of 4 equals 2 accumulated batches of 2', async () => {
    const whole = await losses('sft-lora-llama-base', ['per_device_train_batch_size=4']);
    const parts = await losses('sft-lora-llama-base', [
      'per_device_train_batch_size=2',
      'gradient_accumulation_steps=2',
    ]);
    expectClose(parts, whole);
  });

  test('the same with every weight trained', async () => {
    const whole = await losses('sft-full-llama-base', ['per_device_train_batch_size=4']);
    const parts = await losses('sft-full-llama-base', [
      'per_device_train_batch_size=1',
      'gradient_accumulation_steps=4',
    ]);
    expectClose(parts, whole);
  });

  test('recomputing layers changes nothing', async () => {
    const kept = await losses('sft-lora-llama-base', ['disable_gradient_checkpointing=true']);
    const again = await losses('sft-lora-llama-base', [
      'disable_gradient_checkpointing=false',
      'anneal_memory_gb=1e-9',
    ]);
    expect(again).toEqual(kept);
    const gemma = await losses('sft-full-gemma2-grads', ['disable_gradient_checkpointing=true']);
    expect(
      await losses('sft-full-gemma2-grads', ['disable_gradient_checkpointing=false', 'anneal_memory_gb=1e-9']),
    ).toEqual(gemma);
  });

  test('neat packing equals rows on their own', async () => {
    // four short rows make one block; unpacked they are one batch of four
    const folder = mkdtempSync(join(tmpdir(), 'anneal-neat-'));
    const rows = Array.from({ length: 4 }, (_, i) => ({
      instruction: `What is ${i}?`,
      input: '',
      output: `It is a number, ${i}.`,
    }));
    writeFileSync(join(folder, 'rows.json'), JSON.stringify(rows));
    writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.json' } }));
    const data = [`dataset_dir=${folder}`, 'dataset=rows', 'max_steps=3'];
    const packed = await losses('sft-lora-llama-base', [
      ...data,
      'neat_packing=true',
      'cutoff_len=256',
      'per_device_train_batch_size=1',
    ]);
    const apart = await losses('sft-lora-llama-base', [...data, 'per_device_train_batch_size=4']);
    expectClose(packed, apart);
  });

  test('a run repeats itself to the last bit', async () => {
    const first = await losses('sft-lora-llama-base', ['lora_dropout=0.2', 'disable_shuffling=false']);
    expect(await losses('sft-lora-llama-base', ['lora_dropout=0.2', 'disable_shuffling=false'])).toEqual(first);
    expect(await losses('sft-lora-llama-base', ['lora_dropout=0.2', 'disable_shuffling=false', 'seed=8'])).not.toEqual(
      first,
    );
  });
});

type Answer = { value: string; loss?: boolean; weight?: number };

/** First losses of a run on sharegpt rows, each a list of answers; a batch holds all rows. */
async function lossesOn(
  rows: readonly (readonly Answer[])[],
  overrides: readonly string[] = [],
): Promise<[number, number][]> {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-weights-'));
  const conversations = rows.map((answers) => ({
    conversations: answers.flatMap((answer, i) => [
      { from: 'human', value: `Question ${i}?` },
      { from: 'gpt', ...answer },
    ]),
  }));
  writeFileSync(join(folder, 'rows.json'), JSON.stringify(conversations));
  const info = { rows: { file_name: 'rows.json', formatting: 'sharegpt' } };
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(info));
  const data = [`dataset_dir=${folder}`, 'dataset=rows', 'max_steps=2', `per_device_train_batch_size=${rows.length}`];
  return losses('sft-lora-llama-base', [...data, ...overrides]);
}

describe("a message's own weight", () => {
  const [first, second] = [{ value: 'Yes, it is.' }, { value: 'No, not it.' }] as const;

  test('of the same size everywhere changes nothing', async () => {
    const weighted = [[{ ...first, weight: 0.25 }], [{ ...second, weight: 0.25 }]];
    expectClose(await lossesOn(weighted), await lossesOn([[first], [second]]));
  });

  test('loss: false masks a turn as mask_history masks it', async () => {
    const masked = await lossesOn([[{ ...first, loss: false }, second]]);
    expectClose(masked, await lossesOn([[first, second]], ['mask_history=true']));
    expect(masked[0]?.[0]).not.toBeCloseTo((await lossesOn([[first, second]]))[0]?.[0] ?? 0, 3);
  });

  test('is its share of the mean', async () => {
    const firstLoss = async (rows: readonly (readonly Answer[])[]): Promise<number> =>
      (await lossesOn(rows))[0]?.[0] ?? 0;
    const [one, other, mean] = [await firstLoss([[first]]), await firstLoss([[second]]), await firstLoss([[first], [second]])]; // prettier-ignore
    // the first row's share of the trained tokens
    const share = (mean - other) / (one - other);
    const weighted = await firstLoss([[{ ...first, weight: 1 }], [{ ...second, weight: 3 }]]);
    expect(weighted).toBeCloseTo((share * one + 3 * (1 - share) * other) / (share + 3 * (1 - share)), 4);
  });
});
