// A row as the checks see it: its value, and where each part of it stands in the file.
import { getNodeValue, type Node } from 'jsonc-parser';
import type { Range } from '../../recipe/finding.ts';
import { LineIndex, nodeAt, type JsonPath } from '../../recipe/dataset-info/json-text.ts';

export type Path = JsonPath;

/** Part of a text, in UTF-16 units of its value. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface LintRow {
  readonly value: unknown;
  /** From 0, over all rows of the file. */
  readonly index: number;
  /** The line on which it begins; for tables the number of the row, from 1. */
  readonly line: number;
  /** Where the names of the columns stand, if not in the row itself. */
  readonly header?: Range;
  /** The row as it is written, where it is written as text. */
  readonly raw: string | undefined;
  /** The place of a value, of a part of a text, or (for the empty path) of the whole row. */
  locate(path: Path, span?: Span): Range;
}

/** A row of JSON that begins at a line and column of its file. */
export class JsonRow implements LintRow {
  readonly value: unknown;
  readonly index: number;
  readonly raw: string;
  readonly line: number;
  readonly #column: number;

  constructor(value: unknown, index: number, raw: string, line: number, column: number) {
    this.value = value;
    this.index = index;
    this.raw = raw;
    this.line = line;
    this.#column = column;
  }

  locate(path: Path, span?: Span): Range {
    const node = path.length === 0 ? undefined : nodeAt(this.raw, path);
    if (!node) return this.#range(0, this.raw.trimEnd().length);
    if (!span || node.type !== 'string') return this.#range(node.offset, node.length);
    const literal = this.raw.slice(node.offset, node.offset + node.length);
    const start = rawOffset(literal, span.start);
    return this.#range(node.offset + start, rawOffset(literal, span.end, start, span.start) - start);
  }

  /** The second of two equal names in one object, if there is one. */
  repeatedKey(): { name: string; range: Range } | undefined {
    const root = nodeAt(this.raw, []);
    const found = root && repeatedKey(root);
    return found && { name: String(getNodeValue(found)), range: this.#range(found.offset, found.length) };
  }

  #range(offset: number, length: number): Range {
    return new LineIndex(this.raw, this.line, this.#column).range(offset, length);
  }
}

function repeatedKey(node: Node): Node | undefined {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (node.type === 'object') {
      const key = child.children?.[0];
      if (key && seen.has(key.value)) return key;
      seen.add(key?.value);
    }
    const found = repeatedKey(child);
    if (found) return found;
  }
  return undefined;
}

/** From an offset in a text to one in its JSON literal, whose escapes are longer than what they stand for. */
function rawOffset(literal: string, offset: number, from = 1, counted = 0): number {
  let at = Math.max(from, 1);
  for (let rest = offset - counted; rest > 0 && at < literal.length; rest--) {
    at += literal[at] !== '\\' ? 1 : literal[at + 1] === 'u' ? 6 : 2;
  }
  return at;
}

/** A row of a format without positions inside rows: a line of text, or a row of a table. */
export class PlainRow implements LintRow {
  readonly value: unknown;
  readonly index: number;
  readonly line: number;
  readonly raw = undefined;
  readonly #range: (path: Path, span?: Span) => Range;

  readonly header?: Range;

  constructor(value: unknown, index: number, line: number, range: (path: Path, span?: Span) => Range, header?: Range) {
    this.value = value;
    this.index = index;
    this.line = line;
    this.#range = range;
    if (header) this.header = header;
  }

  locate(path: Path, span?: Span): Range {
    return this.#range(path, span);
  }
}
