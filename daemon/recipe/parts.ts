// The parts of a value that may be a list or a text of several, "a, b" and [a, b] alike, each with its place.
import type { Range } from './finding.ts';
import type { Lines } from './lines.ts';
import type { ValueNode } from './document.ts';

export interface Part {
  readonly text: string;
  /** Where it stands; undefined where the text in the file is not the value letter by letter, or on the command line. */
  readonly range?: Range;
  readonly start?: number;
}

export interface Divisible {
  readonly value: unknown;
  readonly node: ValueNode | undefined;
  /** The text of the node as it stands in the file. */
  readonly source: string;
}

/** `separator` undefined: the value is one part. Empty parts are left out. */
export function partsOf({ value, node, source }: Divisible, separator: string | undefined): Part[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value))
    return value.map((item, index) => {
      const own = node?.items?.[index];
      return { text: String(item).trim(), ...(own ? { range: own.range, start: own.start } : {}) };
    });
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (separator === undefined) return [{ text, ...(node ? { range: node.range, start: node.start } : {}) }];
  return split(text, node ? textStart(text, node, source) : undefined, node, separator);
}

/** Offset of a scalar's first letter, where its text stands in the file as it is. */
function textStart(text: string, node: ValueNode, source: string): number | undefined {
  if (source === text) return node.start;
  return source.slice(1, -1) === text && node.style !== 'block' ? node.start + 1 : undefined;
}

function split(text: string, start: number | undefined, node: ValueNode | undefined, separator: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const piece of text.split(separator)) {
    const trimmed = piece.trim();
    const lead = piece.length - piece.trimStart().length;
    if (trimmed !== '') parts.push({ text: trimmed, ...place(start, at + lead, trimmed.length, node) });
    at += piece.length + separator.length;
  }
  return parts;
}

function place(start: number | undefined, at: number, length: number, node: ValueNode | undefined): Partial<Part> {
  if (start === undefined || node === undefined) return node ? { range: node.range, start: node.start } : {};
  const { line, column, endLine } = node.range;
  // a text over several lines is not what stands in the file
  if (line !== endLine) return { range: node.range, start: node.start };
  const from = column + (start - node.start) + at;
  return { range: { line, column: from, endLine: line, endColumn: from + length }, start: start + at };
}

/** The text of a node. */
export const sourceOf = (lines: Lines, node: ValueNode | undefined): string =>
  node ? lines.text.slice(node.start, node.end) : '';
