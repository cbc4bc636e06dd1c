// Whatever a tracker does, it gets every line in order once it answers, and a run is made once.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Courier, deliver, Refused, type Destination } from './delivery.ts';
import {
  openSpool,
  readState,
  savedState,
  spoolFiles,
  waitingBytes,
  type SpoolFiles,
  type SpoolLine,
} from './spool.ts';

class Memory implements Destination {
  readonly name = 'memory';
  readonly got: SpoolLine[] = [];
  created = 0;
  /** Throws where the tracker is away. */
  mood: () => void = () => undefined;

  create(): Promise<string> {
    this.mood();
    this.created += 1;
    return Promise.resolve('run');
  }

  send(_run: string, lines: readonly SpoolLine[]): Promise<void> {
    this.mood();
    this.got.push(...lines);
    return Promise.resolve();
  }
}

const begin = (startStep = 0): SpoolLine => ({ type: 'begin', time: 0, name: 'r', recipeFile: 'r.yaml', startStep, parameters: {} }); // prettier-ignore
const log = (step: number): SpoolLine => ({ type: 'log', time: step, step, metrics: { loss: step } });
const bytes = (line: SpoolLine): Buffer => Buffer.from(`${JSON.stringify(line)}\n`);
const folder = (): string => mkdtempSync(join(tmpdir(), 'anneal-spool-'));

const stepsOf = (lines: readonly SpoolLine[]): number[] => lines.flatMap((line) => (line.type === 'log' ? [line.step] : [])); // prettier-ignore
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function filled(count: number, outputDir = folder()): Promise<SpoolFiles> {
  const files = spoolFiles(outputDir, 'memory');
  const spool = await openSpool(outputDir, files, 'memory', false);
  spool.append(bytes(begin()));
  for (const step of upTo(count)) spool.append(bytes(log(step)));
  spool.close();
  return files;
}

test('everything is sent, in several parts, and nothing a second time', async () => {
  const files = await filled(5000);
  const memory = new Memory();
  await deliver(files, memory);
  expect([memory.created, stepsOf(memory.got)]).toEqual([1, upTo(5000)]);
  expect(waitingBytes(files, readState(files, 'memory').sent)).toBe(0);
  await deliver(files, memory);
  expect(memory.got).toHaveLength(5001);
});

test('a tracker that fails at every second question gets all of it in the end', async () => {
  const files = await filled(5000);
  const memory = new Memory();
  let asked = 0;
  memory.mood = () => {
    if (asked++ % 2 === 0) throw new Error('away');
  };
  for (let attempt = 0; attempt < 100 && waitingBytes(files, readState(files, 'memory').sent) > 0; attempt++)
    await deliver(files, memory).catch(() => undefined);
  expect([memory.created, stepsOf(memory.got)]).toEqual([1, upTo(5000)]);
});

test('a run that goes on keeps its place; a torn line goes; another address gets everything', async () => {
  const outputDir = folder();
  const files = await filled(10, outputDir);
  const memory = new Memory();
  await deliver(files, memory);
  writeFileSync(files.lines, `${readFileSync(files.lines, 'utf8')}{"type":"log","ti`);
  const spool = await openSpool(outputDir, files, 'memory', true);
  spool.append(bytes(begin(10)));
  spool.append(bytes(log(11)));
  spool.close();
  await deliver(files, memory);
  expect([memory.created, stepsOf(memory.got), memory.got.filter(({ type }) => type === 'begin').length]).toEqual([1, upTo(11), 2]); // prettier-ignore
  const other = Object.assign(new Memory(), { name: 'another' });
  await deliver(files, other);
  expect([other.created, stepsOf(other.got), savedState(files)?.destination]).toEqual([1, upTo(11), 'another']);
});

/** Resolves after the timers that are due. */
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

test('a courier tries again by itself, says it once, and goes at once when there is an end', async () => {
  const told: string[] = [];
  let away = true;
  let delivered = 0;
  const courier = new Courier({
    deliver: () => (away ? Promise.reject(new Error('away')) : Promise.resolve(void delivered++)),
    trouble: (message) => told.push(message),
    patience: 5,
  });
  courier.poke();
  for (let i = 0; i < 5; i++) {
    courier.poke();
    await soon();
  }
  expect([told, delivered]).toEqual([['away'], 0]);
  away = false;
  await courier.finish();
  expect(delivered).toBe(1);
  courier.poke();
  await soon();
  expect([told, delivered]).toEqual([['away'], 2]);
});

test('a courier that was refused asks no more', async () => {
  let asked = 0;
  const told: string[] = [];
  const courier = new Courier({
    deliver: () => {
      asked += 1;
      return Promise.reject(new Refused('no'));
    },
    trouble: (message) => told.push(message),
    patience: 1,
  });
  courier.poke();
  await soon();
  courier.poke();
  await courier.finish();
  expect([asked, told]).toEqual([1, ['no']]);
});
