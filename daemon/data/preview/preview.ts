// A recipe's data, open to be looked at: any row by number as the model will see it, and figures over many of them. Needs the
// tokenizer, no weights. The command line, the daemon and the dataset view use it.
import { UserError } from '../../errors.ts';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { splitList } from '../../recipe/resolve.ts';
import { alignRow } from '../align/align.ts';
import type { MediaFolder } from '../align/media.ts';
import type { Conversation, DroppedRow } from '../conversation.ts';
import type { DataOptions } from '../options.ts';
import { openDataset, type OpenDataset, type OpenOptions } from '../source/index/open-dataset.ts';
import { openMediaFolder } from '../source/media-folder.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import { openDatasetDir, type EntryLookup } from '../source/source.ts';
import { prepareTemplate } from '../template/prepare.ts';
import type { Template } from '../template/registry.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { previewRow, type PreviewedRow } from './row.ts';

export interface PreviewOptions {
  readonly data: DataOptions;
  readonly modelFolder: string;
  readonly addTokens: {
    readonly plain: string | readonly (string | number)[] | null;
    readonly special: string | readonly (string | number)[] | null;
  };
}

/** Of a recipe whose options of data and whose model folder are known. */
export const previewOptions = (recipe: Recipe, data: DataOptions, modelFolder: string): PreviewOptions => ({
  data,
  modelFolder,
  addTokens: { plain: recipe.add_tokens, special: recipe.add_special_tokens },
});

/** What opening files may take besides, and who is told of it: `progress` hears of bytes that are indexed. */
export type PreviewSources = Omit<OpenOptions, 'progress'> & {
  readonly progress?: ((dataset: string, bytes: number, total: number) => void) | undefined;
};

/** A row, and where it comes from; the latter is undefined where it cannot be read. */
export interface ShownRow {
  readonly row: PreviewedRow;
  readonly source: SourceRow | undefined;
}

/** A row before it is tokenised, or why there is none. */
export type AlignedRow = () => Conversation | DroppedRow;

export class DataPreview {
  readonly data: DataOptions;
  readonly tokenizer: Tokenizer;
  readonly template: Template;
  /** The recipe's datasets, those of its evaluation too. */
  readonly names: readonly string[];
  readonly #entries: EntryLookup;
  readonly #sources: PreviewSources;
  readonly #media: MediaFolder;
  readonly #open = new Map<string, Promise<OpenDataset>>();

  private constructor(
    data: DataOptions,
    tokenizer: Tokenizer,
    template: Template,
    entries: EntryLookup,
    sources: PreviewSources,
  ) {
    this.data = data;
    this.tokenizer = tokenizer;
    this.template = template;
    this.names = [...new Set([...data.datasets, ...data.evalDatasets])];
    this.#entries = entries;
    this.#sources = sources;
    this.#media = openMediaFolder(data.mediaDir);
  }

  /**
   * Reads the tokenizer and dataset_info.json; data files are opened when they are asked for. `entries` stand in for a
   * dataset_info.json that does not describe what is looked at. Throws UserError.
   */
  static async open(
    { data, modelFolder, addTokens }: PreviewOptions,
    sources: PreviewSources = {},
    entries?: EntryLookup,
  ): Promise<DataPreview> {
    const tokenizer = await Tokenizer.load(modelFolder);
    tokenizer.add(splitList(addTokens.plain), false);
    tokenizer.add(splitList(addTokens.special), true);
    // texts to pre-train on bring their own format
    const name = data.stage === 'pt' ? (data.templateName ?? 'empty') : data.templateName;
    const template = prepareTemplate(name, tokenizer, data.today);
    const lookup = entries ?? (await openDatasetDir(data.datasetDir, sources));
    return new DataPreview(data, tokenizer, template, lookup, sources);
  }

  /** Throws UserError for a dataset that the recipe does not use. */
  entry(name: string): DatasetEntry {
    if (!this.names.includes(name)) {
      throw new UserError(
        'unknown-dataset',
        `The recipe does not use the dataset "${name}"; it uses ${this.names.join(', ') || 'none'}.`,
      );
    }
    return this.#entries(name);
  }

  /** A dataset's files, opened once. Throws UserError where there is nothing to read. */
  dataset(name: string): Promise<OpenDataset> {
    const entry = this.entry(name);
    const { progress, ...sources } = this.#sources;
    const told = progress && ((bytes: number, total: number): void => progress(name, bytes, total));
    const opening = this.#open.get(name) ?? openDataset(entry, this.data.datasetDir, { ...sources, progress: told });
    this.#open.set(name, opening);
    // a failure is not remembered: the next call tries again
    opening.catch(() => this.#open.delete(name));
    return opening;
  }

  /** A row as its entry reads it, for previewRow and for figures. */
  align(entry: DatasetEntry, { value, row, text }: Pick<SourceRow, 'value' | 'row' | 'text'>): AlignedRow {
    return () => alignRow(value, entry, { dataset: entry.name, row }, this.#media, text);
  }

  /** One row. Throws UserError where there is none of that number. */
  async row(name: string, number: number): Promise<ShownRow> {
    for await (const shown of this.rows(name, number, number + 1)) return shown;
    throw await this.#missing(name, number);
  }

  /** Rows [from, to), as far as there are that many. Throws UserError where there is not even the first. */
  async *rows(name: string, from: number, to: number, signal?: AbortSignal): AsyncGenerator<ShownRow> {
    const entry = this.entry(name);
    const dataset = await this.dataset(name);
    if (from >= dataset.rows) throw await this.#missing(name, from);
    for (let number = from; number < Math.min(to, dataset.rows); number++) {
      try {
        for await (const source of dataset.readRows(number, to)) {
          signal?.throwIfAborted();
          number = source.row;
          const row = await previewRow(this.align(entry, source), this.data, this.template, this.tokenizer);
          yield { row, source };
        }
        return;
      } catch (error) {
        // reading goes on behind a row that is broken
        if (!(error instanceof BrokenRowError)) throw error;
        number = error.place.row ?? number;
        yield { row: brokenRow(name, number, error), source: undefined };
      }
    }
  }

  async #missing(name: string, number: number): Promise<UserError> {
    const { rows } = await this.dataset(name);
    return new UserError(
      'row-missing',
      `The dataset ${name} has ${rows} rows, counted from 0; there is no row ${number}.`,
    );
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) await opening.then((dataset) => dataset.close()).catch(() => undefined);
    this.#open.clear();
  }
}

/** A row that cannot even be read is left out like one that cannot be aligned. */
export const brokenRow = (dataset: string, row: number, { message }: BrokenRowError): DroppedRow => ({
  dataset,
  row,
  code: 'broken',
  dropped: `it cannot be read (this stops a run): ${message.replace(/\.$/, '')}`,
  at: [],
});
