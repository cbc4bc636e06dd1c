// The routes of the dataset view: rows, filters, searches and changes through a real daemon, and what they must refuse.
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatasetScan, DatasetState, RowSummary, WholeRow } from '../../daemon/data/protocol.ts';
import { baseRecipe, goldens, temporary } from '../cli/command.ts';
import { DaemonHome, until } from './daemon.ts';
import { Wire, type Reply } from './http.ts';

const home = new DaemonHome();
const workspace = temporary('workspace');
let wire: Wire;
let session: string;
beforeAll(async () => {
  await home.anneal(['daemon', 'start']);
  wire = new Wire(home);
  const body = JSON.stringify({ client: 'test', folders: [goldens, workspace] });
  ({ session } = await wire.json<{ session: string }>({ method: 'POST', path: '/v1/sessions', body }));
});
afterAll(async () => {
  wire.close();
  await home.end();
});

interface Rows {
  readonly version: string;
  readonly rows: readonly RowSummary[];
  readonly total: number | null;
}

const call = <T>(path: string, body: object): Promise<T> =>
  wire.json<T>({ method: 'POST', path: `/v1/dataset${path}`, headers: { 'anneal-session': session }, body: JSON.stringify(body) }); // prettier-ignore
const refused = (path: string, body: object): Promise<Reply> =>
  wire.send({ method: 'POST', path: `/v1/dataset${path}`, headers: { ...wire.authorized, 'anneal-session': session }, body: JSON.stringify(body) }); // prettier-ignore

const source = { recipeFile: join(goldens, baseRecipe), workingDirectory: goldens };
const scan = (of: object, more: object = {}): Promise<DatasetScan> => call('/scan', { source: of, ...more });

async function scanned(of: object): Promise<DatasetScan> {
  await scan(of, { action: 'start' });
  await until(async () => (await scan(of)).scan?.state === 'done', 'the scan');
  return await scan(of);
}

async function previewed(...words: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await home.anneal(['preview', baseRecipe, '--rows', '0-100000', '--json', ...words]);
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
}

test('a row is what the command line previews; a change is tried out without the recipe being written', async () => {
  const state = await call<DatasetState>('', { source });
  expect(state).toMatchObject({ name: 'alpaca_sft', formatting: 'alpaca', rendered: { stage: 'sft' }, findings: [] });
  for (const overrides of [[], ['template=qwen', 'cutoff_len=24']]) {
    const tried = { ...source, overrides };
    const all = await previewed(...overrides);
    const { rows, total } = await call<Rows>('/rows', { source: tried, rows: 200 });
    expect([state.rows, total, rows.length]).toEqual([all.length, all.length, Math.min(200, all.length)]);
    for (const row of [0, 3, 7]) {
      const { shown, place } = await call<WholeRow>('/row', { source: tried, row });
      expect(shown).toEqual(all[row]);
      expect(place.file).toBe(join(goldens, 'data/alpaca_sft.json'));
    }
    const { scan: looked, figures } = await scanned(tried);
    const truncated = all.filter((row) => row['truncated'] === true);
    expect(looked?.counts.truncated).toBe(truncated.length);
    expect([figures?.isSample, figures?.looked, figures?.truncated]).toEqual([false, all.length, truncated.length]);
    const found = await call<Rows>('/rows', { source: tried, filter: 'truncated', rows: 200 });
    expect([found.total, found.rows.map(({ row }) => row)]).toEqual([truncated.length, truncated.slice(0, 200).map(({ row }) => row)]); // prettier-ignore
  }
});

test('a file by itself, then as a recipe that does not name it renders it', async () => {
  const file = join(workspace, 'mine.jsonl');
  writeFileSync(file, '{"question": "Why?", "answer": "So."}\n{"question": "And?", "answer": ""}\n');
  const raw = await call<DatasetState>('', { source: { file } });
  expect(raw).toMatchObject({ name: 'mine.jsonl', rows: 2, columns: ['question', 'answer'], rendered: null, datasets: ['mine.jsonl'] }); // prettier-ignore
  const row = await call<WholeRow>('/row', { source: { file }, row: 0 });
  expect(row).toMatchObject({ place: { file, line: 1 }, conversation: { messages: [{ role: 'user', content: 'Why?' }, { role: 'assistant', content: 'So.' }] } }); // prettier-ignore
  expect(row.shown).toBeUndefined();
  const rendered = await call<WholeRow>('/row', { source: { ...source, file, overrides: ['template=chatml'] }, row: 0 }); // prettier-ignore
  expect(rendered.shown).toMatchObject({ text: expect.stringContaining('<|im_start|>user\nWhy?<|im_end|>') as string });
  expect(await call('/place', { source: { file }, file, line: 2 })).toMatchObject({ row: 1 });
  const { find } = await scan({ file }, { search: { text: 'AND' } });
  expect(find).toMatchObject({ state: expect.any(String) as string, total: 2 });
  await until(async () => (await scan({ file }, { search: { text: 'AND' } })).find?.state === 'done', 'the search');
  expect((await call<Rows>('/rows', { source: { file }, search: { text: 'AND' } })).rows.map((one) => one.row)).toEqual([1]); // prettier-ignore
});

test('a recipe that cannot render yet shows rows as they are, and says why', async () => {
  const recipeText = `model_name_or_path: nowhere\nstage: sft\ndo_train: true\ntemplate: chatml\ndataset_dir: ${goldens}/data\ndataset: alpaca_sft\noutput_dir: x\n`;
  const state = await call<DatasetState>('', { source: { recipeText, workingDirectory: workspace } });
  expect(state).toMatchObject({ name: 'alpaca_sft', rendered: null, problem: expect.stringContaining('nowhere') as string }); // prettier-ignore
  const { rows } = await call<Rows>('/rows', { source: { recipeText, workingDirectory: workspace } });
  expect(rows[0]?.title).not.toBe('');
});

test('a file that changes while it is open is read anew, and every reply tells by its version', async () => {
  const file = join(workspace, 'changing.jsonl');
  writeFileSync(file, '{"instruction": "a", "output": "b"}\n');
  const before = await call<Rows>('/rows', { source: { file } });
  await scan({ file }, { action: 'start' });
  appendFileSync(file, '{"instruction": "c", "output": ""}\n');
  const after = await call<Rows>('/rows', { source: { file } });
  expect([before.total, after.total]).toEqual([1, 2]);
  expect(after.version).not.toBe(before.version);
  expect((await scan({ file })).scan).toBeNull();
  expect((await scanned({ file })).scan?.counts.errors).toBe(1);
});

test('a scan is stopped', async () => {
  const file = join(workspace, 'long.jsonl');
  writeFileSync(file, '{"instruction": "some text to look at for long", "output": "b"}\n'.repeat(150_000));
  await scan({ file }, { action: 'start' });
  const { scan: stopping } = await scan({ file }, { action: 'stop' });
  expect(stopping?.done).toBeLessThan(150_000);
  await until(async () => (await scan({ file })).scan?.state === 'stopped', 'the stop');
});

test('what lies outside is refused, by a path, by a link and by a recipe', async () => {
  const outside = temporary('outside');
  const secret = join(outside, 'secret.jsonl');
  writeFileSync(secret, '{"instruction": "secret", "output": "b"}\n');
  mkdirSync(join(workspace, 'links'));
  symlinkSync(secret, join(workspace, 'links/link.jsonl'));
  symlinkSync(outside, join(workspace, 'links/folder'));
  writeFileSync(join(workspace, 'links/dataset_info.json'), JSON.stringify({ secret: { file_name: 'link.jsonl' } }));
  const recipeText = `model_name_or_path: ${goldens}/models/llama\nstage: sft\ndo_train: true\ntemplate: chatml\ndataset_dir: links\ndataset: secret\n`;
  const sources = [
    { file: secret },
    { file: join(workspace, 'links/link.jsonl') },
    { file: join(workspace, 'links/folder/secret.jsonl') },
    { file: join(workspace, '../../etc/passwd') },
    { recipeText, workingDirectory: workspace },
    { recipeFile: secret, workingDirectory: workspace },
    { ...source, file: secret },
  ];
  for (const from of sources) {
    for (const [path, more] of [['', {}], ['/rows', {}], ['/row', { row: 0 }], ['/scan', { action: 'start' }]] as const) {
      const reply = await refused(path, { source: from, ...more });
      expect([reply.status, JSON.parse(reply.text)]).toEqual([403, expect.objectContaining({ code: 'outside-workspace' })]);
    }
  }
  const inside = join(workspace, 'inside.jsonl');
  writeFileSync(inside, '{"instruction": "a", "output": "b"}\n');
  expect((await refused('/place', { source: { file: inside }, file: secret, line: 1 })).status).toBe(403);
  expect((await refused('/rows', { source: { file: inside }, file: secret })).status).toBe(403);
}); // prettier-ignore

test('sentences for what cannot be shown', async () => {
  const said = async (path: string, body: object): Promise<[number, string]> => {
    const { status, text } = await refused(path, body);
    return [status, (JSON.parse(text) as { detail: string }).detail];
  };
  const file = join(workspace, 'small.jsonl');
  writeFileSync(file, '{"instruction": "a", "output": "b"}\n');
  expect(await said('/row', { source: { file }, row: 7 })).toEqual([422, 'The dataset small.jsonl has 1 rows, counted from 0; there is no row 7.']); // prettier-ignore
  expect(await said('', { source: { file: join(workspace, 'absent.jsonl') } })).toEqual([422, expect.stringContaining('absent.jsonl')]); // prettier-ignore
  expect(await said('', { source: { ...source, dataset: 'other' } })).toEqual([422, expect.stringContaining('The recipe does not use the dataset "other"')]); // prettier-ignore
  expect(await said('/rows', { source: { file }, search: { text: '(', isExpression: true } })).toEqual([422, expect.stringContaining('The expression cannot be read')]); // prettier-ignore
  expect(await said('', { source: {} })).toEqual([400, expect.stringContaining('give a file, or a recipe')]);
  writeFileSync(join(workspace, 'broken.parquet'), 'PAR1 is not enough');
  expect(await said('/rows', { source: { file: join(workspace, 'broken.parquet') } })).toEqual([422, expect.stringContaining('cannot be read as parquet')]); // prettier-ignore
});
