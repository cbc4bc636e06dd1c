// Checks the rows of one file: read piece by piece, findings as they come, facts of the file at the end.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import * as l10n from '@vscode/l10n';
import { UserError } from '../../errors.ts';
import type { DataFacts } from '../../recipe/dataset-info/facts.ts';
import type { Finding, Range } from '../../recipe/finding.ts';
import { formatOf } from '../source/formats.ts';
import { isGzip } from '../source/text/bytes.ts';
import { findTemplate } from '../template/registry.ts';
import type { RowsUse } from './checker.ts';
import { Decoder, type EncodingSink } from './encoding.ts';
import { FileCheck } from './file-check.ts';
import { JsonRows } from './json-rows.ts';
import { LengthCheck, type LoadModel } from './length.ts';
import { Reporter } from './reporter.ts';
import { readTable } from './table-rows.ts';

/** A file on disk, or the text of an open document. */
export type RowSource = { readonly path: string } | { readonly path: string; readonly text: string };

export interface RowsOptions {
  /** How many findings of one code are shown. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told after each piece how many bytes and rows were read. */
  readonly progress?: ((bytes: number, rows: number) => void) | undefined;
  /** For exact lengths; without it they are estimated. */
  readonly model?: LoadModel | undefined;
}

/** Bytes read at a time. */
const PIECE = 1 << 20;

export class RowsCheck implements EncodingSink {
  readonly #source: RowSource;
  readonly #options: RowsOptions;
  readonly #report: Reporter;
  readonly #check: FileCheck;
  readonly #lengths: LengthCheck | undefined;
  #bytes = 0;

  /** `file`: the name that findings carry. */
  constructor(file: string, source: RowSource, use: RowsUse, options: RowsOptions = {}) {
    this.#source = source;
    this.#options = options;
    this.#report = new Reporter(file, options.limit);
    this.#lengths = lengthCheck(use, this.#report, options.model);
    this.#check = new FileCheck(use, this.#report, this.#lengths, formatOf(source.path)?.kind === 'lines');
  }

  /** What the file holds, as far as it has been read. */
  get facts(): Pick<DataFacts, 'columns' | 'rows'> {
    return { columns: this.#check.survey.columns, rows: this.#report.rows };
  }

  /** Findings in the order of the file, those on the file as a whole at the end. Throws UserError where it cannot be read. */
  async *run(): AsyncGenerator<Finding> {
    const { signal, progress } = this.#options;
    const pieces = isJsonFile(this.#source.path) ? this.#readJson() : readTable(this.#source.path, this.#check, signal);
    for await (const _ of pieces) {
      signal?.throwIfAborted();
      await this.#lengths?.flush();
      yield* this.#report.take();
      progress?.(this.#bytes, this.#report.rows);
    }
    this.#check.end();
    await this.#lengths?.flush();
    if (this.#report.rows === 0 && !this.#report.hasErrors)
      this.#report.whole('empty-data-file', l10n.t('The file has no rows: fill it, or remove its entry from dataset_info.json.')); // prettier-ignore
    this.#report.summarise();
    yield* this.#report.take();
  }

  async *#readJson(): AsyncGenerator<void> {
    const rows = new JsonRows(this.#check, /\.jsonl(?:\.gz)?$/i.test(this.#source.path));
    for await (const { text, plain } of this.#pieces()) {
      this.#check.plain = plain;
      rows.push(text);
      yield;
    }
    rows.end();
  }

  encoding(range: Range, message: string): void {
    this.#report.trouble(range, 'error', 'file-encoding', message);
  }

  bom(): void {
    this.#report.whole('file-bom', l10n.t('The file starts with a byte order mark, at which LLaMA-Factory stops in a list of rows: save it as UTF-8 without one.')); // prettier-ignore
  }

  async *#pieces(): AsyncGenerator<{ text: string; plain: boolean }> {
    if ('text' in this.#source) {
      const text = this.#source.text.replace(/^\uFEFF/, '');
      this.#bytes = text.length;
      yield { text, plain: false };
      return;
    }
    const { path } = this.#source;
    const decoder = new Decoder(this);
    const file = createReadStream(path, { highWaterMark: PIECE });
    const stream = (await isGzip(path)) ? file.pipe(createGunzip({ chunkSize: PIECE })) : file;
    file.on('error', (error) => stream.destroy(error));
    try {
      for await (const chunk of stream) {
        this.#bytes += (chunk as Buffer).length;
        const piece = decoder.push(chunk as Buffer);
        if (piece) yield piece;
        if (decoder.failed) return;
      }
      const piece = decoder.end();
      if (piece) yield piece;
    } catch (cause) {
      if (cause instanceof UserError || this.#options.signal?.aborted) throw cause;
      throw new UserError('data-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause });
    } finally {
      file.destroy();
    }
  }
}

const isJsonFile = (path: string): boolean => formatOf(path)?.kind === 'json';

/** Lengths matter where rows are cut one by one. */
function lengthCheck(use: RowsUse, report: Reporter, model: LoadModel | undefined): LengthCheck | undefined {
  if (use.cutoffLength === undefined || use.stage === 'pt') return undefined;
  return new LengthCheck(use, report, use.template ?? findTemplate('chatml'), model);
}
