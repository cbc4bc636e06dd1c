// Rows of a recipe's data by number, and figures over them, against what is known of the rows.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataOptions } from '../options.ts';
import { DataFolder } from '../source/testing.ts';
import { histogramOf } from './histogram.ts';
import { DataPreview } from './preview.ts';
import { datasetStatistics } from './statistics.ts';

const folder = new DataFolder();
afterAll(() => folder.remove());

/** A token a byte. */
const model = join(folder.path, 'model');
beforeAll(() => {
  mkdirSync(model);
  copyFileSync(new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url), join(model, 'tokenizer.json'));
  const roles = { bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '<|pad|>' };
  writeFileSync(join(model, 'tokenizer_config.json'), JSON.stringify(roles));
  folder.write(
    'dataset_info.json',
    JSON.stringify({
      plain: { file_name: 'plain.jsonl' },
      lengths: { file_name: 'lengths.jsonl' },
      chats: { file_name: 'chats.json', formatting: 'sharegpt' },
      pairs: { file_name: 'pairs.jsonl', ranking: true, columns: { prompt: 'p', chosen: 'c', rejected: 'r' } },
      texts: { file_name: 'texts.txt', columns: { prompt: 'text' } },
      missing: { file_name: 'absent.json' },
    }),
  );
  const lines = [
    '{"instruction": "a", "output": "b"}',
    '{"instruction": "a", "output": 5}',
    '{"instruction": "a", "output": "broken',
    '{"instruction": 7, "output": "b"}',
    '{"instruction": "a", "output": ""}',
  ];
  folder.write('plain.jsonl', lines.join('\n'));
  folder.write('lengths.jsonl', Array.from({ length: 5000 }, (_, i) => `{"instruction": "", "output": "${'x'.repeat(i % 100)}"}\n`).join('')); // prettier-ignore
  folder.write('chats.json', '[{"conversations": [{"from": "human", "value": "q"}, {"from": "human", "value": "a"}]}]');
  folder.write('pairs.jsonl', '{"p": "q", "c": "good", "r": "worse"}\n');
  folder.write('texts.txt', 'one\n\nthree\n');
});

const options = (more: Partial<DataOptions> = {}): DataOptions => ({
  stage: 'sft',
  datasetDir: folder.path,
  mediaDir: folder.path,
  templateName: 'alpaca',
  datasets: ['plain', 'lengths'],
  evalDatasets: ['chats', 'plain'],
  maxSamples: undefined,
  mixStrategy: 'concat',
  interleaveProbabilities: undefined,
  seed: 42,
  streaming: false,
  bufferSize: 0,
  valSize: 0,
  packing: false,
  neatPacking: false,
  blockLength: 2048,
  cutoffLength: 2048,
  preprocessingBatchSize: 1000,
  workers: 1,
  trainOnPrompt: false,
  maskHistory: false,
  preserveThinking: false,
  enableThinking: true,
  today: '15 Jan 2025',
  ...more,
});

const open = (more: Partial<DataOptions> = {}, sources = {}): Promise<DataPreview> =>
  DataPreview.open({ data: options(more), modelFolder: model, addTokens: { plain: null, special: null } }, sources);

describe('rows', () => {
  test('one by its number, with its place', async () => {
    const preview = await open();
    expect(preview.names).toEqual(['plain', 'lengths', 'chats']);
    const { row, source } = await preview.row('plain', 0);
    expect(row).toMatchObject({ dataset: 'plain', row: 0, truncated: false, messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }] }); // prettier-ignore
    expect(source).toMatchObject({ row: 0, line: 1, file: join(folder.path, 'plain.jsonl') });
    expect((await preview.row('lengths', 4321)).source?.line).toBe(4322);
    await preview.close();
  });

  test('several, those that are left out or stop a run too', async () => {
    const preview = await open();
    const shown = [];
    for await (const { row } of preview.rows('plain', 0, 100)) shown.push('dropped' in row ? [row.row, row.code, row.dropped] : row.row); // prettier-ignore
    expect(shown).toEqual([
      0,
      [1, 'response-not-string', 'it has no answer that is text'],
      [2, 'broken', `it cannot be read (this stops a run): ${join(folder.path, 'plain.jsonl')}, line 3, column 39: Unterminated string`], // prettier-ignore
      [3, 'broken', 'it has a number in the column "instruction", which must be text (this stops a run)'],
      4,
    ]);
    await preview.close();
  });

  test('none of that number, no such dataset, no such file', async () => {
    const preview = await open();
    await expect(preview.row('plain', 5)).rejects.toThrow(
      'The dataset plain has 5 rows, counted from 0; there is no row 5.',
    );
    await expect(preview.rows('plain', 9, 12).next()).rejects.toThrow('there is no row 9.');
    await expect(preview.row('pairs', 0)).rejects.toThrow(
      'The recipe does not use the dataset "pairs"; it uses plain, lengths, chats.',
    );
    const other = await open({ datasets: ['missing'] });
    await expect(other.row('missing', 0)).rejects.toThrow('names the file absent.json, which is not in');
    // a failure is not kept
    folder.write('absent.json', '[{"instruction": "a", "output": "b"}]');
    expect((await other.row('missing', 0)).row.row).toBe(0);
  });
});

describe('figures', () => {
  test('over every row', async () => {
    const preview = await open({ cutoffLength: 200 });
    const statistics = await datasetStatistics(preview, 'lengths', { all: true });
    // the template and an answer of n letters with its end
    const { row } = await preview.row('lengths', 0);
    if ('dropped' in row) throw new Error('dropped');
    const base = row.ids.length;
    const lengths = Array.from({ length: 100 }, (_, i) => base + i);
    const sum = (values: readonly number[]): number => 50 * values.reduce((total, value) => total + value, 0);
    expect(statistics).toMatchObject({
      dataset: 'lengths',
      files: [{ path: join(folder.path, 'lengths.jsonl'), rows: 5000 }],
      rows: 5000,
      used: 5000,
      looked: 5000,
      isSample: false,
      cutoffLength: 200,
      dropped: [],
      untrained: { rows: 0, first: undefined },
    });
    expect(statistics.tokens).toEqual({
      total: sum(lengths.map((length) => Math.min(200, length))),
      trained: expect.any(Number) as number,
      shortest: base,
      median: base + 49,
      mean: base + 49.5,
      p95: base + 94,
      p99: base + 98,
      longest: base + 99,
    });
    const lost = lengths.map((length) => Math.max(0, length - 200));
    const rows = 50 * lost.filter((tokens) => tokens > 0).length;
    expect(statistics.truncated).toEqual({ rows, share: rows / 5000, lostTokens: sum(lost) });
    expect(statistics.histogram.reduce((total, bar) => total + bar.rows, 0)).toBe(5000);
    await preview.close();
  });

  test('over a sample: spread evenly, the same each time, and near the truth', async () => {
    const preview = await open();
    const told: number[] = [];
    const progress = (_: string, done: number, total: number): void => {
      told.push(done / total);
    };
    const one = await datasetStatistics(preview, 'lengths', { sample: 700, progress });
    const two = await datasetStatistics(preview, 'lengths', { sample: 700 });
    const all = await datasetStatistics(preview, 'lengths', { all: true });
    expect(one).toEqual(two);
    expect([one.looked, one.isSample, all.isSample]).toEqual([700, true, false]);
    expect(Math.abs(one.tokens.mean - all.tokens.mean)).toBeLessThan(3);
    expect(told).toEqual([256 / 700, 512 / 700, 1]);
    await preview.close();
  });

  test('what is left out, by reason, and rows that train nothing', async () => {
    const preview = await open();
    const statistics = await datasetStatistics(preview, 'plain');
    expect(statistics.dropped.map(({ code, rows, first }) => [code, rows, first])).toEqual([
      ['response-not-string', 1, 1],
      ['broken', 2, 2],
    ]);
    expect([statistics.rows, statistics.looked]).toEqual([5, 5]);
    const chats = await datasetStatistics(preview, 'chats');
    expect(chats.dropped).toEqual([{ code: 'role-order', reason: expect.any(String) as string, rows: 1, first: 0 }]);
    expect([chats.tokens.total, chats.histogram]).toEqual([0, []]);
    // the prompt alone fills the room
    const cut = await datasetStatistics(await open({ cutoffLength: 2, maskHistory: true }), 'plain');
    expect(cut.truncated.rows).toBe(2);
  });

  test('of the rows that a run takes', async () => {
    const preview = await open({ maxSamples: 10 });
    const { rows, used, looked, tokens } = await datasetStatistics(preview, 'lengths');
    expect([rows, used, looked, tokens.longest - tokens.shortest]).toEqual([5000, 10, 10, 9]);
  });

  test('in every stage', async () => {
    // answers end in eos and two line feeds
    const pairs = await datasetStatistics(await open({ stage: 'dpo', datasets: ['pairs'] }), 'pairs');
    expect([pairs.dropped, pairs.tokens.trained]).toEqual([[], 'good'.length + 'worse'.length + 6]);
    const texts = await datasetStatistics(await open({ stage: 'pt', datasets: ['texts'], cutoffLength: 4 }), 'texts');
    expect(texts.tokens).toMatchObject({ total: 4 + 1 + 4, longest: 6, shortest: 1 });
    expect(texts.truncated).toMatchObject({ rows: 1, lostTokens: 2 });
  });

  test('may be stopped', async () => {
    const preview = await open();
    const stop = new AbortController();
    const progress = (): void => stop.abort(new Error('enough'));
    await expect(datasetStatistics(preview, 'lengths', { signal: stop.signal, progress })).rejects.toThrow('enough');
    // and be asked for again
    expect((await datasetStatistics(preview, 'lengths', { sample: 10 })).looked).toBe(10);
  });
});

test('bars have a round width, are few, and hold every row once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 300 }), (lengths) => {
      const bars = histogramOf(Int32Array.from(lengths).sort());
      expect(bars.length).toBeLessThanOrEqual(13);
      for (const [i, { from, to, rows }] of bars.entries()) {
        expect(lengths.filter((length) => length >= from && (to === null || length < to)).length).toBe(rows);
        if (i > 0) expect(from).toBe(bars[i - 1]?.to);
      }
      expect(bars.reduce((sum, { rows }) => sum + rows, 0)).toBe(lengths.length);
    }),
    { numRuns: 100 },
  );
});
