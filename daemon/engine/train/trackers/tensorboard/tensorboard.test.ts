// Event files read back, byte by byte checked, as they stand after a run, a resume, and a disk that was full for a while.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readEventFile, type ReadEvent } from '../testing/read-events.ts';
import type { TrackedRun } from '../tracker.ts';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import { frame } from './events.ts';
import { eventFolder, tagOf, TensorBoard } from './tensorboard.ts';

const run = (more: Partial<TrackedRun> = {}): TrackedRun => ({
  name: 'try',
  recipeFile: 'try.yaml',
  outputDir: fs.mkdtempSync(join(tmpdir(), 'anneal-tb-')),
  workingDirectory: '/projects',
  parameters: { learning_rate: 1e-4, hf_hub_token: '<HF_HUB_TOKEN>' },
  modelConfig: '{"model_type": "llama"}',
  startStep: 0,
  started: new Date(2025, 2, 4, 5, 6, 7),
  ...more,
});

const warnings: string[] = [];
const warn = (_code: string, message: string): void => void warnings.push(message);
const { writeSync } = fs;
afterEach(() => {
  warnings.splice(0);
  fs.writeSync = writeSync;
  syncBuiltinESMExports();
});

const filesIn = (folder: string): string[] => fs.readdirSync(folder).sort().map((name) => join(folder, name)); // prettier-ignore
const scalars = (events: readonly ReadEvent[]): [string, number, number][] =>
  events.flatMap(({ tag, step, value }) => (tag !== undefined && value !== undefined ? [[tag, step, value]] : []));

test('CRC-32C has the values of RFC 3720, and is masked as LevelDB masks it', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  const crc = 0xe3069283;
  expect(maskedCrc32c(Buffer.from('123456789'))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
});

test('a record that was damaged anywhere is not read', () => {
  const record = frame(Buffer.from([9, 0, 0, 0, 0, 0, 0, 240, 63, 16, 7]));
  expect(readEventFile(record)).toEqual([{ time: 1, step: 7 }]);
  for (let i = 0; i < record.length; i++) {
    const damaged = Uint8Array.from(record, (byte, at) => (at === i ? byte ^ 1 : byte));
    expect(() => readEventFile(damaged)).toThrow(/checksum|Offset is outside/);
  }
});

test("transformers' tags", () => {
  expect(['loss', 'eval_loss', 'eval_runtime', 'test_x', 'train_runtime', 'rewards/accuracies'].map(tagOf)).toEqual(
    ['train/loss', 'eval/loss', 'eval/runtime', 'test/x', 'train/train_runtime', 'train/rewards/accuracies'],
  ); // prettier-ignore
});

test('what is written is read back: version, arguments, model, numbers', async () => {
  const one = run();
  const folder = eventFolder(one, null, {});
  const board = new TensorBoard(one, folder, 77, warn);
  board.log({ step: 5, time: 1_700_000_000_500, metrics: { loss: 1.5, learning_rate: 1e-4, epoch: 0.5 } });
  board.log({ step: 5, time: 1_700_000_001_000, metrics: { eval_loss: 1.25 } });
  await board.end('done');
  const [path = ''] = filesIn(folder);
  expect(path).toMatch(/runs[/\\]Mar04_05-06-07_.+[/\\]events\.out\.tfevents\.\d{10}\..+\.77\.0$/);
  const events = readEventFile(fs.readFileSync(path));
  expect(events[0]).toMatchObject({ version: 'brain.Event:2' });
  expect(events[1]).toMatchObject({ tag: 'args/text_summary', plugin: 'text', text: JSON.stringify(one.parameters, null, 2) }); // prettier-ignore
  expect(events[2]).toMatchObject({ tag: 'model_config/text_summary', text: one.modelConfig });
  expect(scalars(events)).toEqual([
    ['train/loss', 5, 1.5],
    ['train/learning_rate', 5, Math.fround(1e-4)],
    ['train/epoch', 5, 0.5],
    ['eval/loss', 5, 1.25],
  ]);
  expect(events.at(-1)?.time).toBe(1_700_000_001);
});

test('a run that goes on stays in its folder, in a file of its own that takes back what came after its checkpoint', async () => {
  const one = run();
  const folder = eventFolder(one, null, {});
  await new TensorBoard(one, folder, 1, warn).end('stopped');
  const more = { ...one, startStep: 40, started: new Date(2025, 2, 5) };
  expect(eventFolder(more, null, {})).toBe(folder);
  await new TensorBoard(more, eventFolder(more, null, {}), 2, warn).end('done');
  const [, second = ''] = filesIn(folder);
  expect(readEventFile(fs.readFileSync(second))[1]).toMatchObject({ restart: true, step: 41 });
  // begun anew it gets another one
  expect(eventFolder({ ...more, startStep: 0 }, null, {})).not.toBe(folder);
});

test('logging_dir comes before TENSORBOARD_LOGGING_DIR, and that before output_dir', () => {
  const environment = { TENSORBOARD_LOGGING_DIR: '/elsewhere' };
  expect(eventFolder(run(), 'logs', environment)).toBe('/projects/logs');
  expect(eventFolder(run(), null, environment)).toBe('/elsewhere');
});

test('a disk that is full at any byte: whole records only, one sentence, and all of it once there is room', async () => {
  const one = run();
  const folder = eventFolder(one, null, {});
  const board = new TensorBoard(one, folder, 1, warn);
  const [path = ''] = filesIn(folder);
  let room = 0;
  fs.writeSync = ((file: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
    if (length > room) {
      writeSync(file, bytes, offset, room, position);
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    }
    return writeSync(file, bytes, offset, length, position);
  }) as typeof fs.writeSync;
  syncBuiltinESMExports();
  for (room = 0; room < 50; room++) {
    board.log({ step: room + 1, time: 0, metrics: { loss: room } });
    expect(() => readEventFile(fs.readFileSync(path))).not.toThrow();
  }
  room = Number.POSITIVE_INFINITY;
  board.log({ step: 51, time: 0, metrics: { loss: 50 } });
  await board.end('done');
  expect(scalars(readEventFile(fs.readFileSync(path))).map(([, step]) => step)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1)); // prettier-ignore
  expect(warnings).toEqual([expect.stringMatching(/TensorBoard's files in .* cannot be written \(ENOSPC.*the run goes on/)]); // prettier-ignore
});
