// Which kind of rows a file has, by its name: the types that LLaMA-Factory reads, those the datasets library adds, and gzip.
import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import type { TextKind } from './text/layout.ts';

export type Format = TextKind | { readonly kind: 'parquet' } | { readonly kind: 'arrow' };

const formats: Readonly<Record<string, Format>> = {
  json: { kind: 'json' },
  jsonl: { kind: 'json' },
  ndjson: { kind: 'json' },
  csv: { kind: 'csv', delimiter: ',' },
  tsv: { kind: 'csv', delimiter: '\t' },
  txt: { kind: 'lines' },
  parquet: { kind: 'parquet' },
  arrow: { kind: 'arrow' },
};

/** Undefined for a file of another type. */
export function formatOf(path: string): Format | undefined {
  const parts = basename(path).toLowerCase().split('.');
  const isPacked = parts.at(-1) === 'gz';
  const format = parts.length < 2 ? undefined : formats[parts.at(isPacked ? -2 : -1) ?? ''];
  // parquet and arrow have compression of their own
  return isPacked && (format?.kind === 'parquet' || format?.kind === 'arrow') ? undefined : format;
}

/** Throws UserError for a file of another type. */
export function knownFormat(path: string): Format {
  const format = formatOf(path);
  if (!format) {
    throw new UserError(
      'dataset-file-type',
      `${path} is of a type that cannot be read: rows come in .json, .jsonl, .csv, .parquet, .arrow or .txt files (the text ones may be gzipped, as in .jsonl.gz).`,
    );
  }
  return format;
}
