// Datasets from a hub on loopback: chosen, loaded, kept, found again without it, and every way in which that fails.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseEntry } from '../../../recipe/dataset-info.ts';
import type { SourceOptions } from '../files.ts';
import { openDatasetDir, readRows } from '../source.ts';
import { FakeHub } from './testing/fake-hub.ts';

let hub: FakeHub;
let cache = '';
/** Milliseconds that were waited for the hub. */
let waits: number[] = [];

beforeEach(async () => {
  hub = await FakeHub.start();
  cache = mkdtempSync(join(tmpdir(), 'anneal-hub-'));
  waits = [];
});
afterEach(async () => {
  await hub.stop();
  rmSync(cache, { recursive: true, force: true });
});

const options = (environment: Record<string, string> = {}): SourceOptions => ({
  cache,
  environment: { HF_ENDPOINT: hub.address, ...environment },
  sleep: async (milliseconds) => {
    waits.push(milliseconds);
  },
});

async function load(fields: Record<string, unknown>, environment?: Record<string, string>): Promise<unknown[]> {
  const rows: unknown[] = [];
  const entry = parseEntry('set', { hf_hub_url: 'owner/name', ...fields }, 'dataset_info.json');
  for await (const { value } of readRows(entry, 'unused', options(environment))) rows.push(value);
  return rows;
}

const failure = async (fields: Record<string, unknown>, environment?: Record<string, string>): Promise<string> => {
  try {
    return JSON.stringify(await load(fields, environment));
  } catch (error) {
    return (error as Error).message.replaceAll(hub.address, 'HUB').replaceAll(cache, 'CACHE');
  }
};

const row = (id: number | string): string => `${JSON.stringify({ id })}\n`;
const commit = 'a'.repeat(40);

function repository(files: Record<string, string | Buffer>, more: { token?: string; large?: string[] } = {}): void {
  hub.repositories['owner/name'] = { files, commit, ...more };
}

const configs = `---
license: mit
configs:
- config_name: plain
  default: true
  data_files:
  - split: train
    path: plain/*.jsonl
  - split: test
    path: [plain/t.json]
- config_name: other
  data_files: other/**/*.csv
---
# Text
`;

describe('which files', () => {
  test('shards below data/, several pages of the list', async () => {
    repository({
      'README.md': '# no head',
      'data/train-00001-of-00002.jsonl': row(2),
      'data/train-00000-of-00002.jsonl': row(1),
      'data/test-00000-of-00001.jsonl': row(3),
    });
    expect(await load({})).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await load({ split: 'test' })).toEqual([{ id: 3 }]);
    expect(await failure({ split: 'dev' })).toBe(
      'owner/name has no split "dev"; it has train, test. Set split in dataset_info.json.',
    );
  });

  test('configurations of README.md', async () => {
    repository({
      'README.md': configs,
      'plain/b.jsonl': row('b'),
      'plain/a.jsonl': row('a'),
      'plain/t.json': '[{"id": "t"}]',
      'other/deep/x.csv': 'id\nx\n',
    });
    expect(await load({})).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(await load({ split: 'test' })).toEqual([{ id: 't' }]);
    expect(await load({ subset: 'other' })).toEqual([{ id: 'x' }]);
    expect(await failure({ subset: 'third' })).toBe('owner/name has no subset "third"; it has plain, other.');
  });

  test('several configurations and none for all', async () => {
    repository({ 'README.md': configs.replace('  default: true\n', ''), 'plain/a.jsonl': row('a') });
    expect(await failure({})).toBe(
      'owner/name has several subsets: choose one of plain, other by subset in dataset_info.json.',
    );
  });

  test('names of folders, names of files, and everything', async () => {
    repository({ 'x/train/a.jsonl': row(1), 'x/valid/b.jsonl': row(2) });
    expect([await load({}), await load({ split: 'validation' })]).toEqual([[{ id: 1 }], [{ id: 2 }]]);
    hub.repositories['owner/name'] = { commit: 'b'.repeat(40), files: { 'my_train.jsonl': row(3), 'my_test.jsonl': row(4) } }; // prettier-ignore
    expect([await load({}), await load({ split: 'test' })]).toEqual([[{ id: 3 }], [{ id: 4 }]]);
    hub.repositories['owner/name'] = {
      commit: 'c'.repeat(40),
      files: { 'one.jsonl.gz': gzipSync(row(5)), 'two.jsonl': row(6), 'config.json': '{}', '.hidden.jsonl': row(7), 'picture.png': '' }, // prettier-ignore
    };
    expect(await load({})).toEqual([{ id: 5 }, { id: 6 }]);
  });

  test('a folder of the repository', async () => {
    repository({ 'README.md': configs, 'en/train.jsonl': row('en'), 'de/train.jsonl': row('de') });
    expect(await load({ folder: 'de', subset: 'plain' })).toEqual([{ id: 'de' }]);
    expect(await failure({ folder: 'fr', subset: 'plain' })).toBe(
      'owner/name has no files of rows in the folder "fr" (.json, .jsonl, .csv, .parquet, .arrow or .txt).',
    );
  });

  test('the type that most files have', async () => {
    repository({ 'a.jsonl': row(1), 'b.jsonl': row(2), 'c.csv': 'id\n3\n' });
    expect(await load({})).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('nothing to read, and a head that is broken', async () => {
    repository({ 'README.md': '# nothing', 'x.png': '' });
    expect(await failure({})).toBe('owner/name has no files of rows (.json, .jsonl, .csv, .parquet, .arrow or .txt).');
    hub.repositories['owner/name'] = { commit: 'b'.repeat(40), files: { 'README.md': '---\nconfigs: [1]\n---\n' } };
    expect(await failure({})).toMatch(/^The README\.md of owner\/name has configs that cannot be read: /);
  });
});

describe('what was loaded once', () => {
  test('is not loaded again, and is there without a network', async () => {
    repository({ 'data.jsonl': row(1) });
    await load({});
    hub.asked.length = 0;
    expect(await load({})).toEqual([{ id: 1 }]);
    expect(hub.asked).toEqual(['/api/datasets/owner/name/revision/main']);
    hub.asked.length = 0;
    expect(await load({}, { HF_HUB_OFFLINE: '1' })).toEqual([{ id: 1 }]);
    expect(hub.asked).toEqual([]);
    expect(await load({}, { HF_ENDPOINT: 'http://127.0.0.1:9' })).toEqual([{ id: 1 }]);
  });

  test('is loaded anew where the repository has changed, but only what changed', async () => {
    repository({ 'a.jsonl': row(1), 'b.jsonl': row(2) });
    await load({});
    hub.repositories['owner/name'] = { commit: 'b'.repeat(40), files: { 'a.jsonl': row(1), 'b.jsonl': row(3) } };
    hub.asked.length = 0;
    expect(await load({})).toEqual([{ id: 1 }, { id: 3 }]);
    expect(hub.asked.filter((path) => path.includes('resolve/'))).toEqual(
      Array.from({ length: 2 }, () => `/datasets/owner/name/resolve/${'b'.repeat(40)}/b.jsonl`),
    );
  });

  test('was never loaded', async () => {
    repository({ 'a.jsonl': row(1) });
    expect(await failure({}, { HF_HUB_OFFLINE: '1' })).toBe(
      'The dataset owner/name was never loaded from the hub, and HF_HUB_OFFLINE is set: load it once with a network.',
    );
    expect(await failure({}, { HF_ENDPOINT: 'http://127.0.0.1:9' })).toMatch(
      /^The dataset owner\/name cannot be loaded from http:\/\/127\.0\.0\.1:9: there is no answer \(.*\)\. Check the network, /,
    );
  });

  test('is complete: a list without its files is not enough offline', async () => {
    repository({ 'a.jsonl': row(1) });
    await load({});
    rmSync(join(cache, 'hub', 'datasets--owner--name', 'blobs'), { recursive: true });
    rmSync(join(cache, 'hub', 'datasets--owner--name', 'snapshots', commit), { recursive: true });
    expect(await failure({}, { HF_HUB_OFFLINE: '1' })).toMatch(/^a\.jsonl of the dataset owner\/name is not in CACHE/);
    expect(await load({})).toEqual([{ id: 1 }]);
  });
});

describe('trouble', () => {
  const times = (
    count: number,
    where: string,
    answer: (response: Parameters<NonNullable<FakeHub['trouble']>>[1]) => void,
  ): void => {
    let left = count;
    hub.trouble = (path, response) => {
      if (!path.includes(where) || left === 0) return false;
      left -= 1;
      answer(response);
      return true;
    };
  };

  test('a private repository', async () => {
    repository({ 'a.jsonl': row(1) }, { token: 'hf_right' });
    const refused =
      'The dataset owner/name cannot be loaded from HUB: the hub refuses it. The repository is private, gated or does not exist: accept its terms on its page, and set HF_TOKEN to a token that may read it.';
    expect(await failure({})).toBe(refused);
    expect(await failure({}, { HF_TOKEN: 'hf_wrong' })).toBe(refused);
    expect(await failure({}, { HF_TOKEN: 'wrong' })).toMatch(/a token of the hub starts with hf_: check HF_TOKEN\.$/);
    expect(await load({}, { HF_TOKEN: 'hf_right' })).toEqual([{ id: 1 }]);
  });

  test('no such repository', async () => {
    times(1, '/revision/', (response) => response.writeHead(404).end());
    expect(await failure({})).toBe(
      'The dataset owner/name cannot be loaded from HUB: there is no such repository or file: check hf_hub_url.',
    );
    expect(await failure({ hf_hub_url: '../../etc' })).toBe(
      '"../../etc" is no name of a hub repository: hf_hub_url is owner/name.',
    );
  });

  test('too many requests, an outage, and a server that waits longer than it helps', async () => {
    repository({ 'a.jsonl': row(1) });
    times(2, '/revision/', (response) => response.writeHead(429, { 'Retry-After': '7' }).end());
    expect(await load({})).toEqual([{ id: 1 }]);
    expect(waits).toEqual([7000, 7000]);
    waits = [];
    times(2, '/revision/', (response) => response.writeHead(503).end());
    expect(await load({})).toEqual([{ id: 1 }]);
    expect(waits).toEqual([500, 1000]);
    rmSync(cache, { recursive: true });
    times(99, '/revision/', (response) => response.writeHead(503).end());
    expect(await failure({})).toBe(
      'The dataset owner/name cannot be loaded from HUB: the hub answers with status 503.',
    );
  });

  test('a connection that breaks in the middle of a file goes on where it broke', async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => row(i)).join('');
    repository({ 'a.jsonl': text }, { large: ['a.jsonl'] });
    let breaks = 3;
    const starts: string[] = [];
    hub.trouble = (path, response) => {
      if (!path.includes('resolve/')) return false;
      const range = response.req.headers.range ?? 'whole';
      if (range === 'bytes=0-0') return false;
      starts.push(range);
      if (breaks-- <= 0) return false;
      const start = Number(/bytes=(\d+)/.exec(range)?.[1] ?? 0);
      response.writeHead(206, { 'Content-Length': text.length - start });
      response.write(text.slice(start, start + 65_536), () => setTimeout(() => response.destroy(), 50));
      return true;
    };
    expect((await load({})).length).toBe(20_000);
    const offsets = starts.map((range) => Number(/bytes=(\d+)/.exec(range)?.[1] ?? 0));
    expect(offsets.length).toBe(4);
    expect(offsets.at(-1)).toBeGreaterThan(0);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  });

  test('bytes that are not what the hub says are thrown away', async () => {
    repository({ 'a.jsonl': row(1) }, { large: ['a.jsonl'] });
    hub.trouble = (path, response) => {
      if (!path.includes('resolve/') || response.req.headers.range === 'bytes=0-0') return false;
      response.writeHead(200).end(row(2));
      return true;
    };
    expect(await failure({})).toMatch(/^a\.jsonl arrived damaged /);
    hub.trouble = undefined;
    expect(await load({})).toEqual([{ id: 1 }]);
  });

  test('what a process that died has loaded is used', async () => {
    repository({ 'a.jsonl': row(1) + row(2) }, { large: ['a.jsonl'] });
    await load({});
    const blobs = join(cache, 'hub', 'datasets--owner--name', 'blobs');
    const [blob = ''] = readdirSync(blobs);
    rmSync(join(cache, 'hub', 'datasets--owner--name', 'snapshots', commit), { recursive: true });
    rmSync(join(blobs, blob));
    // no process has this number
    writeFileSync(join(blobs, `${blob}.4194999-00000000.part`), row(1));
    hub.asked.length = 0;
    let range: string | undefined;
    hub.trouble = (_, response) => {
      range = response.req.headers.range;
      return false;
    };
    expect(await load({})).toEqual([{ id: 1 }, { id: 2 }]);
    expect(range).toBe(`bytes=${row(1).length}-${row(1).length + row(2).length - 1}`);
    expect(readdirSync(blobs)).toEqual([blob]);
  });

  test('stopping', async () => {
    repository({ 'a.jsonl': row(1) });
    const signal = AbortSignal.abort(new Error('stopped'));
    const entry = parseEntry('set', { hf_hub_url: 'owner/name' }, 'dataset_info.json');
    const rows = readRows(entry, 'unused', { ...options(), signal });
    await expect(rows.next()).rejects.toThrow('stopped');
    expect(hub.asked).toEqual([]);
  });
});

describe('sources', () => {
  test.each([
    [
      { ms_hub_url: 'x/y' },
      {},
      /comes from ms_hub_url \(x\/y\), a hub that Anneal does not load from: give hf_hub_url/,
    ],
    [{ ms_hub_url: 'x/y', hf_hub_url: 'owner/name' }, { USE_MODELSCOPE_HUB: '1' }, /ms_hub_url/],
    [{ om_hub_url: 'x/y', hf_hub_url: 'owner/name' }, { USE_OPENMIND_HUB: 'true' }, /om_hub_url/],
    [{ script_url: 's', file_name: 'x.json' }, {}, /script_url \(s\), a Python script/],
    [
      { cloud_file_name: 's3://b/x.json' },
      {},
      /cloud_file_name \(s3:\/\/b\/x\.json\), which Anneal does not load from/,
    ],
  ])('%o with %o is refused', async (fields, environment, message) => {
    const entry = parseEntry('set', fields, 'dataset_info.json');
    await expect(readRows(entry, 'unused', options(environment as Record<string, string>)).next()).rejects.toThrow(
      message,
    );
  });

  test('the hub comes before a file, and Hugging Face before other hubs', async () => {
    repository({ 'a.jsonl': row(1) });
    expect(await load({ file_name: 'absent.json', ms_hub_url: 'x/y' })).toEqual([{ id: 1 }]);
  });

  test('dataset_dir may be in the hub, or be the hub', async () => {
    repository({
      'dataset_info.json': '{"mine": {"hf_hub_url": "owner/name", "formatting": "sharegpt"}}',
      'a.jsonl': row(1),
    });
    const remote = (await openDatasetDir('REMOTE:owner/name', options()))('mine');
    expect(remote).toMatchObject({ formatting: 'sharegpt', sources: { hf_hub_url: 'owner/name' } });
    const online = (await openDatasetDir('ONLINE', options()))('owner/name');
    expect(online).toMatchObject({ formatting: 'alpaca', sources: { hf_hub_url: 'owner/name' } });
    const rows = readRows(online, 'ONLINE', options());
    expect((await rows.next()).value).toMatchObject({ value: { id: 1 } });
    await rows.return(undefined);
  });
});
