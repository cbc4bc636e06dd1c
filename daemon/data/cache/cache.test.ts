// The cache gives back what was put in, notices every damaged byte, makes again only what changed, and can be shared.
import * as fc from 'fast-check';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock } from '../../lock.ts';
import { loadData, type DataTools, type LoadedData } from '../dataset.ts';
import { IGNORED, type Example } from '../example.ts';
import { eachExample } from '../example-set.ts';
import type { DataOptions } from '../options.ts';
import type { TokenisedRow } from '../row-table.ts';
import { exampleOfRow } from '../stage-rows.ts';
import { prepareTemplate } from '../template/prepare.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { readRuns, RunWriter } from './label-runs.ts';
import { sealOf, unseal } from './sealed.ts';
import { encodeShard, Shard } from './shard.ts';
import { Store, type CacheSettings } from './store.ts';

const seal = (stream: Uint8Array): Buffer => Buffer.concat([stream, sealOf(stream)]);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-cache-'));
  mkdirSync(join(folder, 'model'));
  copyFileSync(
    new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url),
    join(folder, 'model/tokenizer.json'),
  );
  writeFileSync(
    join(folder, 'model/tokenizer_config.json'),
    JSON.stringify({ eos_token: '<|eos|>', pad_token: '<|pad|>' }),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const rowsOf = (count: number): { instruction: string; input: string; output: string }[] =>
  Array.from({ length: count }, (_, i) => ({
    instruction: `Ask ${i * 7919}`,
    input: '',
    output: `Answer ${i % 13}${'!'.repeat(i % 50)}`,
  }));

function writeRows(rows: readonly object[]): void {
  writeFileSync(join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.jsonl' } }));
}

const cacheSettings = (more: Partial<CacheSettings> = {}): CacheSettings => ({
  folder: join(folder, 'cache'),
  limit: 1e9,
  overwrite: false,
  now: () => new Date(),
  ...more,
});

type Options = DataOptions<'pt' | 'sft'>;
const options: Omit<Options, 'datasetDir' | 'mediaDir'> = {
  stage: 'sft', templateName: 'chatml', datasets: ['rows'], evalDatasets: [], maxSamples: undefined, mixStrategy: 'concat',
  interleaveProbabilities: undefined, seed: 1, streaming: false, bufferSize: 0, valSize: 0, packing: false, neatPacking: false, cutoffLength: 64, blockLength: 64,
  preprocessingBatchSize: 1000, workers: 1, trainOnPrompt: false, maskHistory: false, preserveThinking: false, enableThinking: true,
  defaultSystem: undefined, toolFormat: undefined, today: '15 Jan 2025',
}; // prettier-ignore

/** Loads the rows; tells how many the tokenizer got. */
async function load(
  cache: CacheSettings | undefined,
  more: Partial<Options> = {},
  tools: Partial<DataTools> = {},
): Promise<{ data: LoadedData; tokenised: number }> {
  const tokenizer = await Tokenizer.load(join(folder, 'model'));
  const template = prepareTemplate('chatml', tokenizer);
  let texts = 0;
  const encodeAll = tokenizer.encodeAll.bind(tokenizer);
  tokenizer.encodeAll = (all) => {
    texts += all.length;
    return encodeAll(all);
  };
  const data = await loadData({ ...options, datasetDir: folder, mediaDir: folder, ...more }, { tokenizer, template, cache, ...tools }); // prettier-ignore
  return { data, tokenised: texts / 2 };
}

/** A digest of every example, for lists of thousands. */
async function examplesOf({ train }: LoadedData): Promise<string> {
  const hash = createHash('sha256');
  for await (const { ids, labels, origins } of eachExample(train))
    hash.update(ids).update(labels).update(JSON.stringify(origins));
  return hash.digest('hex');
}

const methodFolder = (): string => {
  const [method = ''] = readdirSync(join(folder, 'cache'));
  return join(folder, 'cache', method);
};
const filesIn = (path: string): string[] => readdirSync(path).filter((name) => name.endsWith('.arrow'));

const ids = fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 40 });
const rowExample = ids.chain((list) =>
  fc.record({
    labels: fc.array(fc.constantFrom('id', 'masked', 'other'), { minLength: list.length, maxLength: list.length }),
    weighted: fc.boolean(),
  }).map(({ labels, weighted }): Example => ({
    origins: [],
    ids: Int32Array.from(list),
    labels: Int32Array.from(labels, (kind, i) => (kind === 'id' ? (list[i] ?? 0) : kind === 'masked' ? IGNORED : 7)),
    ...(weighted && list.length > 0 ? { weights: Float32Array.from(list, (_, i) => i / 4) } : {}),
  })),
); // prettier-ignore

test('labels come back from their runs', () => {
  fc.assert(
    fc.property(rowExample, (example) => {
      const runs = new RunWriter();
      runs.write(example.ids, example.labels);
      expect(readRuns(example.ids, runs.values)).toEqual(example.labels);
      const trained = [...example.labels].map((label) => label !== IGNORED);
      const learns = trained.slice(1).includes(true) ? 'some' : trained[0] ? 'first' : 'nothing';
      expect(runs.learns).toBe(learns);
    }),
  );
});

const tokenisedAs = ({ ids: tokens, labels, weights }: Example): TokenisedRow => ({
  parts: [weights ? { ids: tokens, labels, weights } : { ids: tokens, labels }],
  length: tokens.length,
  truncated: true,
});

test('rows come back from a shard', () => {
  const dropped = { dataset: 'd', row: 0, code: 'no-text' as const, dropped: 'it has no text', at: ['output', 1] };
  fc.assert(
    fc.property(fc.array(fc.option(rowExample, { nil: undefined }), { minLength: 1, maxLength: 30 }), (rows) => {
      const stream = encodeShard(rows.map((example) => (example ? tokenisedAs(example) : dropped)));
      const shard = new Shard(unseal(seal(stream)) ?? new Uint8Array());
      for (const [i, example] of rows.entries()) {
        expect(shard.length(i)).toBe(example?.ids.length ?? -1);
        const origin = { dataset: 'd', row: i };
        if (example) expect(exampleOfRow(shard.row(i, origin))).toEqual({ ...example, origins: [origin] });
      }
      expect(shard.head.dropped).toHaveLength(rows.filter((row) => row === undefined).length);
    }),
    { numRuns: 60 },
  );
});

test('damaged bytes anywhere are noticed', () => {
  const [example] = fc.sample(rowExample, { numRuns: 1, seed: 3 });
  const sealed = seal(encodeShard([tokenisedAs(example as Example)]));
  expect(unseal(sealed)).toBeDefined();
  // every byte there is, in one bit
  for (let at = 0; at < sealed.length; at++) {
    sealed[at] = (sealed[at] ?? 0) ^ (1 << (at % 8));
    expect(unseal(sealed), `byte ${at}`).toBeUndefined();
    sealed[at] = (sealed[at] ?? 0) ^ (1 << (at % 8));
  }
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.uint8Array({ maxLength: 30 }), (at, bytes) => {
      expect(unseal(sealed.subarray(0, at))).toBeUndefined();
      if (bytes.length > 0) expect(unseal(Buffer.concat([sealed, bytes]))).toBeUndefined();
    }),
  );
});

describe('a dataset', () => {
  test('is the same from the cache as without, and is not tokenised again', async () => {
    writeRows([...rowsOf(1500), { instruction: 'no answer', output: 7 }]);
    const without = await load(undefined);
    const first = await load(cacheSettings());
    const second = await load(cacheSettings());
    expect(await examplesOf(first.data)).toEqual(await examplesOf(without.data));
    expect(await examplesOf(second.data)).toEqual(await examplesOf(without.data));
    expect([first.tokenised, second.tokenised]).toEqual([1500, 0]);
    expect(first.data.train.hash).toBe(second.data.train.hash);
    expect(second.data.dropped.reasons).toEqual(without.data.dropped.reasons);
    expect(second.data.truncated).toBe(without.data.truncated);
  });

  test('a changed row, and one that is put in, are tokenised with their shard alone', async () => {
    const rows = rowsOf(4000);
    writeRows(rows);
    const first = await load(cacheSettings());
    const shards = filesIn(methodFolder()).length - 1;
    expect(shards).toBeGreaterThan(5);
    rows[2500] = { instruction: 'Ask something else', input: '', output: 'Another answer' };
    writeRows(rows);
    const changed = await load(cacheSettings());
    expect(changed.tokenised).toBeGreaterThan(0);
    // two where the changed row moves a border
    expect(changed.tokenised).toBeLessThanOrEqual(2 * 2048);
    expect(changed.data.train.hash).not.toBe(first.data.train.hash);
    rows.splice(10, 0, { instruction: 'New', input: '', output: 'Row' });
    writeRows(rows);
    const inserted = await load(cacheSettings());
    expect(inserted.tokenised).toBeLessThanOrEqual(2 * 2048);
    expect(await examplesOf(inserted.data)).toEqual(await examplesOf((await load(undefined)).data));
  });

  test.each<[string, Partial<Options>]>([
    ['cutoff_len', { cutoffLength: 40 }],
    ['train_on_prompt', { trainOnPrompt: true }],
    ['default_system', { defaultSystem: 'Be short.' }],
  ])('%s makes other tokens', async (_, more) => {
    writeRows(rowsOf(300));
    await load(cacheSettings());
    expect((await load(cacheSettings(), more)).tokenised).toBeGreaterThanOrEqual(300);
    expect((await load(cacheSettings(), more)).tokenised).toBe(0);
  });

  test('threads make the same shards, however many they are', async () => {
    writeRows(rowsOf(3000));
    const reference = await load(undefined);
    const made = await load(cacheSettings(), { workers: 2 });
    expect(await examplesOf(made.data)).toEqual(await examplesOf(reference.data));
    expect([made.data.train.hash, made.tokenised]).toEqual([reference.data.train.hash, 0]);
    // what one thread kept, this one finds
    expect((await load(cacheSettings())).tokenised).toBe(0);
    expect((await load(cacheSettings({ folder: join(folder, 'cache3') }), { workers: 3 })).data.train.hash).toBe(reference.data.train.hash); // prettier-ignore
  });

  test('a row that stops the run stops it with the same error from a thread', async () => {
    writeRows([...rowsOf(700), { instruction: 7, input: '', output: 'b' }]);
    const error = await load(undefined).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.any(String) });
    await expect(load(cacheSettings(), { workers: 2 })).rejects.toEqual(error);
  });

  test('mixing, splitting, packing and the seed take the same tokens', async () => {
    writeRows(rowsOf(300));
    await load(cacheSettings());
    for (const more of [
      { seed: 9, valSize: 0.1 },
      { packing: true, neatPacking: true, blockLength: 65 },
    ]) {
      expect((await load(cacheSettings(), more)).tokenised).toBe(0);
    }
  });

  test('another tokenizer makes other tokens', async () => {
    writeRows(rowsOf(300));
    await load(cacheSettings());
    writeFileSync(
      join(folder, 'model/tokenizer.json'),
      `${readFileSync(join(folder, 'model/tokenizer.json'), 'utf8')} `,
    );
    expect((await load(cacheSettings())).tokenised).toBe(300);
  });

  test('overwrite_cache makes everything again', async () => {
    writeRows(rowsOf(300));
    await load(cacheSettings());
    expect((await load(cacheSettings({ overwrite: true }))).tokenised).toBe(300);
  });

  test('whatever is damaged or gone is made again, also while a run reads', async () => {
    writeRows(rowsOf(1500));
    const reference = await examplesOf((await load(cacheSettings())).data);
    const damage = (name: string, at: number): void => {
      const bytes = readFileSync(join(methodFolder(), name));
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 0x10;
      writeFileSync(join(methodFolder(), name), bytes);
    };
    for (const [i, name] of filesIn(methodFolder()).entries()) damage(name, 37 * i + 11);
    const repaired = await load(cacheSettings());
    expect(await examplesOf(repaired.data)).toEqual(reference);
    // opened while all is well, damaged before it is read
    const opened = await load(cacheSettings());
    expect(opened.tokenised).toBe(0);
    const files = filesIn(methodFolder());
    files.forEach((name, i) => (i % 2 === 0 ? damage(name, 200 + i) : rmSync(join(methodFolder(), name))));
    expect(await examplesOf(opened.data)).toEqual(reference);
    expect((await load(cacheSettings())).tokenised).toBeLessThanOrEqual(1500);
  });

  test('rows that changed under a run are told, not trained', async () => {
    writeRows(rowsOf(600));
    const { data } = await load(cacheSettings());
    writeRows(rowsOf(600).map((row) => ({ ...row, output: 'else' })));
    for (const name of filesIn(methodFolder())) rmSync(join(methodFolder(), name));
    await expect(data.train.read([0])).rejects.toMatchObject({ code: 'data-changed' });
  });

  test('a folder that cannot be written to costs nothing but time', async () => {
    writeRows(rowsOf(300));
    writeFileSync(join(folder, 'cache'), 'a file');
    const { data } = await load(cacheSettings());
    expect(await examplesOf(data)).toEqual(await examplesOf((await load(undefined)).data));
  });

  test('two loads at once give the same', async () => {
    writeRows(rowsOf(2000));
    const both = await Promise.all([load(cacheSettings()), load(cacheSettings())]);
    expect(await examplesOf(both[0].data)).toEqual(await examplesOf(both[1].data));
    expect((await load(cacheSettings())).tokenised).toBe(0);
  });

  test('what another process is making is waited for', async () => {
    const store = new Store(cacheSettings(), 'method');
    mkdirSync(join(folder, 'cache/method'), { recursive: true });
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
    const release = await acquireLock(join(folder, 'cache/method/work.lock'), other.pid ?? 0);
    const order: string[] = [];
    const work = store.alone('work', () => Promise.resolve(order.push('done')), () => order.push('waits')); // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(order).toEqual(['waits']);
    order.push('released');
    await release();
    await work;
    expect(order).toEqual(['waits', 'released', 'done']);
    // a process that died holds nothing
    await acquireLock(join(folder, 'cache/method/work.lock'), other.pid ?? 0);
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    expect(
      await store.alone(
        'work',
        () => Promise.resolve(7),
        () => order.push('never'),
      ),
    ).toBe(7);
    expect(order).toHaveLength(3);
  });
});

describe('the size of the cache', () => {
  test('what was not used for longest goes first, what a living process uses stays', async () => {
    let clock = 1_000_000;
    const settings = cacheSettings({ limit: 2500, now: () => new Date((clock += 10_000)) });
    const stream = new Uint8Array(1000);
    const [one, other] = [new Store(settings, 'one'), new Store(settings, 'other')];
    for (const [store, name] of [
      [one, 'a'],
      [one, 'b'],
      [other, 'c'],
    ] as const) {
      await store.write(name, stream);
      await store.has(name);
    }
    // used again: b is the oldest now
    await one.has('a');
    await one.trim();
    expect([await one.read('a'), await one.read('b'), await other.read('c')].map((found) => found !== undefined)).toEqual([true, false, true]); // prettier-ignore
    const release = await one.use();
    await other.write('d', stream);
    await other.has('d');
    const tight = new Store({ ...settings, limit: 1 }, 'other');
    await tight.trim();
    expect([await one.read('a'), await other.read('c'), await other.read('d')].map((found) => found !== undefined)).toEqual([true, false, false]); // prettier-ignore
    await release();
    await tight.trim();
    expect(await one.read('a')).toBeUndefined();
  });

  test('the mark of a dead process holds nothing', async () => {
    const store = new Store(cacheSettings({ limit: 1 }), 'one');
    await store.write('a', new Uint8Array(100));
    const path = join(folder, 'cache/one');
    writeFileSync(
      join(path, 'used-by-1'),
      JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }),
    );
    await store.trim();
    expect(readdirSync(path)).toEqual([]);
    expect(statSync(path).isDirectory()).toBe(true);
  });
});
