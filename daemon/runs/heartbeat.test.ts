// Working, slow or hung, counted in looks; and how much memory is left, in a container too.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HealthWatch, type Heartbeat } from './heartbeat.ts';
import { groupLimits, memoryNow, pressureOf } from './memory.ts';

const beat = (number: number, done: number, processorSeconds = 0): Heartbeat => ({
  beat: number,
  done,
  processorSeconds,
  memory: 100,
  availableMemory: 1000,
  memoryPressure: 'none',
});
const watch = (): HealthWatch => new HealthWatch({ patience: 10, silence: 5 });

test('a worker that gets things done works', () => {
  const health = watch();
  expect(health.look(undefined, 0).state).toBe('starting');
  for (let i = 1; i < 100; i++) expect(health.look(beat(i, i), 1).state).toBe('working');
  expect(health.look(beat(100, 99), 1)).toMatchObject({ idleSeconds: 1, memory: 100, availableMemory: 1000 });
});

test('long steps are fine as long as they are usual', () => {
  const health = watch();
  const states = Array.from({ length: 60 }, (_, i) => health.look(beat(i, 1, i), 10).state);
  expect(states.lastIndexOf('working')).toBe(50);
  expect(states.at(-1)).toBe('slow');
});

test('nothing done: slow where the processor is at work, hung where it is not', () => {
  const busy = watch();
  const idle = watch();
  for (let i = 0; i < 20; i++) {
    busy.look(beat(i, 1, i * 0.5), 1);
    idle.look(beat(i, 1, 3), 1);
  }
  expect([busy.look(beat(20, 1, 10), 1).state, idle.look(beat(20, 1, 3), 1).state]).toEqual(['slow', 'hung']);
  // it was only waiting
  expect(idle.look(beat(21, 2, 3), 1).state).toBe('working');
});

test('no beats at all: frozen', () => {
  const health = watch();
  health.look(beat(1, 1), 1);
  const states = Array.from({ length: 8 }, () => health.look(beat(1, 1), 1).state);
  expect(states).toEqual(['working', 'working', 'working', 'working', 'working', 'hung', 'hung', 'hung']);
  expect(health.look(beat(2, 2), 1).state).toBe('working');
  const never = watch();
  expect(Array.from({ length: 12 }, () => never.look(undefined, 0).state).at(-1)).toBe('hung');
});

test('memory: what the machine has, and no more than a container allows', () => {
  const { available, total } = memoryNow();
  expect(available).toBeGreaterThan(0);
  expect(available).toBeLessThanOrEqual(total);
  const root = mkdtempSync(join(tmpdir(), 'anneal-group-'));
  const inner = join(root, 'pod', 'box');
  mkdirSync(inner, { recursive: true });
  writeFileSync(join(root, 'pod', 'memory.max'), '1000000\n');
  writeFileSync(join(root, 'pod', 'memory.current'), '900000\n');
  writeFileSync(join(root, 'pod', 'memory.stat'), 'anon 500000\ninactive_file 150000\nactive_file 50000\nshmem 7\n');
  writeFileSync(join(inner, 'memory.max'), 'max\n');
  writeFileSync(join(inner, 'memory.current'), '5\n');
  expect([...groupLimits(root, '0::/pod/box\n')]).toEqual([{ available: 300_000, total: 1_000_000 }]);
  expect([...groupLimits(root, '4:memory:/old\n')]).toEqual([]);
  rmSync(root, { recursive: true });
});

test('pressure', () => {
  const gigabyte = 1024 ** 3;
  expect(pressureOf({ available: 8 * gigabyte, total: 16 * gigabyte })).toBe('none');
  expect(pressureOf({ available: 1 * gigabyte, total: 16 * gigabyte })).toBe('low');
  expect(pressureOf({ available: 0.3 * gigabyte, total: 16 * gigabyte })).toBe('critical');
  expect(pressureOf({ available: 0.2 * gigabyte, total: 1 * gigabyte })).toBe('low');
});
