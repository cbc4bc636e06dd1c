// What must be known of a text file before a row in its middle can be read: the kind of its rows, and where the first stands.
import { UserError } from '../../../errors.ts';
import { BrokenRowError } from '../row.ts';
import { cutFile, isGzip, type ByteFile } from './bytes.ts';
import { CsvSplitter, splitFields } from './csv-splitter.ts';
import { columnNames, KindCounter, TYPED_ROWS, type CsvLayout } from './csv-types.ts';
import { JsonSplitter } from './json-splitter.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Place, Spans, Splitter } from './splitter.ts';

export type TextLayout = { readonly kind: 'json'; readonly isList: boolean } | CsvLayout | { readonly kind: 'lines' };

export interface TextFile extends ByteFile {
  readonly layout: TextLayout;
  /** Where the first row may begin: after a byte order mark, a bracket, a header. */
  readonly first: Place;
}

export type TextKind = { readonly kind: 'json' | 'lines' } | { readonly kind: 'csv'; readonly delimiter: string };

/** A splitter for a file, starting at a row (or at its first place). */
export function splitterFor({ path, layout }: Pick<TextFile, 'path' | 'layout'>, line: number): Splitter {
  switch (layout.kind) {
    case 'json':
      return new JsonSplitter(path, line, layout.isList);
    case 'csv':
      return new CsvSplitter(path, line, layout.delimiter);
    case 'lines':
      return new LineSplitter(line);
  }
}

/** Hands on the beginning of a file in one piece. */
class HeadSplitter implements Splitter {
  readonly keepFrom = 0;

  scan(window: Buffer, _atEnd: boolean, spans: Spans): void {
    spans.push(0, window.length, 1);
  }

  shift(): void {}
}

async function head(file: ByteFile): Promise<Buffer> {
  for await (const { window } of cutFile(file, new HeadSplitter(), { chunk: 1 << 16 })) return window;
  return Buffer.alloc(0);
}

/** A file under its own name. */
export const byteFile = async (path: string): Promise<ByteFile> => ({ path, bytes: path, gzip: await isGzip(path) });

/** Looks at the beginning of a file. Throws UserError where it cannot be read, is UTF-16, or is a CSV without a header. */
export async function openTextFile(file: ByteFile, kind: TextKind): Promise<TextFile> {
  const start = await head(file);
  const [one, two, three] = start;
  if ((one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff)) {
    throw new BrokenRowError('file-encoding', { file: file.path, line: 1 }, 'the file is UTF-16: save it as UTF-8.');
  }
  const first: Place = { offset: one === 0xef && two === 0xbb && three === 0xbf ? 3 : 0, line: 1 };
  switch (kind.kind) {
    case 'lines':
      return { ...file, layout: { kind: 'lines' }, first };
    case 'csv':
      return openCsv(file, first, kind.delimiter);
    case 'json':
      return openJson(file, first, start);
  }
}

function openJson(file: ByteFile, { offset, line }: Place, start: Buffer): TextFile {
  const text = start.toString('latin1', offset);
  const spaces = /^[ \t\r\n]*/.exec(text)?.[0] ?? '';
  const isList = text[spaces.length] === '[';
  const first: Place = isList
    ? { offset: offset + spaces.length + 1, line: line + spaces.split('\n').length - 1 }
    : { offset, line };
  return { ...file, layout: { kind: 'json', isList }, first };
}

/** Reads the header and enough rows to know the types of columns. */
async function openCsv(file: ByteFile, start: Place, delimiter: string): Promise<TextFile> {
  const splitter = new CsvSplitter(file.path, start.line, delimiter);
  let columns: string[] | undefined;
  let kinds = new KindCounter(0);
  let first: Place = start;
  let rows = 0;
  for await (const { window, base, spans } of cutFile(file, splitter, { offset: start.offset })) {
    for (let i = 0; i < spans.length && rows < TYPED_ROWS; i += 3) {
      const [from = 0, to = 0, line = 1] = spans.slice(i, i + 3);
      const fields = splitFields(window.toString('utf8', from, to), delimiter);
      if (columns === undefined) {
        columns = columnNames(fields);
        kinds = new KindCounter(columns.length);
        first = { offset: base + to, line };
        continue;
      }
      // the rows begin where the first record after the header does, whatever ends the header's line
      if (rows === 0) first = { offset: base + from, line };
      kinds.add(fields);
      rows += 1;
    }
    if (rows >= TYPED_ROWS) break;
  }
  if (columns === undefined) {
    throw new UserError('csv-header', `${file.path} is empty: its first line must name the columns.`);
  }
  return { ...file, layout: { kind: 'csv', delimiter, columns, kinds: kinds.kinds }, first };
}
