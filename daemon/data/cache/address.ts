// Where things stand in the cache: names made of what decides about them, so that nothing is ever found under a name that should
// have changed. Shards are named by the contents of their rows and by how rows become tokens.
import { createHash } from 'node:crypto';
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { DataOptions } from '../options.ts';
import type { SourceRow } from '../source/row.ts';
import { formatOf } from '../source/formats.ts';
import type { Template } from '../template/registry.ts';

declare const ANNEAL_DATA_CODE: string | undefined;

/** Of the code that made the shards: the build puts in a hash of the data room's sources. */
const code = typeof ANNEAL_DATA_CODE === 'string' ? ANNEAL_DATA_CODE : 'sources';

/** How the rows of an entry become tokens, in hex: entry, template, tokenizer, cutoff, flags, and the code that does it. */
export function methodOf(entry: DatasetEntry, options: DataOptions, template: Template, tokenizer: string): string {
  const { formatting, ranking, columns, tags } = entry;
  const joins = options.stage === 'pt' && options.packing;
  // llama3's tool text has the date in it
  const dated = (options.toolFormat ?? template.tool_format) === 'llama3';
  return digest({
    code,
    entry: { formatting, ranking, columns, tags },
    template,
    tokenizer,
    options: encodingOptions(options),
    cutoffLength: joins ? null : options.cutoffLength,
    joins,
    today: dated ? options.today : null,
  });
}

/** What is left of the options when those go that only choose and arrange rows: a flag that is new is part of the name. */
function encodingOptions(options: DataOptions): object {
  const {
    datasetDir: _datasetDir, source: _source, mediaDir: _mediaDir, datasets: _datasets, evalDatasets: _evalDatasets,
    maxSamples: _maxSamples, mixStrategy: _mixStrategy, interleaveProbabilities: _probabilities, seed: _seed, valSize: _valSize,
    packing: _packing, neatPacking: _neatPacking, blockLength: _blockLength, preprocessingBatchSize: _batchSize,
    cutoffLength: _cutoffLength, today: _today, streaming: _streaming, bufferSize: _bufferSize, workers: _workers, ...encoding
  } = options; // prettier-ignore
  return encoding;
}

export const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Rows of a shard, at the least, about, and at the most; and its most characters. */
const LEAST = 128;
const ABOUT = 512;
const MOST = 2048;
const MOST_TEXT = 4 << 20;

/**
 * Names shards as their rows come in, and says where one ends: behind a row whose content says so, so that a row that is inserted
 * or removed moves no border but those beside it.
 */
export class ShardNamer {
  readonly #method: string;
  #contents: string[] = [];
  #text = 0;
  #kinds = new Map<string, string | undefined>();

  constructor(method: string) {
    this.#method = method;
  }

  /** Takes a row in; true where the shard ends with it. */
  add(row: SourceRow): boolean {
    const content = this.#contentOf(row);
    this.#contents.push(content);
    this.#text += content.length;
    if (this.#contents.length >= MOST || this.#text >= MOST_TEXT) return true;
    return this.#contents.length >= LEAST && sampled(content) % ABOUT === 0;
  }

  /** The name of the shard whose rows were added; the next row begins another. */
  take(): string {
    const lengths = this.#contents.map(({ length }) => length).join(' ');
    const hash = createHash('sha256').update(`${this.#method} ${lengths}\n`);
    const name = hash.update(this.#contents.join('')).digest('hex');
    this.#contents = [];
    this.#text = 0;
    return name;
  }

  /** All that decides about a row: its text, or its values where the text does not say what they are. */
  #contentOf({ file, text, value }: SourceRow): string {
    if (!this.#kinds.has(file)) this.#kinds.set(file, formatOf(file)?.kind);
    const kind = this.#kinds.get(file);
    if (text !== undefined && (kind === 'json' || kind === 'lines')) return text;
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? '';
  }
}

/** A number from some characters of a text (FNV-1a): borders need no more. */
function sampled(content: string): number {
  let hash = 0x811c9dc5 ^ content.length;
  const step = Math.max(1, Math.floor(content.length / 64));
  for (let i = 0; i < content.length; i += step) hash = Math.imul(hash ^ content.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
