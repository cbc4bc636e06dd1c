// Following a log that grows, and reading it from any cursor: across index blocks, from memory and from the file alike.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../protocol.ts';
import { EventLog } from './event-log.ts';
import { LogFollower } from './log-follower.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-follow-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const warning = (message: string): RunEvent => ({ type: 'warning', code: 'test', message });

function write(count: number, size = 10): void {
  const log = new EventLog(path, () => 1000);
  for (let i = 0; i < count; i++) log.append(warning('ö'.repeat(size)));
  log.close();
}

const seqs = (lines: readonly { seq: number }[]): number[] => lines.map(({ seq }) => seq);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('a log that is not there yet, then there, then longer', async () => {
  const told: number[] = [];
  const follower = new LogFollower(path, (records) => told.push(...seqs(records)));
  await follower.refresh();
  expect([follower.seq, told]).toEqual([0, []]);
  write(3);
  await follower.refresh();
  write(2);
  await Promise.all([follower.refresh(), follower.refresh(), follower.refresh()]);
  expect([follower.seq, told]).toEqual([5, [1, 2, 3, 4, 5]]);
});

test('byte by byte: each record once, none before it is whole', async () => {
  write(4);
  const whole = readFileSync(path);
  writeFileSync(path, '');
  const told: number[] = [];
  const follower = new LogFollower(path, (records) => told.push(...seqs(records)));
  for (const [i, byte] of whole.entries()) {
    appendFileSync(path, Uint8Array.of(byte));
    await follower.refresh();
    expect(follower.seq).toBe(whole.subarray(0, i + 1).filter((one) => one === 10).length);
  }
  expect(told).toEqual([1, 2, 3, 4]);
});

test('from any cursor, in batches, from the file and from memory', async () => {
  write(1000);
  const follower = new LogFollower(path);
  await follower.refresh();
  for (const after of [0, 1, 126, 127, 128, 129, 500, 743, 744, 745, 998, 999]) {
    const found: number[] = [];
    for (let at = after; ;) {
      const batch = await follower.read(at, 5000);
      if (batch.length === 0) break;
      expect(batch.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThanOrEqual(5000);
      found.push(...seqs(batch));
      at = batch.at(-1)?.seq ?? at;
    }
    expect(found).toEqual(range(after + 1, 1000));
  }
  expect(await follower.read(1000, 5000)).toEqual([]);
  expect(await follower.read(5000, 5000)).toEqual([]);
  expect(seqs(await follower.read(3, 1))).toEqual([4]);
});

test('a record longer than a chunk', async () => {
  write(1, 700_000);
  write(2);
  const follower = new LogFollower(path);
  await follower.refresh();
  expect(follower.seq).toBe(3);
  expect(seqs(await follower.read(0, 100))).toEqual([1]);
});

test('events of a later version are passed on, and not told', async () => {
  write(1);
  appendFileSync(path, '{"seq":2,"time":1,"event":{"type":"weather"}}\n');
  write(1);
  const told: number[] = [];
  const follower = new LogFollower(path, (records) => told.push(...seqs(records)));
  await follower.refresh();
  expect([follower.seq, told]).toEqual([3, [1, 3]]);
  expect((await follower.read(1, 1000))[0]?.json).toContain('weather');
});

test('what is no record ends the log until its writer has cut it off', async () => {
  write(2);
  appendFileSync(path, '\0\0\0\n{"seq":3,"time":1,"event":{}}\n');
  const follower = new LogFollower(path);
  await follower.refresh();
  expect(follower.seq).toBe(2);
  write(1);
  await follower.refresh();
  expect(follower.seq).toBe(3);
});

test('a log that was begun anew is read anew', async () => {
  write(5);
  const follower = new LogFollower(path);
  await follower.refresh();
  truncateSync(path, 0);
  write(2);
  await follower.refresh();
  expect([follower.seq, seqs(await follower.read(0, 1000))]).toEqual([2, [1, 2]]);
});
