// The offline folder of a Weights & Biases run, read back: framing, numbers, and what goes into which record.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import type { TrackedRun } from '../tracker.ts';
import { fileHeader, frameRecord } from './records.ts';
import { wandbIsOff, WandbFolder } from './wandb.ts';

const BLOCK = 32_768;

/** Whole records of a log. Throws where a checksum or the order of pieces is wrong. */
function unframe(file: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = fileHeader.length; at < file.length;) {
    const left = BLOCK - (at % BLOCK);
    if (left < 7) {
      at += left;
      continue;
    }
    const length = view.getUint16(at + 4, true);
    const type = view.getUint8(at + 6);
    const data = file.subarray(at + 7, at + 7 + length);
    if (view.getUint32(at, true) !== crc32(data, crc32(Uint8Array.of(type))))
      throw new Error(`a wrong checksum at ${at}`);
    if ((type === 1 || type === 2) !== (pieces.length === 0)) throw new Error(`a piece out of order at ${at}`);
    pieces.push(data);
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(pieces));
      pieces = [];
    }
    at += 7 + length;
  }
  return records;
}

/** A message as nested maps of what it holds, by field numbers; texts where bytes are no message. */
function decode(data: Uint8Array): Map<number, unknown[]> {
  const reader = new BinaryReader(data);
  const fields = new Map<number, unknown[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value = type === WireType.LengthDelimited ? reader.bytes() : Number(reader.int64());
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}
const messages = (fields: Map<number, unknown[]> | undefined, field: number): Map<number, unknown[]>[] =>
  (fields?.get(field) ?? []).map((one) => decode(one as Uint8Array));
const textOf = (fields: Map<number, unknown[]> | undefined, field: number): string =>
  new TextDecoder().decode(fields?.get(field)?.[0] as Uint8Array | undefined);
/** Items of history, summary and config: name and JSON. */
const items = (fields: Map<number, unknown[]> | undefined): Record<string, unknown> =>
  Object.fromEntries(messages(fields, 1).map((item) => [textOf(item, item.has(2) ? 2 : 1), JSON.parse(textOf(item, 16)) as unknown])); // prettier-ignore

test('records of every length at every place of a block', () => {
  for (const start of [7, BLOCK - 9, BLOCK - 8, BLOCK - 7, BLOCK - 6, BLOCK - 1, BLOCK]) {
    for (const length of [0, 1, 100, BLOCK - 14, BLOCK, 3 * BLOCK + 5]) {
      const record = Uint8Array.from({ length }, (_, i) => i);
      const file = new Uint8Array(start + frameRecord(record, start).length);
      // one record before it that ends where this one begins
      if (start > 14) file.set(frameRecord(new Uint8Array(start - 14), 7), 7);
      file.set(frameRecord(record, start), start);
      expect(unframe(file).at(-1), `${length} at ${start}`).toEqual(Buffer.from(record));
    }
  }
});

const run = (): TrackedRun => ({
  name: 'night',
  recipeFile: 'r.yaml',
  outputDir: '/out',
  workingDirectory: mkdtempSync(join(tmpdir(), 'anneal-wandb-')),
  parameters: { learning_rate: 0.1, text: 'x'.repeat(100_000) },
  modelConfig: '{"hidden_size": 8}',
  startStep: 0,
  started: new Date(2025, 2, 4, 5, 6, 7, 89),
});

test('a run: who it is, its arguments, curves, totals, its end', async () => {
  const one = run();
  const told: string[] = [];
  const environment = { WANDB_PROJECT: 'p', WANDB_TAGS: 'a,b', WANDB_ENTITY: 'team', WANDB_API_KEY: 'key-1' };
  const folder = new WandbFolder(one, environment, (_, message) => told.push(message));
  const time = one.started.getTime();
  folder.log({ step: 5, time: time + 1500, metrics: { loss: 2, epoch: 0.5 } });
  folder.log({ step: 5, time: time + 2000, metrics: { eval_loss: 1 } });
  folder.log({ step: 6, time: time + 3000, metrics: { train_runtime: 3, epoch: 1 } });
  await folder.end('failed');
  const [name = ''] = readdirSync(join(one.workingDirectory, 'wandb'));
  const id = /^offline-run-20250304_050607-([0-9a-z]{8})$/.exec(name)?.[1];
  const file = readFileSync(join(one.workingDirectory, 'wandb', name, `run-${id}.wandb`));
  expect(file.subarray(0, 7)).toEqual(Buffer.from(fileHeader));
  expect(file.includes('key-1')).toBe(false);
  const records = unframe(file).map(decode);
  expect(records.map((record) => record.get(1))).toEqual(records.map((_, i) => [i + 1]));
  const fields = records.map((record) => [...record.keys()].find((field) => field !== 1 && field !== 200));
  expect(fields).toEqual([21, 17, 12, 12, 2, 3, 2, 3, 2, 3, 18]);
  const [about] = messages(records[1], 17);
  expect([textOf(about, 1), textOf(about, 2), textOf(about, 3), textOf(about, 8), about?.get(10)?.length]).toEqual([id, 'team', 'p', 'night', 2]); // prettier-ignore
  expect(items(messages(about, 4)[0])).toEqual({ _wandb: {}, hidden_size: 8, ...one.parameters });
  const history = records.flatMap((record) => messages(record, 2)).map(items);
  expect(history).toEqual([
    { 'train/loss': 2, 'train/epoch': 0.5, 'train/global_step': 5, _timestamp: time / 1000 + 1.5, _runtime: 1.5, _step: 0 },
    { 'eval/loss': 1, 'train/global_step': 5, _timestamp: time / 1000 + 2, _runtime: 2, _step: 1 },
    { 'train/epoch': 1, 'train/global_step': 6, _timestamp: time / 1000 + 3, _runtime: 3, _step: 2 },
  ]); // prettier-ignore
  expect(items(messages(records[9], 3)[0])).toMatchObject({ train_runtime: 3, _step: 2 });
  expect(messages(records[10], 18)[0]?.get(1)).toEqual([1]);
  expect(told).toEqual([expect.stringMatching(/"wandb sync .*offline-run-.*" uploads it/)]);
});

test('what the environment says', async () => {
  const told: string[] = [];
  const one = run();
  const place = mkdtempSync(join(tmpdir(), 'anneal-wandb-'));
  const folder = new WandbFolder(one, { WANDB_MODE: 'offline', WANDB_RUN_ID: 'mine', WANDB_DIR: place }, (_, message) => told.push(message)); // prettier-ignore
  await folder.end('done');
  expect(readdirSync(join(place, 'wandb'))).toEqual(['offline-run-20250304_050607-mine']);
  expect(told).toEqual([]);
  expect([wandbIsOff({ WANDB_MODE: 'disabled' }), wandbIsOff({ WANDB_DISABLED: 'true' }), wandbIsOff({ WANDB_DISABLED: '0' })]).toEqual([true, true, false]); // prettier-ignore
});
