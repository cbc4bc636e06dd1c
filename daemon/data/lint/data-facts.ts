// Looks at the data behind an entry of dataset_info.json: is it there, of what kind, and what columns have its first rows.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { DataFacts } from '../../recipe/dataset-info/facts.ts';
import { nearest } from '../../recipe/suggest.ts';
import { isRow } from '../align/row.ts';
import { formatOf } from '../source/formats.ts';
import { isGzip } from '../source/text/bytes.ts';
import { Decoder } from './encoding.ts';
import type { RowSink } from './json-reader.ts';
import { JsonRows } from './json-rows.ts';
import type { LintRow } from './row.ts';
import { Survey } from './survey.ts';
import { readTable } from './table-rows.ts';

/** As much as LLaMA-Factory's loader takes the columns of a file from. */
export const ENOUGH = 10 << 20;

/** Facts of a file or folder, by its name in a dataset_info.json of `folder`. Reads `bytes` at most of each file. */
export async function describeData(folder: string, fileName: string, bytes = ENOUGH): Promise<DataFacts> {
  const path = resolve(folder, fileName);
  const nothing = { endings: [], rows: 0, allRows: false, allColumns: false };
  const found = await stat(path).catch(() => undefined);
  if (!found) return { ...nothing, state: 'missing', ...(await nearName(folder, fileName, path)) };
  if (found.isDirectory()) {
    // what an editor or system hides there is no data
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    const endings = [...new Set(names.map((name) => extname(name)))];
    const [first] = names;
    if (first === undefined) return { ...nothing, state: 'folder', allRows: true };
    return { ...(await describeFile(join(path, first), bytes)), state: 'folder', endings, allRows: false };
  }
  // a file system that ignores case finds what another one does not
  const near = await otherCase(path);
  if (near !== undefined) return { ...nothing, state: 'missing', near: join(dirname(fileName), near) };
  return { ...(await describeFile(path, bytes)), state: 'file', endings: [extname(path)] };
}

async function otherCase(path: string): Promise<string | undefined> {
  const names: string[] = await readdir(dirname(path)).catch(() => []);
  const name = basename(path);
  return names.includes(name) ? undefined : names.find((each) => each.toLowerCase() === name.toLowerCase());
}

/** The name of another file in the same folder, or in the data folder itself, that may be meant. */
async function nearName(folder: string, fileName: string, path: string): Promise<{ near?: string }> {
  for (const place of [dirname(path), folder]) {
    const names = (await readdir(place).catch(() => [])).filter((name) => name !== 'dataset_info.json');
    const name = basename(path);
    const same = names.find((each) => each.toLowerCase() === name.toLowerCase());
    const sameStem = names.find((each) => basename(each, extname(each)) === basename(name, extname(name)));
    const close = same ?? sameStem ?? nearest(name, names);
    if (close !== undefined) return { near: place === folder ? close : join(dirname(fileName), close) };
  }
  return {};
}

async function describeFile(path: string, bytes: number): Promise<Omit<DataFacts, 'state' | 'endings'>> {
  const kind = formatOf(path)?.kind;
  if (kind === undefined) return { rows: 0, allRows: false, allColumns: false };
  const survey = new Survey();
  let rows = 0;
  const sink: RowSink = {
    row: (row: LintRow) => {
      rows += 1;
      if (isRow(row.value)) survey.add(row.value);
    },
    trouble: (_range, _severity, _code, _message, _fix, lost) => {
      if (lost) rows += 1;
    },
  };
  const whole = kind === 'json' ? await readJson(path, bytes, sink) : await readSome(path, sink);
  return {
    rows,
    allRows: whole,
    // the columns of a table are the same in all its rows
    allColumns: whole || bytes >= ENOUGH || kind !== 'json',
    ...(survey.rows > 0 ? { columns: survey.columns } : {}),
  };
}

/** Reads rows from the beginning of a file; true where that was all of it. */
async function readJson(path: string, bytes: number, sink: RowSink): Promise<boolean> {
  const reader = new JsonRows(sink, true);
  const decoder = new Decoder({ encoding: () => undefined, bom: () => undefined });
  let read = 0;
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const stream = (await isGzip(path)) ? file.pipe(createGunzip()) : file;
  try {
    for await (const chunk of stream) {
      read += (chunk as Buffer).length;
      const piece = decoder.push(chunk as Buffer);
      if (piece) reader.push(piece.text);
      if (read >= bytes) return false;
    }
  } finally {
    file.destroy();
    stream.destroy();
  }
  const piece = decoder.end();
  if (piece) reader.push(piece.text);
  reader.end();
  return true;
}

/** Rows of a table that say what its columns hold. */
const SOME = 10_000;

async function readSome(path: string, sink: RowSink): Promise<boolean> {
  let pauses = 0;
  for await (const _ of readTable(path, sink)) {
    pauses += 1;
    if (pauses * 1000 >= SOME) return false;
  }
  return true;
}
