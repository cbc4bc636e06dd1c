// A dataset in a view against what the preview and the check say of the same rows, one by one and all of them.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { checkRecipe } from '../../recipe/check.ts';
import { rowsUse } from '../lint/check-datasets.ts';
import { RowsCheck } from '../lint/check-rows.ts';
import { inferredEntry } from '../lint/infer-file.ts';
import { DataPreview, previewOptions } from '../preview/preview.ts';
import type { PreviewedRow } from '../preview/row.ts';
import { dataOptions } from '../recipe-options.ts';
import { DataFolder } from '../source/testing.ts';
import { DatasetView } from './dataset-view.ts';
import type { Filter } from './scan.ts';

const goldens = resolve(import.meta.dirname, '../../../tests/goldens');
const corpus = resolve(import.meta.dirname, '../../../tests/corpus/rows');
const folder = new DataFolder();
afterAll(() => folder.remove());

async function open(words: readonly string[], dataset: string): Promise<{ view: DatasetView; preview: DataPreview }> {
  const text = `model_name_or_path: models/llama\nstage: sft\ndo_train: true\ndataset_dir: data\ndataset: ${dataset}\noutput_dir: x\n`;
  const { recipe, given } = checkRecipe(text, 'recipe.yaml', words);
  const path = (value: string): string => resolve(goldens, value);
  const data = dataOptions(recipe, given, path, '15 Jan 2025');
  const preview = await DataPreview.open(previewOptions(recipe, data, path(recipe.model_name_or_path ?? '')));
  const entry = preview.entry(dataset);
  const { stage, template, cutoff_len: cutoffLength } = recipe;
  const use = rowsUse(entry, { datasetDir: data.datasetDir, stage, templateName: template ?? undefined, cutoffLength });
  const source = { cache: folder.path };
  return { view: new DatasetView({ entry, folder: data.datasetDir, use, preview, source }), preview };
}

async function scanned(view: DatasetView): Promise<DatasetView> {
  const scan = await view.startScan();
  while (scan.state === 'running') await new Promise((done) => setTimeout(done, 5));
  expect([scan.state, scan.problem, scan.done]).toEqual(['done', undefined, scan.total]);
  return view;
}

async function numbers(view: DatasetView, filter: Filter): Promise<number[]> {
  const { rows, total } = await view.rows({ filter }, 0, 1000);
  expect(total).toBe(rows.length);
  return rows.map(({ row }) => row);
}

describe.each([
  ['alpaca_sft', ['template=chatml', 'cutoff_len=48']],
  ['sharegpt_sft', ['template=qwen', 'cutoff_len=96', 'mask_history=true']],
  ['messages_sft', ['template=llama3', 'cutoff_len=64']],
  ['dpo_sharegpt', ['template=chatml', 'cutoff_len=64', 'stage=dpo']],
  ['kto', ['template=chatml', 'cutoff_len=32', 'stage=kto']],
  ['pt_text', ['cutoff_len=40', 'stage=pt', 'packing=false']],
] as const)('%s', (dataset, words) => {
  test('a row is what the preview shows, summaries and filters fit it', async () => {
    const { view, preview } = await open(words, dataset);
    await scanned(view);
    const all: PreviewedRow[] = [];
    for await (const { row } of preview.rows(dataset, 0, 10_000)) all.push(row);
    const { rows, total } = await view.rows({}, 0, 10_000);
    expect([rows.length, total]).toEqual([all.length, all.length]);
    const kept = all.filter((row) => !('dropped' in row));
    const isLong = (row: PreviewedRow): boolean => 'truncated' in row && (row.truncated || (dataset === 'pt_text' && row.ids.length === 40)); // prettier-ignore
    for (const row of all.slice(0, 12)) {
      const { shown, special } = await view.row(row.row);
      expect(shown).toEqual(row);
      if (!('ids' in row)) continue;
      for (const id of special) expect(row.ids).toContain(id);
    }
    if (dataset !== 'pt_text') expect(await numbers(view, 'truncated')).toEqual(kept.filter(isLong).map(({ row }) => row)); // prettier-ignore
    expect(await numbers(view, 'dropped')).toEqual(all.filter((row) => 'dropped' in row).map(({ row }) => row));
    const trains = (row: PreviewedRow): boolean => 'labels' in row && [...row.labels, ...(row.rejected?.labels ?? [])].some((label) => label !== -100); // prettier-ignore
    expect(await numbers(view, 'untrained')).toEqual(kept.filter((row) => !trains(row)).map(({ row }) => row));
    for (const row of kept) {
      if ('dropped' in row) continue;
      const summary = rows[row.row];
      const trained = [...row.labels, ...(row.rejected?.labels ?? [])].filter((label) => label !== -100).length;
      expect([summary?.trained, summary?.dropped]).toEqual([trained, undefined]);
    }
    const figures = await view.figures();
    expect(figures?.isSample).toBe(false);
    expect(figures?.figures.looked).toBe(all.length);
    await view.close();
  });
});

test('longest first, and a page of them', async () => {
  const { view } = await open(['template=chatml'], 'sharegpt_sft');
  await scanned(view);
  const { rows } = await view.rows({}, 0, 1000);
  const lengths = rows.map(({ tokens = 0 }) => tokens).sort((a, b) => b - a);
  const { rows: longest } = await view.rows({ longestFirst: true }, 2, 5);
  expect(longest.map(({ tokens }) => tokens)).toEqual(lengths.slice(2, 7));
});

test('a search is a plain look at every text, alone and within a filter', async () => {
  const { view } = await open(['template=chatml', 'cutoff_len=48'], 'alpaca_sft');
  await scanned(view);
  const values = JSON.parse(readFileSync(join(goldens, 'data/alpaca_sft.json'), 'utf8')) as Record<string, unknown>[];
  const terms = { text: 'the ', isExpression: false, matchCase: false };
  const find = await view.startFind(terms);
  while (find.state === 'running') await new Promise((done) => setTimeout(done, 5));
  const expected = values.flatMap((value, row) => (JSON.stringify(Object.values(value)).toLowerCase().includes('the ') ? [row] : [])); // prettier-ignore
  expect(expected.length).toBeGreaterThan(0);
  expect((await view.rows({ terms }, 0, 1000)).rows.map(({ row }) => row)).toEqual(expected);
  const truncated = await numbers(view, 'truncated');
  expect((await view.rows({ terms, filter: 'truncated' }, 0, 1000)).rows.map(({ row }) => row)).toEqual(expected.filter((row) => truncated.includes(row))); // prettier-ignore
});

describe('rows with defects', () => {
  const { cases } = JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as { cases: { file: string; entry: string; stage: string; template?: string }[] }; // prettier-ignore
  const info = JSON.parse(readFileSync(join(corpus, 'dataset_info.json'), 'utf8')) as Record<string, unknown>;

  test.each(cases.filter(({ file }) => !file.endsWith('missing-comma.json')).map((one) => [one.file, one] as const))('%s', async (file, { entry: name, stage, template = 'qwen' }) => {
    const entry = parseEntry(name, info[name], 'dataset_info.json');
    const use = rowsUse(entry, { datasetDir: corpus, stage, templateName: template, cutoffLength: undefined });
    const view = await scanned(new DatasetView({ entry, folder: corpus, use, preview: undefined, source: { cache: folder.path } }));
    const path = join(corpus, file);
    const said = new Set<string>();
    for await (const { line, code, severity } of new RowsCheck(path, { path }, use, { limit: Infinity }).run())
      if (code !== 'rows-summary' && severity !== 'info') said.add(`${line} ${code}`);
    const { findings: shape } = await view.shape();
    const { rows } = await view.rows({}, 0, 200);
    const errors = await numbers(view, 'errors');
    const warnings = await numbers(view, 'warnings');
    const found = new Set(shape.map(({ line, code }) => `${line} ${code}`));
    for (const { row } of rows) {
      const { findings } = await view.row(row);
      for (const { line, code, severity } of findings) {
        if (severity === 'info') continue;
        found.add(`${line} ${code}`);
        if (severity === 'error') expect(errors).toContain(row);
        if (severity === 'warning') expect(warnings).toContain(row);
      }
    }
    for (const one of said) if (!ofTheFile.has(one.split(' ')[1] ?? '')) expect([...found]).toContain(one);
    if (said.has('3 control-character')) expect([errors, rows[2]?.dropped]).toEqual([[2], expect.stringContaining('Bad control character')]); // prettier-ignore
    await view.close();
  }); // prettier-ignore
});

/** What the check of a file says of how its text is written, not of a row. */
const ofTheFile = new Set(['json-syntax', 'control-character', 'file-bom', 'json-array-in-jsonl']);

test('a file whose rows cannot be told apart', async () => {
  const entry = parseEntry('x', { file_name: 'defects/array-missing-comma.json' }, '');
  const use = rowsUse(entry, { datasetDir: corpus, stage: 'sft', templateName: 'qwen', cutoffLength: undefined });
  const view = new DatasetView({ entry, folder: corpus, use, preview: undefined, source: { cache: folder.path } });
  await expect(view.dataset()).rejects.toThrow('line 3: a comma is missing in front of this row');
});

test('a file by itself: its columns, its rows, its findings', async () => {
  const path = join(folder.path, folder.write('bare.jsonl', '{"instruction": "a\u202eb", "output": "c"}\n{"instruction": "d", "output": 5}\n')); // prettier-ignore
  const entry = await inferredEntry(path);
  const use = rowsUse(entry, { datasetDir: folder.path, stage: undefined, templateName: undefined, cutoffLength: undefined }); // prettier-ignore
  const view = new DatasetView({ entry, folder: folder.path, use, preview: undefined, source: { cache: folder.path } });
  expect(await view.extent()).toMatchObject({ rows: 2, files: [{ path, rows: 2 }] });
  expect((await view.shape()).columns).toEqual(['instruction', 'output']);
  const { rows } = await view.rows({}, 0, 10);
  expect(rows.map(({ title, tokens }) => [title, tokens])).toEqual([['a\u202eb', undefined], ['d', undefined]]); // prettier-ignore
  const { shown, written, findings, conversation } = await view.row(1);
  expect([shown, JSON.parse(written)]).toEqual([undefined, { instruction: 'd', output: 5 }]);
  expect(conversation?.messages).toEqual([{ role: 'user', content: 'd' }]);
  expect(findings).toMatchObject([{ code: 'response-not-string', path: ['output'], line: 2, fix: { text: '"5"' } }]);
  expect(await view.rowAt(path, 2)).toBe(1);
  appendFileSync(path, '{"instruction": "new", "output": "row"}\n');
  await expect(view.rows({}, 0, 10)).rejects.toThrow('has changed since it was opened');
  await view.close();
});

test('a fix of a row inside of a list stands where its value does', async () => {
  const text =
    '[{"instruction": "a", "output": "b"}, {"instruction": "ü", "output": 5},\n  {"instruction": "c", "output": 6}]';
  const path = join(folder.path, folder.write('list.json', text));
  const entry = await inferredEntry(path);
  const use = rowsUse(entry, {
    datasetDir: folder.path,
    stage: 'sft',
    templateName: undefined,
    cutoffLength: undefined,
  });
  const view = new DatasetView({ entry, folder: folder.path, use, preview: undefined, source: { cache: folder.path } });
  const lines = text.split('\n');
  for (const row of [1, 2]) {
    const [finding] = (await view.row(row)).findings;
    const { line = 0, column = 0, endColumn = 0 } = finding ?? {};
    expect(lines[line - 1]?.slice(column - 1, endColumn - 1)).toBe(row === 1 ? '5' : '6');
  }
});

test('a scan is stopped, and begun again', async () => {
  const path = join(folder.path, 'many.jsonl');
  writeFileSync(path, '{"instruction": "some text to look at", "output": "b"}\n'.repeat(50_000));
  const entry = await inferredEntry(path);
  const use = rowsUse(entry, {
    datasetDir: folder.path,
    stage: 'sft',
    templateName: 'chatml',
    cutoffLength: undefined,
  });
  const view = new DatasetView({ entry, folder: folder.path, use, preview: undefined, source: { cache: folder.path } });
  const scan = await view.startScan();
  await new Promise((done) => setTimeout(done, 20));
  view.stop();
  while (scan.state === 'running') await new Promise((done) => setTimeout(done, 1));
  expect(scan.state).toBe('stopped');
  expect(scan.done).toBeLessThan(50_000);
  await scanned(view);
  expect(view.scan?.sets.duplicates.size).toBe(49_999);
});
