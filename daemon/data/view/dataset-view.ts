// A dataset that somebody looks at: rows by number at once, however large the file is and before its index is made; summaries, one row
// whole, searches and scans of all rows. With a recipe as the model will see it, without one as it lies in the file.
import { realpath, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { alignRow } from '../align/align.ts';
import type { RowsUse } from '../lint/checker.ts';
import type { AlignedRow, DataPreview } from '../preview/preview.ts';
import { filesOf } from '../source/files.ts';
import { everyRow } from '../source/index/every-row.ts';
import { openDataset, type FilePart, type OpenDataset } from '../source/index/open-dataset.ts';
import type { SourceRow } from '../source/row.ts';
import { findingsOf, shapeFindings } from './findings.ts';
import { Find } from './find.ts';
import { readFirst, readHead, valuesOf, type EntryPlace, type Head, type ReadRow } from './first-rows.ts';
import type { LengthFigures } from './length-counter.ts';
import type { RowFinding } from './row-check.ts';
import { rowsInAll, type Chosen, type RowSet } from './row-set.ts';
import { SAMPLE, sampleFigures } from './sample.ts';
import { Scan, type Filter } from './scan.ts';
import type { SearchTerms } from './search.ts';
import { summarise, type RowSummary } from './summary.ts';
import { wholeRow, type WholeRow } from './whole-row.ts';

/** Milliseconds in which the index of a small file is there. */
const SOON = 60;

/** Rows of a file without an index yet that are read from its beginning on. */
const REACH = 2000;

/** The longest rows that are listed in the order of their length. */
const LONGEST = 1000;

/** Rows that are all looked at sooner than a sample would be worth while. */
const FEW = 20_000;

/** Searches whose rows are kept. */
const FINDS = 4;

export interface ViewParts extends EntryPlace {
  readonly use: RowsUse;
  /** Undefined: rows are shown as they lie in the file. */
  readonly preview: DataPreview | undefined;
}

/** How much there is to see. */
export interface Extent {
  /** Undefined as long as they are being counted. */
  readonly rows: number | undefined;
  /** From the first rows and the size of the files, while they are being counted. */
  readonly about: number | undefined;
  readonly indexed: { readonly bytes: number; readonly total: number };
  readonly files: readonly FilePart[];
}

export interface Wanted {
  readonly filter?: Filter | undefined;
  readonly terms?: SearchTerms | undefined;
  /** One of the files, by its path. */
  readonly file?: string | undefined;
  readonly longestFirst?: boolean | undefined;
}

export class DatasetView {
  readonly parts: ViewParts;
  readonly #finds = new Map<string, Find>();
  #opening: Promise<OpenDataset> | undefined;
  #indexed = 0;
  #isLarge = false;
  #failure: unknown;
  #head: Promise<Head> | undefined;
  #sampling: Promise<void> | undefined;
  #sample: LengthFigures | undefined;
  #scan: Scan | undefined;

  constructor(parts: ViewParts) {
    this.parts = parts;
  }

  get name(): string {
    return this.parts.entry.name;
  }

  get scan(): Scan | undefined {
    return this.#scan;
  }

  /** The dataset with its index. Throws UserError where the files cannot be read. */
  dataset(): Promise<OpenDataset> {
    this.#opening ??= this.#openDataset();
    // the next call tries again, once the failure has been told
    this.#opening.catch((error: unknown) => {
      this.#opening = undefined;
      this.#failure = error;
    });
    return this.#opening;
  }

  /** The first rows are read before the index is begun: they are what somebody waits for. */
  async #openDataset(): Promise<OpenDataset> {
    const { entry, folder, source } = this.parts;
    await this.#readHead();
    const progress = (bytes: number): void => void (this.#indexed = bytes);
    return await openDataset(entry, folder, { ...source, progress });
  }

  /** The same where it is there at once; undefined while a large file is being indexed. Only the first who asks waits for it. */
  async #soon(): Promise<OpenDataset | undefined> {
    const failure = this.#failure;
    this.#failure = undefined;
    // it came after the wait was over
    if (failure !== undefined) throw failure;
    const waiting = new AbortController();
    const late = setTimeout(this.#isLarge ? 0 : SOON, undefined, { signal: waiting.signal }).catch(() => undefined);
    const dataset = await Promise.race([this.dataset(), late]).finally(() => waiting.abort());
    this.#isLarge = dataset === undefined;
    return dataset;
  }

  async extent(): Promise<Extent> {
    const dataset = await this.#soon();
    const total = await this.#size();
    if (dataset)
      return { rows: dataset.rows, about: undefined, indexed: { bytes: total, total }, files: dataset.files };
    const { meanBytes } = await this.#readHead();
    const about = meanBytes > 0 ? Math.round(total / meanBytes) : undefined;
    return { rows: undefined, about, indexed: { bytes: Math.min(this.#indexed, total), total }, files: [] };
  }

  async #size(): Promise<number> {
    const { entry, folder, source } = this.parts;
    const files = await filesOf(entry, folder, source);
    const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** What the first rows tell of all: their columns, and what is wrong with the shape of them. */
  async shape(): Promise<{ readonly columns: readonly string[]; readonly findings: readonly RowFinding[] }> {
    const { rows, columns } = await this.#readHead();
    return { columns, findings: shapeFindings(rows, this.parts.use) };
  }

  #readHead(): Promise<Head> {
    this.#head ??= readHead(this.parts);
    this.#head.catch(() => (this.#head = undefined));
    return this.#head;
  }

  /** Rows [first, first + count) of those that are wanted, and how many these are; that is undefined while they are being counted. */
  async rows(wanted: Wanted, first: number, count: number): Promise<{ readonly rows: readonly RowSummary[]; readonly total: number | undefined }> {
    const dataset = await this.#soon();
    if (!dataset) return { rows: await this.#summarise(await this.#fromBeginning(first, first + count)), total: undefined };
    const chosen = await this.#choose(dataset, wanted, first, count);
    const rows: ReadRow[] = [];
    for (const [from, to] of stretches(chosen.rows)) for await (const row of everyRow(dataset, from, to)) rows.push(row);
    return { rows: await this.#summarise(rows), total: chosen.total };
  } // prettier-ignore

  async #choose(dataset: OpenDataset, wanted: Wanted, first: number, count: number): Promise<Chosen> {
    const { filter, terms, file, longestFirst = false } = wanted;
    const part = dataset.files.find(({ path }) => path === file);
    const [start, end] = part ? [part.firstRow, part.firstRow + part.rows] : [0, dataset.rows];
    const sets: RowSet[] = [];
    if (filter) sets.push((await this.startScan()).sets[filter]);
    if (terms) sets.push((await this.startFind(terms)).found);
    if (longestFirst) {
      const isIn = (row: number): boolean => row >= start && row < end && sets.every((set) => set.has(row));
      const longest = (await this.startScan()).lengths.largest(LONGEST, isIn);
      return { rows: longest.slice(first, first + count), total: longest.length };
    }
    if (sets.length > 0) return rowsInAll(sets, start, end, first, count);
    const from = Math.min(start + first, end);
    return { rows: Array.from({ length: Math.min(count, end - from) }, (_, i) => from + i), total: end - start };
  }

  /** Rows of a file that has no index yet, near its beginning. */
  async #fromBeginning(first: number, end: number): Promise<ReadRow[]> {
    if (first >= REACH) return [];
    const { rows } = await this.#readHead();
    if (end <= rows.length) return rows.slice(first, end);
    return (await readFirst(this.parts, Math.min(end, REACH))).slice(first);
  }

  async #summarise(rows: readonly ReadRow[]): Promise<RowSummary[]> {
    const findings = await this.#findings(rows);
    return await summarise(rows, { preview: this.parts.preview, align: this.#align, findings, dataset: this.name });
  }

  async #findings(rows: readonly ReadRow[]): Promise<Map<number, RowFinding[]>> {
    const { rows: head } = await this.#readHead();
    return await findingsOf(rows, this.parts.use, head, this.#scan?.compared ?? new Map<number, RowFinding>());
  }

  readonly #align = (row: SourceRow): AlignedRow => {
    const { preview, entry } = this.parts;
    return preview
      ? preview.align(entry, row)
      : () => alignRow(row.value, entry, { dataset: entry.name, row: row.row }, undefined, row.text);
  };

  /** Throws UserError where there is none of that number. */
  async row(number: number): Promise<WholeRow> {
    const source = await this.#sourceRow(number);
    const findings = (await this.#findings([source])).get(number) ?? [];
    return await wholeRow(source, { ...this.parts, align: this.#align, findings });
  }

  async #sourceRow(number: number): Promise<ReadRow> {
    if ((await this.#soon()) === undefined) {
      const [early] = await this.#fromBeginning(number, number + 1);
      if (early) return early;
    }
    const dataset = await this.dataset();
    for await (const row of everyRow(dataset, number, number + 1)) return row;
    // says how many there are
    return await dataset.readRow(number);
  }

  /** The row at a 1-based line of one of the files, by its path without links. Undefined where there is none. */
  async rowAt(file: string, line: number): Promise<number | undefined> {
    const dataset = await this.dataset();
    for (const { path } of dataset.files)
      if ((await realpath(path)) === file) return await dataset.rowAt(path, { line });
    return undefined;
  }

  /** The look at every row: the one that goes on or is done, else a new one. */
  async startScan(): Promise<Scan> {
    const dataset = await this.dataset();
    const head = valuesOf((await this.#readHead()).rows);
    if (this.#scan && this.#scan.state !== 'stopped' && this.#scan.state !== 'failed') return this.#scan;
    const { use, preview } = this.parts;
    const scan = new Scan({ dataset, use, preview, head });
    this.#scan = scan;
    // of many rows some figures first, then all of them
    void (dataset.rows > FEW ? this.#sampled(dataset) : Promise.resolve()).then(() => scan.run());
    return scan;
  }

  /** A search; the last few are kept, one goes on at a time. Throws UserError for an expression that cannot be read. */
  async startFind(terms: SearchTerms): Promise<Find> {
    const dataset = await this.dataset();
    const key = JSON.stringify(terms);
    const known = this.#finds.get(key);
    if (known && known.state !== 'stopped') return known;
    for (const other of this.#finds.values()) other.stop();
    const find = new Find(dataset, terms);
    this.#finds.delete(key);
    this.#finds.set(key, find);
    const [oldest] = this.#finds.keys();
    if (this.#finds.size > FINDS && oldest !== undefined) this.#finds.delete(oldest);
    void find.run();
    return find;
  }

  /** A search that was begun. */
  find(terms: SearchTerms): Find | undefined {
    return this.#finds.get(JSON.stringify(terms));
  }

  /** Lengths of all rows once they have been looked at, else of a sample spread over them; undefined as long as there is neither. */
  async figures(): Promise<{ readonly figures: LengthFigures; readonly isSample: boolean } | undefined> {
    const { preview } = this.parts;
    const dataset = await this.#soon();
    if (!preview || !dataset) return undefined;
    const state = this.#scan?.state;
    if (this.#scan && state === 'done') return { figures: this.#scan.counter.figures(), isSample: false };
    if (state === 'running' && dataset.rows <= FEW) return undefined;
    await Promise.race([this.#sampled(dataset), setTimeout(SOON)]);
    return this.#sample && { figures: this.#sample, isSample: dataset.rows > SAMPLE };
  }

  #sampled(dataset: OpenDataset): Promise<void> {
    this.#sampling ??= this.#takeSample(dataset);
    return this.#sampling;
  }

  async #takeSample(dataset: OpenDataset): Promise<void> {
    const { preview } = this.parts;
    if (!preview) return;
    try {
      this.#sample = await sampleFigures(dataset, preview, this.name, this.#align);
    } catch {
      // whoever asks for rows is told why; the next question tries again
      this.#sampling = undefined;
    }
  }

  /** Stops what goes on over all rows. */
  stop(): void {
    this.#scan?.stop();
    for (const find of this.#finds.values()) find.stop();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#opening?.then((dataset) => dataset.close()).catch(() => undefined);
  }
}

/** Rows as stretches [from, to) that are read at once. */
function stretches(rows: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else found.push([row, row + 1]);
  }
  return found;
}
