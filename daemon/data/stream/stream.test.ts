// Streams: the order is that of the datasets library's buffer, every row comes once an epoch, proportions are kept, and going on from
// any place gives what would have come.
import * as fc from 'fast-check';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStream, type LoadedData } from '../dataset.ts';
import { interleave, type MixStrategy } from '../mix.ts';
import type { DataOptions } from '../options.ts';
import { prepareTemplate } from '../template/prepare.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { streamStart, type ExampleStream, type StreamedExample, type StreamPosition } from './example-stream.ts';
import { mixedStream } from './mixed-stream.ts';
import { shuffled } from './shuffle-buffer.ts';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(i);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('the shuffle buffer', () => {
  test('gives every item once, none before it was read, the same for the same key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.integer({ min: 0, max: 60 }), fc.integer(), async (count, size, key) => {
        const order = await all(shuffled(numbers(count), size, key));
        expect([...order].sort((a, b) => a - b)).toEqual(upTo(count));
        // the item that leaves as number i was in the buffer then: at most `size` were read beyond those that left
        for (const [i, item] of order.entries()) expect(item).toBeLessThanOrEqual(i + Math.max(0, size - 1));
        expect(await all(shuffled(numbers(count), size, key))).toEqual(order);
      }),
      { numRuns: 60 },
    );
  });

  test('a size below two keeps the order, another key gives another one', async () => {
    expect(await all(shuffled(numbers(30), 1, 5))).toEqual(upTo(30));
    expect(await all(shuffled(numbers(30), 10, 5))).not.toEqual(await all(shuffled(numbers(30), 10, 6)));
  });
});

describe('mixing', () => {
  const mixed = async (sizes: readonly number[], strategy: MixStrategy, shares: readonly number[] | undefined, key: number): Promise<[number, number][]> => // prettier-ignore
    (await all(mixedStream(sizes.map((size) => () => numbers(size)), strategy, shares, key))).map(({ set, row }) => [set, row]); // prettier-ignore

  test('taking turns stops as streams of the datasets library do', async () => {
    const flat = async (strategy: MixStrategy): Promise<number[]> =>
      (await mixed([3, 4, 5], strategy, undefined, 0)).map(([set, row]) => ([0, 3, 7][set] ?? 0) + row);
    expect(await flat('interleave_under')).toEqual([0, 3, 7, 1, 4, 8, 2]);
    expect(await flat('interleave_over')).toEqual([0, 3, 7, 1, 4, 8, 2, 5, 9, 0, 6, 10, 1, 3, 11]);
    expect(await flat('interleave_once')).toEqual([0, 3, 7, 1, 4, 8, 2, 5, 9, 6, 10, 11]);
    expect(await flat('concat')).toEqual(upTo(12));
  });

  test('draws are those of sets that are loaded whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 9 })), { minLength: 2, maxLength: 4 }),
        fc.constantFrom<MixStrategy>('interleave_under', 'interleave_over', 'interleave_once'),
        fc.integer(),
        async (sets, strategy, key) => {
          const [sizes, shares] = [sets.map(([size]) => size), sets.map(([, share]) => share)];
          const { sets: from, rows } = interleave(sizes, strategy, shares, key);
          const expected = Array.from(from, (set, i): [number, number] => [set, rows[i] ?? -1]);
          expect(await mixed(sizes, strategy, shares, key)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    ); // prettier-ignore
  });
});

type Options = DataOptions<'pt' | 'sft'>;

describe('examples', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'anneal-stream-'));
    copyFileSync(new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url), join(folder, 'tokenizer.json'));
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<|eos|>', pad_token: '<|pad|>' })); // prettier-ignore
    const rows = (name: string, count: number): void =>
      writeFileSync(
        join(folder, `${name}.jsonl`),
        upTo(count)
          .map((i) => `${JSON.stringify({ instruction: `${name} ${i}`, input: '', output: i % 7 === 3 ? null : 'x'.repeat(1 + ((i * 5) % 40)) })}\n`)
          .join(''),
      ); // prettier-ignore
    rows('long', 61);
    rows('short', 23);
    const entry = (name: string): object => ({ file_name: `${name}.jsonl` });
    writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ long: entry('long'), short: entry('short') }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const options = (more: Partial<Options>): Options =>
    ({
      stage: 'sft', datasetDir: folder, mediaDir: folder, templateName: 'chatml', datasets: ['long', 'short'], evalDatasets: [],
      mixStrategy: 'concat', seed: 3, streaming: true, bufferSize: 16, valSize: 0, packing: false, neatPacking: false, cutoffLength: 256,
      blockLength: 256, preprocessingBatchSize: 10, trainOnPrompt: false, maskHistory: false, preserveThinking: false,
      enableThinking: true, today: '15 Jan 2025', ...more,
    }) as Options; // prettier-ignore

  async function open(more: Partial<Options> = {}): Promise<LoadedData & { stream: ExampleStream }> {
    const tokenizer = await Tokenizer.load(folder);
    const opened = await openStream(options(more), { tokenizer, template: prepareTemplate('chatml', tokenizer) });
    if (!opened.stream) throw new Error('no stream');
    return { ...opened, stream: opened.stream };
  } // prettier-ignore

  const epoch = (stream: ExampleStream, from: StreamPosition): Promise<StreamedExample[]> => all(stream.examples(from));
  const originsOf = (found: readonly StreamedExample[]): string[] =>
    found.flatMap(({ example }) => example.origins.map(({ dataset, row }) => `${dataset} ${row}`));

  test('an epoch has every usable row once; the next one in another order', async () => {
    const { stream, train } = await open();
    const first = originsOf(await epoch(stream, streamStart));
    const usable = (name: string, count: number): string[] => upTo(count).filter((i) => i % 7 !== 3).map((i) => `${name} ${i}`); // prettier-ignore
    expect([...first].sort()).toEqual([...usable('long', 61), ...usable('short', 23)].sort());
    const second = originsOf(await epoch(stream, { epoch: 1, rows: 0, used: 0 }));
    expect(second).not.toEqual(first);
    expect([...second].sort()).toEqual([...first].sort());
    expect(stream.dropped.count).toBe(2 * (9 + 3));
    expect(train.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string, Partial<Options>]>([
    ['plain', {}],
    ['in order', { bufferSize: 0 }],
    ['packed', { packing: true, neatPacking: true, cutoffLength: 119, blockLength: 120 }],
    ['drawn', { mixStrategy: 'interleave_over', interleaveProbabilities: [0.3, 0.7] }],
    ['held out', { valSize: 9 }],
  ])('going on from any place gives what would have come: %s', async (_, more) => {
    const { stream } = await open(more);
    for (const number of [0, 2]) {
      const whole = await epoch(stream, { epoch: number, rows: 0, used: 0 });
      for (const at of [0, 1, 7, Math.floor(whole.length / 2), whole.length - 2]) {
        const { next } = whole[at] as StreamedExample;
        // as a resumed run: nothing is left of the one before
        const again = await epoch((await open(more)).stream, next);
        expect(again).toEqual(whole.slice(at + 1));
      }
    }
  });

  test('rows held out are the first of the stream, and never come in training', async () => {
    const whole = await open();
    const { stream, evaluation } = await open({ valSize: 12 });
    const heldOut = (await evaluation.read(upTo(evaluation.length))).flatMap(({ origins }) => origins.map(({ dataset, row }) => `${dataset} ${row}`)); // prettier-ignore
    const first = originsOf(await epoch(whole.stream, streamStart));
    expect(heldOut).toEqual(first.slice(0, heldOut.length));
    for (const number of [0, 1, 2]) {
      const trained = originsOf(await epoch(stream, { epoch: number, rows: 0, used: 0 }));
      expect(trained.filter((origin) => heldOut.includes(origin))).toEqual([]);
      expect(trained).toHaveLength(first.length - heldOut.length);
    }
  });

  test('a column that no row has, and a stream without usable rows, stop the run', async () => {
    writeFileSync(join(folder, 'none.jsonl'), '{"instruction": "a", "input": "", "output": null}\n');
    writeFileSync(join(folder, 'other.jsonl'), '{"question": "a", "output": "b"}\n');
    writeFileSync(
      join(folder, 'dataset_info.json'),
      JSON.stringify({ none: { file_name: 'none.jsonl' }, other: { file_name: 'other.jsonl' } }),
    );
    await expect(epoch((await open({ datasets: ['none'] })).stream, streamStart)).rejects.toMatchObject({ code: 'no-examples' }); // prettier-ignore
    await expect(epoch((await open({ datasets: ['other'] })).stream, streamStart)).rejects.toMatchObject({ code: 'column-missing' }); // prettier-ignore
  });
});
